"""Reviews beside the order they are about, and what a documented rule reads out of their text.

    one of `examples(clean, limit=1, seed=7)`:
    {"id": "…", "entity": <customer>, "text": "Chegou quebrado, quero a troca.", "score": 1,
     "days": 12, "promised": 20, "late": False, "category": "cama_mesa_banho", "state": "SP"}

    rules("Chegou quebrado, quero a troca.")
    {"problema": "defeito", "elogio": "nenhum", "pede_troca": True, "recomenda": "nao_diz", "recompra": False}

The rules ignore case and accents; the first match in the order written here wins, and a match right after "não" or
"sem" is none. They are the gold of five of the fields of `extract`, for generated and for real reviews alike:
`docs/tasks.md` states them for readers.
"""

import re
from pathlib import Path
from typing import Any

import polars as pl

from vitrine import tables
from vitrine.tables import olist
from vitrine.verifiers.labels import plain

PROBLEMS = {
    "nao_recebido": r"nao recebi|nao chegou|nunca chegou",
    "atraso": r"atras|demor",
    "defeito": r"defeito|quebrad|nao funciona|estragad",
    "errado": r"errad|diferente d|outro produto|trocad[oa]",
    "incompleto": r"faltando|faltou|incomplet|so veio",
}
PRAISES = {
    "entrega": r"antes do prazo|entrega rapida|chegou rapido|rapid",
    "qualidade": r"qualidade|excelente|lind[oa]|perfeit",
    "preco": r"preco|barat[oa]s?\b|custo",
    "atendimento": r"atendimento|atencios|vendedor otimo",
}
EXCHANGE = r"\btroca(r)?\b|devol|reembolso|dinheiro de volta"
REBUY = r"comprarei|comprar novamente|comprar de novo|compro sempre"
NO = "nenhum"
NOT = r"(?<!\bnao )(?<!\bsem )"


def rules(text: str) -> dict[str, str | bool]:
    """The five fields that stand in the text itself."""
    said = plain(text)
    return {
        "problema": _first(PROBLEMS, said),
        "elogio": _first(PRAISES, said),
        "pede_troca": _says(EXCHANGE, said),
        "recomenda": "nao" if "nao recomendo" in said else "sim" if "recomendo" in said else "nao_diz",
        "recompra": _says(REBUY, said),
    }


def _first(patterns: dict[str, str], said: str) -> str:
    return next((name for name, pattern in patterns.items() if _says(pattern, said)), NO)


def _says(pattern: str, said: str) -> bool:
    return re.search(f"{NOT}(?:{pattern})", said) is not None


def examples(clean: Path, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Up to `limit` reviews with a message, of delivered orders, no two with the same text."""

    def scan(name: str) -> pl.LazyFrame:
        return tables.scan(clean / "olist" / f"{name}.parquet", olist.TABLES[name])

    bought, came, due = "order_purchase_timestamp", "order_delivered_customer_date", "order_estimated_delivery_date"
    first_item = scan("order_items").sort("order_id", "order_item_id").unique("order_id", keep="first", maintain_order=True)
    text = pl.concat_str(["review_comment_title", "review_comment_message"], separator=". ", ignore_nulls=True)
    found = (
        scan("order_reviews")
        .filter(pl.col("review_comment_message").is_not_null())
        .join(scan("orders").filter(pl.col(came).is_not_null()), on="order_id")
        .join(scan("customers"), on="customer_id")
        .join(first_item.select("order_id", "product_id"), on="order_id", how="left")
        .join(scan("products").select("product_id", "product_category_name"), on="product_id", how="left")
        .select(
            id=pl.concat_str(["review_id", "order_id"], separator=":"),
            entity="customer_unique_id",
            text=text,
            score="review_score",
            days=(pl.col(came) - pl.col(bought)).dt.total_days().cast(pl.Int32),
            promised=(pl.col(due) - pl.col(bought)).dt.total_days().cast(pl.Int32),
            category=pl.col("product_category_name").fill_null("sem_categoria"),
            state="customer_state",
        )
        .with_columns(late=pl.col("days") > pl.col("promised"))
        .sort("id")
        .unique(pl.col("text").str.to_lowercase(), keep="first", maintain_order=True)
        .collect()
    )
    return found.sample(min(limit, found.height), shuffle=True, seed=seed).to_dicts()
