"""Rules for AmazonTitles: tidy texts, and only listings whose content is more than the title.

rules(options)["listings"]      # uid, title, content
"""

import polars as pl
from pydantic import Field

from vitrine.cleaning.near.dedup import comparable
from vitrine.cleaning.personal_data import count_placeholders, count_redactions, redact
from vitrine.cleaning.rules import Reason, Rules, TextOptions, lengths
from vitrine.cleaning.text import TREATMENTS, Treatments, tidy_text
from vitrine.settings import Settings
from vitrine.tables.published.listings import LISTINGS, RAW_LISTINGS


class Texts(Settings):
    title: Treatments = TREATMENTS
    content: Treatments = TREATMENTS


class Options(TextOptions):  # min_chars and max_chars of a content
    texts: Texts = Texts()
    min_title_chars: int = Field(ge=0)


def rules(options: Options) -> dict[str, Rules]:
    title, content = pl.col("title"), pl.col("content")
    forms = [pl.col("_same_title"), pl.col("_same_content")]
    aside: list[Reason] = [
        ("title is empty", title == ""),
        ("content is empty", content == ""),
        ("content repeats the title", forms[0] == forms[1]),
        *lengths("title", options.min_title_chars, None),
        *lengths("content", options.min_chars, options.max_chars),
    ]

    def text(column: str) -> pl.Expr:
        return redact(tidy_text(pl.col(column), getattr(options.texts, column)), options.personal_data).fill_null("")

    def tidy(listings: pl.LazyFrame) -> pl.LazyFrame:
        tidied = listings.with_columns(title=text("title"), content=text("content"))
        return tidied.with_columns(_same_title=comparable(title), _same_content=comparable(content))

    listings = Rules(
        raw=RAW_LISTINGS,
        output=LISTINGS,
        id=["uid"],
        tidy=tidy,
        aside=aside,
        unique=[
            ("uid stands in an earlier row", [pl.col("uid")]),
            ("title and content stand in an earlier row", forms),
        ],
        near=options.near("title", "content"),
        counts={
            "redacted": count_placeholders(title).sum() + count_placeholders(content).sum(),
            **count_redactions(("title", "content"), options.personal_data),
        },
    )
    return {"listings": listings}
