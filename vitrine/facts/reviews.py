"""Reviews beside the order they are about, and what a documented rule reads out of their text.

    one of `examples(clean, limit=1, seed=7)`:
    {"id": "…", "entity": <customer>, "title": None, "message": "Chegou quebrado, quero a troca.", "score": 1,
     "days": 12, "promised": 20, "category": "cama_mesa_banho", "state": "SP"}

    text_fields("Chegou quebrado, quero a troca.")
    {"problema": "defeito", "elogio": "nenhum", "pede_troca": True, "recomenda": "nao_diz", "recompra": False}

The rules ignore case and accents; the first match in the order written here wins. A match that is refused right before it
is none ("sem nenhum defeito", "nada de atraso", "não é de qualidade", "nunca mais comprarei"), nor is a quality that a
bad word stands beside ("péssima qualidade"). They are the gold of five of the fields of `extract`, for generated and for
real reviews alike: `docs/tasks.md` states them for readers.
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

# What is late, wrong or in part did come: "não chegou no prazo", "não recebi o produto correto", "não recebi a nota".
CAME = (
    r"(?! (?:no prazo|na data|dentro|antes|bem|rapid|na quantidade|(?:a )?nota\b|informac|respost|retorno))"
    r"(?! (?:(?:o|meu|os) )*(?:produto|pedido)s? (?:corret|cert[oa]|complet|conforme))"
)
GOOD = r"(?:bo+[ma]|boas|bons|(?:otim|excelente|perfeit|maravilh|melhor\b|melhores|just|acessive|imbative|impecave)\w*)"
BAD = r"(?:pessim|baix|inferior|duvidos|horrive|pior|pouca|menor|ruim|ruins|fraca|lixo|ma\b|mau\b|falta de|deixa a desejar)\w*"
PROBLEMS = {
    "nao_recebido": rf"\b(?:nao recebi|nao chegou|nunca chegou){CAME}",
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
REFUSED = re.compile(
    r"\b(?:nao|sem|nem|nunca|jamais|evitaria|nada de)(?: (?:nenhuma?|uma?|qualquer|mais|sei se|houve|ha|teve|tive|tem|tinha"
    r"|e|foi|esta|estou|estava|ficou|veio|vieram|chegou|com|apresent\w+|vou|irei|quis|quero|precis\w+|de|boa|[ao])){0,3} ?$"
)
SPOILT = re.compile(rf"\b{BAD} $")
BESIDE = 40  # characters before a match where it may be refused


EMPTY_FIELDS = {"problema": NO, "elogio": NO, "pede_troca": False, "recomenda": "nao_diz", "recompra": False}


def text_fields(text: str) -> dict[str, str | bool]:
    """The five fields that stand in the text itself."""
    said = normalize(text)
    return {
        "problema": _first(PROBLEMS, said),
        "elogio": _first(PRAISES, said),
        "pede_troca": _says(EXCHANGE, said),
        "recomenda": _recommends(said),
        "recompra": _says(REBUY, said),
    }


def _first(patterns: Mapping[str, str], said: str) -> str:
    return next((name for name, pattern in patterns.items() if _says(pattern, said)), NO)


def _says(pattern: str, said: str) -> bool:
    return any(not _refused(said, match.start()) for match in re.finditer(pattern, said))


def _recommends(said: str) -> str:
    """Whoever recommends the shop and not the product does not recommend."""
    refused = [_refused(said, match.start()) for match in re.finditer(RECOMMEND, said)]
    return "nao_diz" if not refused else "nao" if any(refused) else "sim"


def _refused(said: str, start: int) -> bool:
    before = said[max(0, start - BESIDE) : start]
    return REFUSED.search(before) is not None or (said.startswith("qualidade", start) and SPOILT.search(before) is not None)


def examples(clean: Path, *, limit: int, seed: int, max_empty_share: float | None = None) -> list[dict[str, Any]]:
    """Up to `limit` reviews with a message, of delivered orders, no two with the same text.

    `max_empty_share` is the share of reviews at most of which the rules read nothing; null: as many as there are.
    """

    def scan(name: str) -> pl.LazyFrame:
        return tables.scan(clean / "olist" / f"{name}.parquet", olist.TABLES[name])

    bought, came, due = "order_purchase_timestamp", "order_delivered_customer_date", "order_estimated_delivery_date"
    first_item = scan("order_items").sort("order_id", "order_item_id").unique("order_id", keep="first", maintain_order=True)
    text = pl.concat_str(["title", "message"], separator=". ", ignore_nulls=True)
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
            title="review_comment_title",
            message="review_comment_message",
            score="review_score",
            days=(pl.col(came) - pl.col(bought)).dt.total_days().cast(pl.Int32),
            promised=(pl.col(due) - pl.col(bought)).dt.total_days().cast(pl.Int32),
            category=pl.col("product_category_name").fill_null("sem_categoria"),
            state="customer_state",
        )
        .filter(pl.min_horizontal("days", "promised") >= 0, pl.col("state").is_not_null())  # no order is like that
        .sort("id")
        .unique(text.str.to_lowercase(), keep="first", maintain_order=True)
        .collect()
    )
    if max_empty_share is None:
        return found.sample(min(limit, found.height), shuffle=True, seed=seed).to_dicts()
    shuffled = found.sample(found.height, shuffle=True, seed=seed).iter_rows(named=True)
    return list(itertools.islice(_mostly_telling(shuffled, max_empty_share), limit))


def _mostly_telling(rows: Iterable[dict[str, Any]], max_empty_share: float) -> Iterator[dict[str, Any]]:
    """Those of which the rules read something out of the text, and between them at most this share of the others."""
    kept = kept_silent = 0
    for row in rows:
        if text_fields(". ".join(filter(None, (row["title"], row["message"])))) == EMPTY_FIELDS:
            if kept_silent + 1 > max_empty_share * (kept + 1):
                continue
            kept_silent += 1
        kept += 1
        yield row
