"""What Alpaca needs: no empty outputs, no repeats, and nothing where `<noinput>` says that there is no input.

    rules(options)["instructions"]      # id, instruction, input, output

Lines, tags and code are part of these texts: by default only control characters go.
"""

import polars as pl

from vitrine.cleaning.personal_data import counts, mentions, redact
from vitrine.cleaning.rules import Rules, TextOptions, lengths
from vitrine.cleaning.text import Treatments, tidied
from vitrine.settings import Settings
from vitrine.tables.published.instructions import INSTRUCTIONS

NO_INPUT = r"(?i)^\W*(?:no ?input(?: (?:is )?(?:required|needed|provided|given))?|n/?a|none)\W*$"
TEXTS = ("instruction", "input", "output")


class Texts(Settings):
    """Lines, tags and code are meant here."""

    instruction: Treatments = ("control",)
    input: Treatments = ("control",)
    output: Treatments = ("control",)


class Options(TextOptions):  # min_chars and max_chars of an output
    texts: Texts = Texts()


def rules(options: Options) -> dict[str, Rules]:
    def text(column: str) -> pl.Expr:
        return redact(tidied(pl.col(column), getattr(options.texts, column)), options.personal_data).fill_null("")

    def tidy(instructions: pl.LazyFrame) -> pl.LazyFrame:
        readable = instructions.with_columns(text(column) for column in TEXTS)
        nothing = readable.with_columns(_no_input=pl.col("input").str.contains(NO_INPUT))
        return nothing.with_columns(input=pl.when("_no_input").then(pl.lit("")).otherwise("input"))

    instructions = Rules(
        raw=INSTRUCTIONS,
        made=INSTRUCTIONS,
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
            "redacted": pl.sum_horizontal(mentions(pl.col(column)).sum() for column in TEXTS),
            **counts(TEXTS, options.personal_data),
        },
    )
    return {"instructions": instructions}
