"""Lengths of the texts in a table: a histogram for each column, with wider bins for longer texts.

    measure(Path("data/clean/alpaca/instructions.parquet"))["output"]
    # Lengths(missing=0, shortest=1, longest=2_404, mean=270.1, bins=(0, 2, 11, …))     in characters

Columns are read in a stream; only counts stay in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

# Where each bin after the first begins. The first holds empty texts, the last everything from 50,000 characters.
EDGES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)


@dataclass(frozen=True)
class Lengths:
    """Lengths of the texts of one column; `missing` counts nulls."""

    missing: int
    shortest: int
    longest: int
    mean: float
    bins: Sequence[int]
    spaced: bool  # whether any text contains a space

    @property
    def texts(self) -> int:
        return sum(self.bins)


NONE = Lengths(0, 0, 0, 0.0, (0,) * (len(EDGES) + 1), False)


def measure(path: Path) -> dict[str, Lengths]:
    """The lengths of every column of texts in a parquet file."""
    frame = pl.scan_parquet(path)
    return {name: _lengths(frame, name) for name, kind in frame.collect_schema().items() if kind == pl.String}


def are_texts(*columns: Lengths) -> bool:
    """Whether this column holds prose that is worth a histogram, and not ids, codes or states."""
    return any(column.spaced and column.longest > column.shortest for column in columns)


def label(place: int) -> str:
    """The range of bin `place`: 0, 1, 2-4, 5-9, …, 50,000 and more."""
    if place == 0:
        return "0"
    first = EDGES[place - 1]
    if place == len(EDGES):
        return f"{first:,} and more"
    last = EDGES[place] - 1
    return f"{first:,}" if first == last else f"{first:,}-{last:,}"


def _lengths(frame: pl.LazyFrame, name: str) -> Lengths:
    """The lengths of one column, from cumulative counts; a column without texts gets zeros."""
    length = pl.col(name).str.len_chars()
    counts = frame.select(
        rows=pl.len(),
        texts=length.count(),
        shortest=length.min(),
        longest=length.max(),
        mean=length.mean(),
        spaced=pl.col(name).str.contains(" ", literal=True).any(),
        **{f"from {edge}": (length >= edge).sum() for edge in EDGES},
    )
    number = {key: value or 0 for key, value in counts.collect(engine="streaming").row(0, named=True).items()}
    reached = [int(number[key]) for key in ("texts", *(f"from {edge}" for edge in EDGES))]
    return Lengths(
        missing=int(number["rows"]) - reached[0],
        shortest=int(number["shortest"]),
        longest=int(number["longest"]),
        mean=round(number["mean"], 1),
        bins=tuple(more - fewer for more, fewer in zip(reached, [*reached[1:], 0], strict=True)),
        spaced=bool(number["spaced"]),
    )
