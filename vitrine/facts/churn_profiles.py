"""Customers as a prompt shows them: a profile, what became of them, and what a logistic regression makes of the same profile.

    one of `examples(facts / "churn.parquet", limit=1, seed=7)`:
    {"id": <customer>, "entity": <customer>, "side": "test", "churned": True, "baseline": 0.61, "base_rate": 0.0131,
     "state": "SP", "category": "cama_mesa_banho", …, "spend": 139.77, "freight": 21.9, "recency_days": 45, "last_score": 4, …}

    its `profile`:
    {"estado": "SP", "categoria": "cama_mesa_banho", "pagamento": "cartão", "parcelas": "3", "pedidos": "1", "itens": "2",
     "gasto": "139,77", "frete": "21,90", "dias sem comprar": "45", "dias de entrega": "12,3", "atrasos": "0", "nota": "4"}

One customer in eighty comes back: of a fair hundred prompts, one would ask about such a customer. So half of the prompts of
each side are about customers who returned, as far as there are enough; `base_rate` is how many really do. `baseline` is the
risk of churning by a regression on what the profile shows, learnt from all training customers with both outcomes weighing
the same: the odds that the prompts have too. What is unknown is left out of a profile.
"""

from pathlib import Path
from typing import Any

import polars as pl

from vitrine import tables
from vitrine.splits import sample
from vitrine.tables.churn import CHURN

KEY = "customer_unique_id"
MIN_PROMPTS = 16  # prompts of a side, though hardly anybody returned: a small sample has the task too
LEARNT = 100_000  # training customers that the regression sees at most
RIDGE = 100.0  # by cross-validation on training customers: the published ones would like 300, the generated ones 30
NUMBERS = {  # as a profile calls them, in its order: the column and the decimals that are written
    "parcelas": ("installments", 0),
    "pedidos": ("orders", 0),
    "itens": ("items", 0),
    "gasto": ("spend", 2),
    "frete": ("freight", 2),
    "dias sem comprar": ("recency_days", 0),
    "dias de cliente": ("tenure_days", 0),
    "dias de entrega": ("delivery_days", 1),
    "atrasos": ("late", 0),
    "nota": ("last_score", 0),
    "nota média": ("mean_score", 1),
}
KINDS = {"estado": "state", "categoria": "category", "pagamento": "payment_type"}
SHOWN = (*KINDS.values(), *(column for column, _ in NUMBERS.values()), "reviews")  # what `profile` reads
PAYMENTS = {"credit_card": "cartão", "debit_card": "débito", "boleto": "boleto", "voucher": "vale"}


def examples(file: Path, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Up to `limit` customers, no two with the same profile."""
    rounded = [pl.col(column).round(decimals) for column, decimals in NUMBERS.values() if decimals]
    found = (
        tables.scan(file, CHURN)
        .with_columns(*rounded, base_rate=(~pl.col("churned")).mean().over("side"))
        .unique([*KINDS.values(), *(column for column, _ in NUMBERS.values())], keep="first", maintain_order=True)
        .collect()
    )
    chosen = sample.stratified(_balanced(found, seed), limit, key=KEY, by=["side", "churned"], seed=seed)
    risks = _baseline(sample.shuffled(found.filter(side="train"), key=KEY, seed=seed).head(LEARNT), chosen)
    return [
        {
            "id": row[KEY],
            "entity": row[KEY],
            "side": row["side"],
            "churned": row["churned"],
            "baseline": round(risk, 4),
            "base_rate": round(row["base_rate"], 5),
            **{name: row[name] for name in SHOWN},
        }
        for row, risk in zip(chosen.iter_rows(named=True), risks, strict=True)
    ]


def profile(row: dict[str, Any]) -> dict[str, str]:
    """A row of the churn table as a reader sees it; what says nothing more (the mean of one score) is left out too."""
    payment = row["payment_type"] and PAYMENTS.get(row["payment_type"], "outro")
    shown = {"estado": row["state"], "categoria": row["category"], "pagamento": payment}
    again = {"dias de cliente": row["orders"] > 1, "nota média": row["reviews"] > 1}
    for name, (column, decimals) in NUMBERS.items():
        if row[column] is not None and again.get(name, True):
            shown[name] = f"{row[column]:.{decimals}f}".removesuffix(".0").replace(".", ",")
    return {name: value for name, value in shown.items() if value is not None}


def _balanced(found: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Everyone who returned, and as many of the others of the same side."""
    returned = (~pl.col("churned")).sum().over("side").cast(pl.Int64)
    others = pl.max_horizontal(returned, MIN_PROMPTS - returned)
    place = pl.int_range(pl.len()).over("side", "churned")
    return sample.shuffled(found, key=KEY, seed=seed).filter(~pl.col("churned") | (place < others))


def _baseline(train: pl.DataFrame, asked: pl.DataFrame) -> list[float]:
    """The regression's risk for each row of `asked`; one half if all of `train` had the same outcome."""
    from sklearn.linear_model import LogisticRegression  # takes a second, which only this task should cost
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    counts = dict(train["churned"].value_counts().iter_rows())
    if len(counts) < 2:
        return [0.5] * asked.height
    columns = [column for column, _ in NUMBERS.values()]
    usual = {column: train[column].median() for column in columns}
    known = [pl.col(column).cast(pl.Float64).fill_null(usual[column] or 0.0).clip(0.0).log1p() for column in columns]
    both = pl.concat([train, asked]).select(*known, *KINDS.values()).to_dummies(list(KINDS.values()))
    values = both.cast(pl.Float64).to_numpy()
    # The rarer outcome counts in full: so the penalty means the same in a large table as in a small one with as many rare rows.
    weights = {outcome: min(counts.values()) / count for outcome, count in counts.items()}
    regression = LogisticRegression(C=1 / RIDGE, class_weight=weights, solver="newton-cholesky", tol=1e-8)
    model = make_pipeline(StandardScaler(), regression).fit(values[: train.height], train["churned"].to_numpy())
    churned: list[float] = model.predict_proba(values[train.height :])[:, 1].tolist()
    return churned
