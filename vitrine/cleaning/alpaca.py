"""What Alpaca needs: no empty outputs, no repeats, and nothing where `<noinput>` says that there is no input.

    clean(raw, min_chars=1).tables["instructions"]      # id, instruction, input, output

Lines, tags and code are part of these texts: only control characters go.
"""

from collections.abc import Mapping

import polars as pl

from vitrine.cleaning.dedup import repeated_key
from vitrine.cleaning.kept import Cleaned
from vitrine.cleaning.text import printable

NO_INPUT = r"(?i)^\W*(?:no ?input(?: (?:is )?(?:required|needed|provided|given))?|n/?a|none)\W*$"


def clean(raw: Mapping[str, pl.DataFrame], *, min_chars: int) -> Cleaned:
    """The instructions with an answer of `min_chars` characters or more, the rows set aside, and the counts."""
    instructions = raw["instructions"]
    frame = instructions.with_columns(printable(pl.col("instruction", "input", "output")).fill_null(""))
    nothing = pl.col("input").str.contains(NO_INPUT)
    cleaned = Cleaned()
    cleaned.counts["no_input"] = frame.select(nothing.sum()).item()
    frame = frame.with_columns(input=pl.when(nothing).then(pl.lit("")).otherwise("input"))
    reasons = [
        ("instruction is empty", pl.col("instruction") == ""),
        (f"output is shorter than {min_chars} characters", pl.col("output").str.len_chars() < min_chars),
        ("instruction and input stand in an earlier row", repeated_key("instruction", "input")),
    ]
    cleaned.add("instructions", instructions, frame, reasons, id=["id"])
    return cleaned
