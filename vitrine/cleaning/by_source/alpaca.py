"""Rules for Alpaca: no empty outputs, no repeats, and an empty input instead of `<noinput>`.

    rules(options)["instructions"]      # id, instruction, input, output

Lines, tags and code belong to these texts: by default only control characters are removed.
"""

import polars as pl

from vitrine.cleaning.personal_data import count_placeholders, count_redactions, redact
from vitrine.cleaning.rules import Rules, TextOptions, lengths
from vitrine.cleaning.text import Treatments, tidy_text
from vitrine.settings import Settings
from vitrine.tables.published.instructions import INSTRUCTIONS

NO_INPUT = r"(?i)^\W*(?:no ?input(?: (?:is )?(?:required|needed|provided|given))?|n/?a|none)\W*$"
TEXTS = ("instruction", "input", "output")


class Texts(Settings):
    """Treatments by column. Lines, tags and code stay."""

    instruction: Treatments = ("control",)
    input: Treatments = ("control",)
    output: Treatments = ("control",)


class Options(TextOptions):  # min_chars and max_chars of an output
    texts: Texts = Texts()


def rules(options: Options) -> dict[str, Rules]:
    def text(column: str) -> pl.Expr:
        return redact(tidy_text(pl.col(column), getattr(options.texts, column)), options.personal_data).fill_null("")

    def tidy(instructions: pl.LazyFrame) -> pl.LazyFrame:
        tidied = instructions.with_columns(text(column) for column in TEXTS)
        marked = tidied.with_columns(_no_input=pl.col("input").str.contains(NO_INPUT))
        return marked.with_columns(input=pl.when("_no_input").then(pl.lit("")).otherwise("input"))

    instructions = Rules(
        raw=INSTRUCTIONS,
        output=INSTRUCTIONS,
        id=["id"],
        tidy=tidy,
        aside=[
            ("instruction is empty", pl.col("instruction") == ""),
            *lengths("output", options.min_chars, options.max_chars),
        ],
        unique=[("instruction and input stand in an earlier row", [pl.col("instruction"), pl.col("input")])],
        near=options.near(*TEXTS),
        counts={
            "no_input": pl.col("_no_input").sum(),
            "redacted": pl.sum_horizontal(count_placeholders(pl.col(column)).sum() for column in TEXTS),
            **count_redactions(TEXTS, options.personal_data),
        },
    )
    return {"instructions": instructions}
