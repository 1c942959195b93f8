"""How one table is cleaned: what happens to its texts, which rows are set aside and why. Data, which the engine carries out.

    Rules(
        raw=RAW_LISTINGS,
        made=LISTINGS,
        id=["uid"],
        tidy=lambda listings: listings.with_columns(title=tidied(pl.col("title"), STEPS).fill_null("")),
        aside=[("title is empty", pl.col("title") == ""), *lengths("content", 40, None)],
        unique=[("uid stands in an earlier row", [pl.col("uid")])],
        counts={"no_content": pl.col("raw.content").is_null().sum()},
    )

A source's module has `rules(options) -> dict[str, Rules]`, a table each. Everything but `unique` and `near` looks at one row
at a time, so that rows can come in batches of any size, on threads or on a cluster, and the outcome is the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa
from pydantic import Field

from vitrine.cleaning.personal_data import Kind
from vitrine.settings import Settings

Reason = tuple[str, pl.Expr]
PersonalData = tuple[Kind, ...]


class NearDuplicates(Settings):
    """An option: rows whose texts share this much of their words' sequences with an earlier row are set aside."""

    jaccard: float = Field(gt=0.0, le=1.0)


class TextOptions(Settings):
    """What every source of texts is asked."""

    personal_data: PersonalData
    min_chars: int = Field(ge=0)  # of the text that the source is about
    max_chars: int | None = Field(ge=1)
    near_duplicates: NearDuplicates | None

    def near(self, *columns: str) -> "Near | None":
        return Near(columns=columns, jaccard=self.near_duplicates.jaccard) if self.near_duplicates else None


@dataclass(frozen=True, kw_only=True)
class Near:
    """Which texts, told as one, make two rows nearly the same, and how much of them must be shared."""

    columns: Sequence[str]
    jaccard: float
    reason: str = "nearly repeats an earlier row"

    @property
    def text(self) -> pl.Expr:
        return pl.concat_str([pl.col(name).fill_null("") for name in self.columns], separator="\n")


@dataclass(frozen=True, kw_only=True)
class Rules:
    raw: pa.Schema
    made: pa.Schema
    id: Sequence[str]  # the raw columns that name a row in the quarantine
    # Same rows, same order, other columns. It must keep the columns that it is not told about (with_columns, not select),
    # and may add some for the rules below; only those of `made` are written. It sees the raw columns twice: under their own
    # names, to be cleaned, and as "raw.<name>", to be left alone.
    tidy: Callable[[pl.LazyFrame], pl.LazyFrame] = lambda rows: rows
    aside: Sequence[Reason] = ()  # what is wrong with a row, seen alone; the first that applies is given, null does not apply
    # What may stand only once in the table; of rows that agree in all of these the first in the file stays. Seen after `aside`
    # and in this order: a row that was set aside repeats nothing. Null equals null. A text that is compared as it reads
    # (`dedup.same`) is written so here: the engine keeps 128 bits of it.
    unique: Sequence[tuple[str, Sequence[pl.Expr]]] = ()
    near: Near | None = None  # seen last
    counts: Mapping[str, pl.Expr] = field(default_factory=dict)  # metrics, each one sum over the tidy rows; added up over batches


def lengths(column: str, least: int, most: int | None) -> list[Reason]:
    """The reasons for a text of fewer than `least` or more than `most` characters."""
    chars = pl.col(column).str.len_chars()
    found = [(f"{column} is shorter than {least} characters", chars < least)]
    return found if most is None else [*found, (f"{column} is longer than {most} characters", chars > most)]
