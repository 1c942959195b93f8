"""Churn examples: a customer profile, the outcome, and the risk that a logistic regression predicts from the same profile.

    one of `examples(facts / "churn.parquet", limit=1, seed=7)`:
    {"id": <customer>, "entity": <customer>, "side": "test", "churned": True, "baseline": 0.61, "base_rate": 0.0131,
     "state": "SP", "category": "cama_mesa_banho", …, "spend": 139.77, "freight": 21.9, "recency_days": 45, "last_score": 4, …}

    its `profile`:
    {"estado": "SP", "categoria": "cama_mesa_banho", "pagamento": "cartão", "parcelas": "3", "pedidos": "1", "itens": "2",
     "gasto": "139,77", "frete": "21,90", "dias sem comprar": "45", "dias de entrega": "12,3", "atrasos": "0", "nota": "4"}

Only one customer in eighty returns, so about one prompt in a hundred would be about a returning customer. The examples are
therefore balanced: half of each split are returning customers, if there are enough. `base_rate` is the true share of returns.
`baseline` is the churn risk from a regression on the columns of the profile, trained on all training customers with both outcomes
weighted equally, as in the prompts. Unknown values are left out of a profile.
"""

from pathlib import Path
from typing import Any

import polars as pl

from vitrine import tables
from vitrine.facts import sample
from vitrine.tables.churn import CHURN

KEY = "customer_unique_id"
MIN_PROMPTS = 16  # per split, even if almost nobody returned, so that a small sample still has the task
MAX_TRAINING_ROWS = 100_000  # for the regression
RIDGE = 100.0  # cross-validation on training customers gives 300 for the published data, 30 for the sample
NUMBERS = {  # name in the profile: (column, decimals), in the order of the profile
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
PROFILE_COLUMNS = (*KINDS.values(), *(column for column, _ in NUMBERS.values()), "reviews")  # read by `profile`
PAYMENTS = {"credit_card": "cartão", "debit_card": "débito", "boleto": "boleto", "voucher": "vale"}


def examples(file: Path, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Up to `limit` customers with distinct profiles."""
    rounded = [pl.col(column).round(decimals) for column, decimals in NUMBERS.values() if decimals]
    customers = (
        tables.scan(file, CHURN)
        .with_columns(*rounded, base_rate=(~pl.col("churned")).mean().over("side"))
        .unique([*KINDS.values(), *(column for column, _ in NUMBERS.values())], keep="first", maintain_order=True)
        .collect()
    )
    chosen = sample.stratified(_balanced(customers, seed), limit, key=KEY, by=["side", "churned"], seed=seed)
    risks = _baseline(sample.shuffled(customers.filter(side="train"), key=KEY, seed=seed).head(MAX_TRAINING_ROWS), chosen)
    return [
        {
            "id": row[KEY],
            "entity": row[KEY],
            "side": row["side"],
            "churned": row["churned"],
            "baseline": round(risk, 4),
            "base_rate": round(row["base_rate"], 5),
            **{name: row[name] for name in PROFILE_COLUMNS},
        }
        for row, risk in zip(chosen.iter_rows(named=True), risks, strict=True)
    ]


def profile(row: dict[str, Any]) -> dict[str, str]:
    """The profile that a prompt shows. Redundant values, such as the mean of one score, are left out."""
    payment = row["payment_type"] and PAYMENTS.get(row["payment_type"], "outro")
    shown = {"estado": row["state"], "categoria": row["category"], "pagamento": payment}
    has_several = {"dias de cliente": row["orders"] > 1, "nota média": row["reviews"] > 1}
    for name, (column, decimals) in NUMBERS.items():
        if row[column] is not None and has_several.get(name, True):
            shown[name] = f"{row[column]:.{decimals}f}".removesuffix(".0").replace(".", ",")
    return {name: value for name, value in shown.items() if value is not None}


def _balanced(customers: pl.DataFrame, seed: int) -> pl.DataFrame:
    """All returning customers and as many others of the same split."""
    returned = (~pl.col("churned")).sum().over("side").cast(pl.Int64)
    others = pl.max_horizontal(returned, MIN_PROMPTS - returned)
    place = pl.int_range(pl.len()).over("side", "churned")
    return sample.shuffled(customers, key=KEY, seed=seed).filter(~pl.col("churned") | (place < others))


def _baseline(train: pl.DataFrame, chosen: pl.DataFrame) -> list[float]:
    """The regression's churn risk for each row of `chosen`; 0.5 if all of `train` have the same outcome."""
    from sklearn.linear_model import LogisticRegression  # a slow import (1 s) that other tasks should not pay
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    counts = dict(train["churned"].value_counts().iter_rows())
    if len(counts) < 2:
        return [0.5] * chosen.height
    columns = [column for column, _ in NUMBERS.values()]
    medians = {column: train[column].median() for column in columns}
    features = [pl.col(column).cast(pl.Float64).fill_null(medians[column] or 0.0).clip(0.0).log1p() for column in columns]
    both = pl.concat([train, chosen]).select(*features, *KINDS.values()).to_dummies(list(KINDS.values()))
    values = both.cast(pl.Float64).to_numpy()
    # The rarer outcome has weight 1, so the penalty's effect depends on the number of rare rows, not on the table's size.
    weights = {outcome: min(counts.values()) / count for outcome, count in counts.items()}
    regression = LogisticRegression(C=1 / RIDGE, class_weight=weights, solver="newton-cholesky", tol=1e-8)
    model = make_pipeline(StandardScaler(), regression).fit(values[: train.height], train["churned"].to_numpy())
    churned: list[float] = model.predict_proba(values[train.height :])[:, 1].tolist()
    return churned
