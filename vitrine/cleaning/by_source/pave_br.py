"""Rules for PAVE-Br: tidy texts, attribute names of one form, and only listings with a value that people annotated.

    rules(options)["listings"]      # id, type, title, description, attributes, values, vendor, model

Predictions keep their "Não informado": the task's grader knows such words. A note in place of a value ("Tipo de Produto": the
listing is of another type) is no annotation, so its row is set aside.
"""

import polars as pl

from vitrine.cleaning.lists import map_texts
from vitrine.cleaning.personal_data import count_placeholders, count_redactions, redact
from vitrine.cleaning.rules import Rules, TextOptions, lengths
from vitrine.cleaning.text import TREATMENTS, Treatments, one_line, tidy_text
from vitrine.tables.published.annotated import LISTINGS

NOTE = r"(?i)^(?:tipo de produto|n[aã]o tem navegation id)"
VALUES = ("values", "vendor", "model")


class Options(TextOptions):  # min_chars and max_chars of a title
    texts: Treatments = TREATMENTS  # of title and description


def rules(options: Options) -> dict[str, Rules]:
    title, description, values = pl.col("title"), pl.col("description"), pl.col("values")

    def text(column: str) -> pl.Expr:
        return redact(tidy_text(pl.col(column), options.texts), options.personal_data).fill_null("")

    def tidy(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.with_columns(
            text("title"),
            text("description"),
            one_line(pl.col("type")),
            map_texts(pl.col("attributes"), lambda name: one_line(name).str.to_lowercase().str.replace_all(" ", "_")),
            *(map_texts(pl.col(name), lambda value: one_line(value).fill_null("")) for name in VALUES),
        )

    listings = Rules(
        raw=LISTINGS,
        output=LISTINGS,
        id=["id"],
        tidy=tidy,
        aside=[
            ("title is empty", title == ""),
            ("a note stands in place of a value", values.list.eval(pl.element().str.contains(NOTE)).list.any()),
            ("no value is annotated", values.list.eval(pl.element() != "").list.any().not_()),
            *lengths("title", options.min_chars, options.max_chars),
        ],
        unique=[
            ("id stands in an earlier row", [pl.col("id")]),
            ("title and description stand in an earlier row", [title, description]),
        ],
        near=options.near("title", "description"),
        counts={
            "redacted": count_placeholders(title).sum() + count_placeholders(description).sum(),
            **count_redactions(("title", "description"), options.personal_data),
            "no_description": (description == "").sum(),
            "values": values.list.eval(pl.element() != "").list.sum().sum(),
        },
    )
    return {"listings": listings}
