"""Rows that were set aside: how many for each reason, and the first few of each as they came in.

    rejects(Path("data/raw/olist/rejects.parquet"), examples=3)            # [Reason("", "a field is missing", rows=2, …)]
    quarantine(Path("data/clean/olist/quarantine.parquet"), examples=3)    # by table

A file may hold millions of rows, or one row of a hundred megabytes. So Polars counts the reasons in a stream, and only the
beginnings of the rows that are shown are read.
"""

import codecs
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from vitrine import tables
from vitrine.tables.quarantine import QUARANTINE
from vitrine.tables.rejects import REJECTS

MOST_REASONS = 100  # of a file; a reason that names the row would otherwise make a page too large to load
LONGEST = 600  # characters, or bytes, of one value
LONGEST_ROW = 20_000  # characters of a whole row as JSON; a longer row is shown as text, cut off


@dataclass(frozen=True)
class Example:
    """One row as it came in: its place, and its parts (column and value; a row that could not be parsed has one part)."""

    where: str
    parts: Sequence[tuple[str, str | None]]
    note: str = ""


@dataclass(frozen=True)
class Reason:
    """`rows` rows were set aside for one reason. `table` is empty for rejects, which belong to no table."""

    table: str
    reason: str
    rows: int
    examples: Sequence[Example] = ()


def rejects(path: Path, *, examples: int) -> list[Reason]:
    """The records that `ingest` could not read, by reason."""
    size = pl.col("raw").bin.size().fill_null(0)
    return _reasons(path, REJECTS, [pl.col("raw").bin.slice(0, LONGEST), size.alias("size")], _rejected, examples)


def quarantine(path: Path, *, examples: int) -> list[Reason]:
    """The rows that `clean` set aside, by table and reason."""
    size = pl.col("row").str.len_chars().fill_null(0)
    return _reasons(path, QUARANTINE, [pl.col("row").str.slice(0, LONGEST_ROW), size.alias("size")], _quarantined, examples)


def _reasons(
    path: Path, schema: pa.Schema, shortened: Sequence[pl.Expr], show: Callable[[dict[str, Any]], Example], examples: int
) -> list[Reason]:
    """Every reason with its rows, the most frequent first. Reasons beyond MOST_REASONS become one entry for each table."""
    rows = tables.scan(path, schema)
    table = pl.col("table") if "table" in schema.names else pl.lit("")
    keys = rows.select(table=table.fill_null(""), reason=pl.col("reason").fill_null("")).with_row_index("place")
    counted = keys.group_by("table", "reason").agg(rows=pl.len(), places=pl.col("place").bottom_k(examples))
    reasons_counted = counted.sort("rows", "table", "reason", descending=[True, False, False]).collect(engine="streaming")
    named, rest = reasons_counted[:MOST_REASONS], reasons_counted[MOST_REASONS:]
    places = named["places"].explode().drop_nulls().unique().sort().to_list()
    shown: dict[int, Example] = {}
    if places:
        picked = rows.with_row_index("place").filter(pl.col("place").is_in(places)).with_columns(shortened)
        shown = {row["place"]: show(row) for row in picked.collect(engine="streaming").to_dicts()}
    reasons = [
        Reason(row["table"], row["reason"], row["rows"], [shown[place] for place in sorted(row["places"])])
        for row in named.to_dicts()
    ]
    others = rest.group_by("table").agg(pl.col("rows").sum(), kinds=pl.len()).sort("table")
    return reasons + [Reason(row["table"], f"{row['kinds']:,} rarer reasons", row["rows"]) for row in others.to_dicts()]


def _rejected(row: dict[str, Any]) -> Example:
    """The original bytes as text; bytes that are not UTF-8 are escaped."""
    start: bytes = row["raw"] or b""
    decoder = codecs.getincrementaldecoder("utf-8")  # a character that was cut off at the end is not an error
    try:
        text, note = decoder("strict").decode(start, final=row["size"] <= len(start)), ""
    except UnicodeDecodeError:
        text = decoder("backslashreplace").decode(start, final=row["size"] <= len(start))
        note = "not UTF-8: each such byte is shown as \\x and its number"
    where = f"{row['file'] or 'no file named'}, " + ("no line" if row["line"] is None else f"line {row['line']:,}")
    return Example(where, [("", _more(text, row["size"] - len(start), "bytes"))], note)


def _quarantined(row: dict[str, Any]) -> Example:
    """The raw row, column by column; a row too long to be parsed is shown as text, cut off."""
    text: str = row["row"] or ""
    where = row["id"] or "without an id"
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        return Example(where, [("", _more(text[:LONGEST], row["size"] - LONGEST, "characters"))])
    return Example(where, [(name, _shortened(value)) for name, value in values.items()])


def _shortened(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _more(text[:LONGEST], len(text) - LONGEST, "characters")


def _more(text: str, cut: int, kind: str) -> str:
    return f"{text} … and {cut:,} more {kind}" if cut > 0 else text
