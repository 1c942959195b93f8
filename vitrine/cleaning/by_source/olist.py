"""Rules for the Olist tables: unique keys, valid review scores, tidy reviews without personal data.

    rules(options)["order_reviews"]

A title or message that is only a grade ("10", "nota dez", "5 estrelas") would leak the score that `sentiment` predicts, so it
becomes null. Blank texts become null too. `geolocation` has no key and stays as it is.
"""

import polars as pl
import pyarrow as pa

from vitrine.cleaning.near.dedup import comparable
from vitrine.cleaning.personal_data import count_placeholders, count_redactions, redact
from vitrine.cleaning.rules import Rules, TextOptions, lengths
from vitrine.cleaning.text import TREATMENTS, Treatments, tidy_text
from vitrine.settings import Settings
from vitrine.tables.published.olist import TABLES

KEYS = {
    "customers": ["customer_id"],
    "orders": ["order_id"],
    "order_items": ["order_id", "order_item_id"],
    "order_payments": ["order_id", "payment_sequential"],
    "order_reviews": ["review_id", "order_id"],
    "products": ["product_id"],
    "sellers": ["seller_id"],
    "category_translation": ["product_category_name"],
}
TITLE, MESSAGE = "review_comment_title", "review_comment_message"
_COUNTED = "zero|um|uma|dois|duas|tres|quatro|cinco|seis|sete|oito|nove|dez|mil|[0-9]+"
GRADE = rf"^(?:(?:nota|super|avaliacao|tudo) ?)?(?:{_COUNTED})(?: (?:{_COUNTED}))?(?: (?:estrelas?|pontos?))?$"
STARS = r"^[*★⭐☆✩️\s]+$"


class Texts(Settings):
    title: Treatments = TREATMENTS
    message: Treatments = TREATMENTS


class Options(TextOptions):  # min_chars and max_chars of a message, where there is one
    texts: Texts = Texts()
    drop_grades: bool  # set titles and messages that are only a grade to null


def rules(options: Options) -> dict[str, Rules]:
    keyed = {name: _keyed(TABLES[name], key) for name, key in KEYS.items()}
    free = {name: Rules(raw=schema, output=schema, id=schema.names[:1]) for name, schema in TABLES.items() if name not in KEYS}
    return keyed | free | {"order_reviews": _reviews(options)}


def is_grade(text: pl.Expr) -> pl.Expr:
    """Whether a text is only a grade."""
    return comparable(text).str.contains(GRADE) | text.str.contains(STARS)


def _keyed(schema: pa.Schema, key: list[str]) -> Rules:
    return Rules(
        raw=schema,
        output=schema,
        id=key,
        aside=[(f"{' or '.join(key)} is missing", pl.any_horizontal(pl.col(column).is_null() for column in key))],
        unique=[(f"{' and '.join(key)} stand in an earlier row", [pl.col(column) for column in key])],
    )


def _reviews(options: Options) -> Rules:
    def text(column: str, treatments: Treatments) -> pl.Expr:
        tidied = redact(tidy_text(pl.col(column), treatments), options.personal_data)
        return pl.when(tidied != "").then(tidied).alias(column)

    def tidy(reviews: pl.LazyFrame) -> pl.LazyFrame:
        tidied = reviews.with_columns(text(TITLE, options.texts.title), text(MESSAGE, options.texts.message))
        graded = tidied.with_columns(
            pl.col(TITLE, MESSAGE).name.prefix("_text."),
            *(is_grade(pl.col(column)).fill_null(False).alias(f"_grade.{column}") for column in (TITLE, MESSAGE)),
        )
        without_grades = (pl.when(~pl.col(f"_grade.{column}")).then(column).alias(column) for column in (TITLE, MESSAGE))
        return graded.with_columns(without_grades) if options.drop_grades else graded

    score = pl.col("review_score")
    keyed = _keyed(TABLES["order_reviews"], KEYS["order_reviews"])
    return Rules(
        raw=keyed.raw,
        output=keyed.output,
        id=keyed.id,
        tidy=tidy,
        aside=[
            *keyed.aside,
            ("review_score is not 1 to 5", ~score.is_between(1, 5) | score.is_null()),
            *lengths(MESSAGE, options.min_chars, options.max_chars),
        ],
        unique=keyed.unique,
        near=options.near(MESSAGE),
        counts={
            "blank_messages": pl.col(f"_text.{MESSAGE}").is_null().sum() - pl.col(f"raw.{MESSAGE}").is_null().sum(),
            "score_titles": pl.col(f"_grade.{TITLE}").sum(),
            "score_messages": pl.col(f"_grade.{MESSAGE}").sum(),
            "redacted": count_placeholders(pl.col(f"_text.{TITLE}")).sum() + count_placeholders(pl.col(f"_text.{MESSAGE}")).sum(),
            **count_redactions((TITLE, MESSAGE), options.personal_data),
        },
    )
