"""What the eight Olist tables need: unique keys, scores that are scores, readable reviews without personal data.

    clean(raw, personal_data=["email", "cpf"], drop_score_titles=True).tables["order_reviews"]

A title that is only a grade ("10", "nota dez", "5 estrelas") tells the score that `sentiment` is asked for: it becomes null.
Texts of nothing but blanks become null too.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from vitrine.cleaning.dedup import repeated_key, same
from vitrine.cleaning.kept import Cleaned, Reason
from vitrine.cleaning.personal_data import mentions, redact
from vitrine.cleaning.text import tidy

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


def is_grade(title: pl.Expr) -> pl.Expr:
    """Whether a title says a grade and nothing else."""
    return same(title).str.contains(GRADE) | title.str.contains(STARS)


def clean(raw: Mapping[str, pl.DataFrame], *, personal_data: Sequence[str], drop_score_titles: bool) -> Cleaned:
    """The eight tables, the rows set aside, and the counts."""
    cleaned = Cleaned()
    for name, key in KEYS.items():
        frame = _readable(raw[name], personal_data) if name == "order_reviews" else raw[name]
        reasons: list[Reason] = [
            (f"{' or '.join(key)} is missing", pl.any_horizontal(pl.col(column).is_null() for column in key)),
            (f"{' and '.join(key)} stand in an earlier row", repeated_key(*key)),
        ]
        if name == "order_reviews":
            score = pl.col("review_score")
            graded = is_grade(pl.col(TITLE)).fill_null(False)
            cleaned.counts |= {
                "blank_messages": raw[name][MESSAGE].is_not_null().sum() - frame[MESSAGE].is_not_null().sum(),
                "score_titles": frame.select(graded.sum()).item(),
                "redacted": frame.select(pl.sum_horizontal(mentions(pl.col(TITLE, MESSAGE)).sum())).item(),
            }
            if drop_score_titles:
                frame = frame.with_columns(pl.when(~graded).then(TITLE).alias(TITLE))
            reasons.append(("review_score is not 1 to 5", ~score.is_between(1, 5) | score.is_null()))
        cleaned.add(name, raw[name], frame, reasons, id=key)
    return cleaned


def _readable(reviews: pl.DataFrame, personal_data: Sequence[str]) -> pl.DataFrame:
    def text(name: str) -> pl.Expr:
        readable = redact(tidy(pl.col(name)), personal_data)
        return pl.when(readable != "").then(readable).alias(name)

    return reviews.with_columns(text(TITLE), text(MESSAGE))
