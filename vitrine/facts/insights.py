"""Examples for `insights`: an open question about one slice of the shop, with six figures.

    one of `examples(clean, limit=1, seed=7)`:
    {"id": "categoria_estado:beleza_saude:SP:0", "entity": "categoria_estado:beleza_saude:SP", "cluster": "SP",
     "question": "Como foram as vendas de beleza_saude em SP?", "subject": "beleza_saude em SP",
     "figures": {"pedidos": "132", "receita": "18450", "ticket": "139,77", "nota": "4,1", "atraso": "8,2", "frete": "21,90"}}

Numbers are in Brazilian format, with a decimal comma.

Slices overlap: a category in a state, that state in a month and the state alone share orders and name the same state, and no
partition separates them all. The cluster is the slice's state or, if it has none, its category.
"""

import random
from pathlib import Path
from typing import Any

import polars as pl

from vitrine import tables
from vitrine.tables.published import olist

FIGURES = ("pedidos", "receita", "ticket", "nota", "atraso", "frete")
MIN_ORDERS = 4  # per slice
SLICES: dict[str, tuple[list[str], str]] = {
    "categoria_estado": (["category", "state"], "{0} em {1}"),
    "categoria_mes": (["category", "month"], "{0} em {1}"),
    "estado_mes": (["state", "month"], "{0} em {1}"),
    "categoria": (["category"], "{0}"),
    "estado": (["state"], "{0}"),
}
QUESTIONS = (
    "Como foram as vendas de {subject}?",
    "Analise o desempenho de {subject}.",
    "O que os números de {subject} mostram?",
    "Escreva um resumo para a diretoria sobre {subject}.",
    "Onde {subject} pode melhorar?",
)


def examples(clean: Path, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Up to `limit` questions over distinct (slice, wording) pairs, shuffled."""
    rows = []
    for kind, (keys, wording) in SLICES.items():
        for row in _slices(clean, keys):
            values = [str(row[key]) for key in keys]
            subject, entity = wording.format(*values), ":".join((kind, *values))
            figures = {name: _formatted(name, row[name]) for name in FIGURES}
            rows += [
                {
                    "id": f"{entity}:{i}",
                    "entity": entity,
                    "cluster": str(row.get("state", values[0])),
                    "question": question.format(subject=subject),
                    "subject": subject,
                    "figures": figures,
                }
                for i, question in enumerate(QUESTIONS)
            ]
    random.Random(seed).shuffle(rows)
    return rows[:limit]


def _slices(clean: Path, keys: list[str]) -> list[dict[str, Any]]:
    def scan(name: str) -> pl.LazyFrame:
        return tables.scan(clean / "olist" / f"{name}.parquet", olist.TABLES[name])

    # Integer cents and points: a sum of floats would depend on the order in which threads add them.
    items = (
        scan("order_items")
        .group_by("order_id")
        .agg(_cents("price").sum(), _cents("freight_value").sum(), pl.col("product_id").sort().first())
    )
    reviews = scan("order_reviews").group_by("order_id").agg(points=pl.col("review_score").sum(), reviews=pl.len())
    late = pl.col("order_delivered_customer_date") > pl.col("order_estimated_delivery_date")
    orders = (
        scan("orders")
        .filter(pl.col("order_status") == "delivered")
        .join(items, on="order_id")
        .join(reviews, on="order_id", how="left")
        .join(scan("customers"), on="customer_id")
        .join(scan("products").select("product_id", "product_category_name"), on="product_id", how="left")
        .with_columns(
            category="product_category_name",
            state="customer_state",
            month=pl.col("order_purchase_timestamp").dt.strftime("%m/%Y"),
            late=late,
        )
        .drop_nulls(keys)
    )
    return (
        orders.group_by(keys)
        .agg(pl.len(), pl.col("price", "freight_value", "points", "reviews", "late").sum())
        .filter((pl.col("len") >= MIN_ORDERS) & (pl.col("reviews") > 0))
        .select(
            *keys,
            pedidos="len",
            receita=pl.col("price") / 100,
            ticket=pl.col("price") / pl.col("len") / 100,
            nota=pl.col("points") / pl.col("reviews"),
            atraso=100 * pl.col("late") / pl.col("len"),
            frete=pl.col("freight_value") / pl.col("len") / 100,
        )
        .sort(keys)
        .collect()
        .to_dicts()
    )


def _cents(column: str) -> pl.Expr:
    return (pl.col(column) * 100).round().cast(pl.Int64)


def _formatted(name: str, value: float) -> str:
    if name in ("pedidos", "receita"):
        return str(round(value))
    return f"{value:.{2 if name in ('ticket', 'frete') else 1}f}".replace(".", ",")
