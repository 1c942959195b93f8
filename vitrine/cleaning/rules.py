"""How one table is cleaned: how its texts change, which rows are set aside and why. Rules are data; `batch` and `run` apply them.

    Rules(
        raw=RAW_LISTINGS,
        output=LISTINGS,
        id=["uid"],
        tidy=lambda listings: listings.with_columns(title=tidy_text(pl.col("title"), STEPS).fill_null("")),
        aside=[("title is empty", pl.col("title") == ""), *lengths("content", 40, None)],
        unique=[("uid stands in an earlier row", [pl.col("uid")])],
        counts={"no_content": pl.col("raw.content").is_null().sum()},
    )

A source's module has `rules(options) -> dict[str, Rules]`, one for each table. All rules except `unique` and `near` look at one
row at a time. So the result is the same for batches of any size, on threads and on a cluster.
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
    """An option: set aside rows whose texts are this similar to those of an earlier row (`near.shingles.jaccard`)."""

    jaccard: float = Field(gt=0.0, le=1.0)


class TextOptions(Settings):
    """Options that all sources with texts share."""

    personal_data: PersonalData
    min_chars: int = Field(ge=0)  # of the text that the source is about
    max_chars: int | None = Field(ge=1)
    near_duplicates: NearDuplicates | None

    def near(self, *columns: str) -> "NearDuplicateRule | None":
        return NearDuplicateRule(columns=columns, jaccard=self.near_duplicates.jaccard) if self.near_duplicates else None


@dataclass(frozen=True, kw_only=True)
class NearDuplicateRule:
    """Two rows are near-duplicates if the joined texts of `columns` have at least this Jaccard similarity."""

    columns: Sequence[str]
    jaccard: float
    reason: str = "nearly repeats an earlier row"

    @property
    def text(self) -> pl.Expr:
        return pl.concat_str([pl.col(name).fill_null("") for name in self.columns], separator="\n")


@dataclass(frozen=True, kw_only=True)
class Rules:
    raw: pa.Schema
    output: pa.Schema
    id: Sequence[str]  # the raw columns that name a row in the quarantine
    # Same rows, same order, other columns. It must keep columns that it does not know (with_columns, not select) and may add
    # some for the rules below; only those of `output` are written. It gets the raw columns twice: under their own names, to
    # clean them, and as "raw.<name>", unchanged.
    tidy: Callable[[pl.LazyFrame], pl.LazyFrame] = lambda rows: rows
    aside: Sequence[Reason] = ()  # why a row is set aside; the first reason that applies counts, null does not apply
    # Keys that may occur only once in the table: of the rows with equal values the first in the file stays. Checked after
    # `aside`, in this order: a row that was set aside is no earlier row. Null equals null. To compare texts by their comparison
    # form, use `dedup.comparable` here: the engine keeps only a hash of 128 bits.
    unique: Sequence[tuple[str, Sequence[pl.Expr]]] = ()
    near: NearDuplicateRule | None = None  # checked last
    counts: Mapping[str, pl.Expr] = field(default_factory=dict)  # metrics: sums over the tidied rows, added up over batches


def lengths(column: str, least: int, most: int | None) -> list[Reason]:
    """The reasons for a text of fewer than `least` or more than `most` characters."""
    chars = pl.col(column).str.len_chars()
    reasons = [(f"{column} is shorter than {least} characters", chars < least)]
    return reasons if most is None else [*reasons, (f"{column} is longer than {most} characters", chars > most)]
