"""Reviews with the facts of their order, and the fields that documented rules read from their text.

    one of `examples(clean, limit=1, seed=7)`:
    {"id": "…", "entity": <customer>, "title": None, "message": "Chegou quebrado, quero a troca.", "score": 1,
     "days": 12, "promised": 20, "category": "cama_mesa_banho", "state": "SP"}

    text_fields("Chegou quebrado, quero a troca.")
    {"problema": "defeito", "elogio": "nenhum", "pede_troca": True, "recomenda": "nao_diz", "recompra": False}

The rules ignore case and accents; the first matching rule in the order below wins. A match does not count if it is negated just
before it ("sem nenhum defeito", "nada de atraso", "não é de qualidade", "nunca mais comprarei") or if a bad word precedes
"qualidade" ("péssima qualidade"). The rules are the gold of five fields of `extract`, for generated and real reviews alike;
`docs/tasks.md` describes them.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from vitrine import tables
from vitrine.tables.published import olist
from vitrine.verifiers.labels import normalize

# A late, wrong or incomplete delivery did arrive: "não chegou no prazo", "não recebi o produto correto", "não recebi a nota".
ARRIVED = (
    r"(?! (?:no prazo|na data|dentro|antes|bem|rapid|na quantidade|(?:a )?nota\b|informac|respost|retorno))"
    r"(?! (?:(?:o|meu|os) )*(?:produto|pedido)s? (?:corret|cert[oa]|complet|conforme))"
)
GOOD = r"(?:bo+[ma]|boas|bons|(?:otim|excelente|perfeit|maravilh|melhor\b|melhores|just|acessive|imbative|impecave)\w*)"
BAD = r"(?:pessim|baix|inferior|duvidos|horrive|pior|pouca|menor|ruim|ruins|fraca|lixo|ma\b|mau\b|falta de|deixa a desejar)\w*"
PROBLEMS = {
    "nao_recebido": rf"\b(?:nao recebi|nao chegou|nunca chegou){ARRIVED}",
    "atraso": r"\batras\w|\bdemor",
    "defeito": r"\bdefeito|\bquebrad|\bnao funciona|\bestragad",
    "errado": (
        r"\berrad|\bdiferente d|\btrocad[oa]s?\b"
        r"|\b(?:recebi|veio|chegou|mandaram|enviaram|entregaram) (?:um )?outro produto"
    ),
    "incompleto": r"\bfaltando|\bfaltou|\bincomplet|\bso veio",
}
PRAISES = {
    "entrega": r"\bantes do prazo|\brapid",
    "qualidade": (
        rf"\bqualidade(?! (?:\w+ ){{0,2}}{BAD})"
        r"|\bexcelente(?! (?:preco|custo|atendimento))|\blind[oa]|\bperfeit"
    ),
    "preco": (
        rf"\b{GOOD} precos?\b|\bprecos? (?:(?:e|esta|estava|muito|bem|mto) )*(?:{GOOD}|que cabe|compensa|vale)"
        r"|\bvaleu? (?:o|cada centavo do) preco|(?<!\bmais )\bbarat[oa]s?\b|\bcusto\W{1,3}(?:[xe]\W{1,3})?beneficio"
    ),
    "atendimento": (
        rf"\b{GOOD} (?:o )?atendimento|\batendimento (?:(?:e|foi|muito|super|de|sempre|mto) )*(?:{GOOD}|primeira|educad)"
        r"|\b(?:gostei|adorei|amei|parabens|satisfeit[oa]) (?:muito )?(?:d?o|pelo|com o) atendimento"
        r"|\batencios[oa]s?\b|\bvendedor otimo"
    ),
}
EXCHANGE = r"\btroca(?:r)?\b|\bdevol|\breembolso|\bdinheiro de volta"
RECOMMEND = r"recomend(?:o|aria|ad[oa]s?\b|adissim)|\bindico\b"
REBUY = (
    r"\bcomprarei|\bcomprar novamente|\bcomprar de novo|\bcompro sempre"
    r"|\bvolt(?:o|ar|arei|aria) a comprar|\bcompraria (?:novamente|de novo|mais)"
)
NO = "nenhum"
NEGATED = re.compile(
    r"\b(?:nao|sem|nem|nunca|jamais|evitaria|nada de)(?: (?:nenhuma?|uma?|qualquer|mais|sei se|houve|ha|teve|tive|tem|tinha"
    r"|e|foi|esta|estou|estava|ficou|veio|vieram|chegou|com|apresent\w+|vou|irei|quis|quero|precis\w+|de|boa|[ao])){0,3} ?$"
)
BAD_BEFORE = re.compile(rf"\b{BAD} $")
NEGATION_WINDOW = 40  # characters before a match that may negate it

EMPTY_FIELDS = {"problema": NO, "elogio": NO, "pede_troca": False, "recomenda": "nao_diz", "recompra": False}


def text_fields(text: str) -> dict[str, str | bool]:
    """The five fields that the rules read from a text."""
    normalized = normalize(text)
    return {
        "problema": _first(PROBLEMS, normalized),
        "elogio": _first(PRAISES, normalized),
        "pede_troca": _matches(EXCHANGE, normalized),
        "recomenda": _recommendation(normalized),
        "recompra": _matches(REBUY, normalized),
    }


def _first(patterns: Mapping[str, str], normalized: str) -> str:
    return next((name for name, pattern in patterns.items() if _matches(pattern, normalized)), NO)


def _matches(pattern: str, normalized: str) -> bool:
    return any(not _is_negated(normalized, match.start()) for match in re.finditer(pattern, normalized))


def _recommendation(normalized: str) -> str:
    """A text that both recommends and does not ("recomendo a loja, não o produto") counts as not recommending."""
    negations = [_is_negated(normalized, match.start()) for match in re.finditer(RECOMMEND, normalized)]
    return "nao_diz" if not negations else "nao" if any(negations) else "sim"


def _is_negated(normalized: str, start: int) -> bool:
    before = normalized[max(0, start - NEGATION_WINDOW) : start]
    return NEGATED.search(before) is not None or (
        normalized.startswith("qualidade", start) and BAD_BEFORE.search(before) is not None
    )


def examples(clean: Path, *, limit: int, seed: int, max_empty_share: float | None = None) -> list[dict[str, Any]]:
    """Up to `limit` reviews of delivered orders that have a message, with distinct texts.

    `max_empty_share` limits the share of reviews from which the rules read nothing; None: no limit.
    """

    def scan(name: str) -> pl.LazyFrame:
        return tables.scan(clean / "olist" / f"{name}.parquet", olist.TABLES[name])

    bought, delivered, due = "order_purchase_timestamp", "order_delivered_customer_date", "order_estimated_delivery_date"
    first_item = scan("order_items").sort("order_id", "order_item_id").unique("order_id", keep="first", maintain_order=True)
    text = pl.concat_str(["title", "message"], separator=". ", ignore_nulls=True)
    rows = (
        scan("order_reviews")
        .filter(pl.col("review_comment_message").is_not_null())
        .join(scan("orders").filter(pl.col(delivered).is_not_null()), on="order_id")
        .join(scan("customers"), on="customer_id")
        .join(first_item.select("order_id", "product_id"), on="order_id", how="left")
        .join(scan("products").select("product_id", "product_category_name"), on="product_id", how="left")
        .select(
            id=pl.concat_str(["review_id", "order_id"], separator=":"),
            entity="customer_unique_id",
            title="review_comment_title",
            message="review_comment_message",
            score="review_score",
            days=(pl.col(delivered) - pl.col(bought)).dt.total_days().cast(pl.Int32),
            promised=(pl.col(due) - pl.col(bought)).dt.total_days().cast(pl.Int32),
            category=pl.col("product_category_name").fill_null("sem_categoria"),
            state="customer_state",
        )
        .filter(pl.min_horizontal("days", "promised") >= 0, pl.col("state").is_not_null())  # other dates are errors
        .sort("id")
        .unique(text.str.to_lowercase(), keep="first", maintain_order=True)
        .collect()
    )
    if max_empty_share is None:
        return rows.sample(min(limit, rows.height), shuffle=True, seed=seed).to_dicts()
    shuffled = rows.sample(rows.height, shuffle=True, seed=seed).iter_rows(named=True)
    return list(itertools.islice(_limit_empty(shuffled, max_empty_share), limit))


def _limit_empty(rows: Iterable[dict[str, Any]], max_empty_share: float) -> Iterator[dict[str, Any]]:
    """Yield the rows, skipping rows without any field as soon as they would exceed this share of the output."""
    kept = kept_empty = 0
    for row in rows:
        if text_fields(". ".join(filter(None, (row["title"], row["message"])))) == EMPTY_FIELDS:
            if kept_empty + 1 > max_empty_share * (kept + 1):
                continue
            kept_empty += 1
        kept += 1
        yield row
