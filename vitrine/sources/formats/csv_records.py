r"""Read CSV as Olist publishes it: LF or CRLF between records and inside quoted fields, an optional byte order mark.

    b'"id","text"\r\n"1a","two\r\nlines"\r\n"2b"\r\n'
    -> one row ("1a", "two\r\nlines"); one reject: line 4, "1 field where 2 are expected", b'"2b"'

The records are located first, by their quotes: so a bad record can be rejected with its bytes, and rows are counted without
the parser. An unquoted empty field is null; a quoted one is the empty string. No library can replace this: at a quote that is
never closed, Arrow and DuckDB swallow the records after it, or they and Polars refuse the whole file.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from vitrine.errors import SourceError
from vitrine.sources.formats.csv_quotes import CARRIAGE_RETURN, COMMA, NEWLINE, Integers, quoted_fields
from vitrine.tables.rejects import REJECTS

BOM = b"\xef\xbb\xbf"
TIME = "%Y-%m-%d %H:%M:%S"
MAX_RECORD = 1 << 24  # bytes; a longer record is rejected


@dataclass(frozen=True)
class Records:
    """For each record of `data`: the span of its bytes, its first line, its number of fields. Blank lines are no records."""

    data: bytes
    starts: Integers
    ends: Integers
    lines: Integers
    fields: Integers
    unclosed: Integers  # the records, by number, with a quote that is never closed
    stray_return: Integers  # those with a lone carriage return outside quotes, where some readers end a record

    def raw(self, index: int) -> bytes:
        return self.data[self.starts[index] : self.ends[index]].removesuffix(b"\r")


def split(data: bytes) -> Records:
    """Locate the records of `data`, which has no byte order mark, by quotes and line ends alone."""
    codes = np.frombuffer(data, np.uint8)
    quotes, unclosed = quoted_fields(codes)
    toggles = np.zeros(codes.size, np.bool_)
    toggles[quotes] = True
    inside = np.logical_xor.accumulate(toggles)
    newlines = np.flatnonzero(codes == NEWLINE)
    commas = np.flatnonzero((codes == COMMA) & ~inside)
    ends = newlines[~inside[newlines]]
    if data and (not ends.size or ends[-1] != len(data) - 1):
        ends = np.append(ends, len(data))
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])[: ends.size]
    blank = (ends == starts) | ((ends == starts + 1) & (codes[np.minimum(starts, len(data) - 1)] == ord("\r")))
    starts, ends = starts[~blank], ends[~blank]
    stray = np.flatnonzero((codes[:-1] == CARRIAGE_RETURN) & (codes[1:] != NEWLINE) & ~inside[:-1])
    return Records(
        data=data,
        starts=starts,
        ends=ends,
        lines=np.searchsorted(newlines, starts) + 1,
        fields=np.searchsorted(commas, ends) - np.searchsorted(commas, starts) + 1,
        unclosed=np.unique(np.searchsorted(starts, unclosed, side="right") - 1),
        stray_return=np.unique(np.searchsorted(starts, stray, side="right") - 1),
    )


def read(path: Path, data: bytes, schema: pa.Schema) -> tuple[pa.Table, pa.Table, int]:
    """Return the typed rows of `data`, the rejects, and the number of records. `path` is used in messages only."""
    records = split(data.removeprefix(BOM))
    names = _header(path, records, schema)
    text, index, reasons = texts(path, records, names)
    typed, untyped = _typed(text.select(schema.names), schema)
    reasons |= {int(index[row]): reason for row, reason in untyped.select("row", "reason").iter_rows()}
    return typed.to_arrow().cast(schema), rejected(path, records, reasons), records.starts.size - 1


def texts(path: Path, records: Records, names: list[str], *, headers: int = 1) -> tuple[pl.DataFrame, Integers, dict[int, str]]:
    """The texts of the records after the `headers` first ones; the number of each record; why the others are rejected."""
    reasons = _reject_reasons(records, len(names), headers)
    index = np.setdiff1d(np.arange(headers, records.starts.size), np.fromiter(reasons, np.int64, len(reasons)))
    text = _parsed(path, _bytes_of(records, index), names)
    if text.height != index.size:
        raise SourceError(f"{path} holds {index.size} records by its quotes, but {text.height} by its commas; download it again")
    return text, index, reasons


def rejected(path: Path, records: Records, reasons: Mapping[int, str]) -> pa.Table:
    """The records with these numbers as rejects."""
    rows = [
        {"file": path.name, "line": int(records.lines[i]), "reason": reason, "raw": records.raw(i)}
        for i, reason in sorted(reasons.items())
    ]
    return pa.Table.from_pylist(rows, REJECTS)


def _header(path: Path, records: Records, schema: pa.Schema) -> list[str]:
    """The column names of the file. A column outside the schema is named by its position: its name may be empty or repeated."""
    line = records.raw(0).decode("utf-8", "replace") if records.starts.size else ""
    try:
        names = [name.strip() for name in next(csv.reader([line]), [])]
    except csv.Error:
        names = []
    missing = [name for name in schema.names if name not in names]
    repeated = [name for name in schema.names if names.count(name) > 1]
    if missing or repeated:
        problem = f"lacks the column {', '.join(missing)}" if missing else f"has the column {', '.join(repeated)} more than once"
        raise SourceError(
            f"{path} {problem}; its first line is {line[:200]!r}: "
            f"expected {', '.join(schema.names)}, as published, so download it again"
        )
    return [name if name in schema.names else str(place) for place, name in enumerate(names)]


def _reject_reasons(records: Records, width: int, headers: int) -> dict[int, str]:
    """The records that are rejected before parsing, with the reason. The `headers` first ones are none."""
    wrong = np.flatnonzero(records.fields != width)
    reasons = {int(i): f"{records.fields[i]} fields where {width} are expected" for i in wrong}
    if not _is_utf8(records.data):
        reasons |= {i: "is not UTF-8" for i in range(1, records.starts.size) if not _is_utf8(records.raw(i))}
    long = np.flatnonzero(records.ends - records.starts >= MAX_RECORD)
    reasons |= {int(i): f"is longer than {MAX_RECORD} bytes" for i in long}
    reasons |= {int(i): "holds a carriage return in the middle of a line" for i in records.stray_return}
    reasons |= {int(i): "opens a quote that is never closed" for i in records.unclosed}
    return {i: reason for i, reason in reasons.items() if i >= headers}


def _is_utf8(raw: bytes) -> bool:
    return raw.decode(errors="ignore").encode() == raw


def _bytes_of(records: Records, index: Integers) -> bytes:
    """The bytes of these records with their line ends. Adjacent records are copied together."""
    if not index.size:
        return b""
    breaks = np.flatnonzero(np.diff(index) != 1)
    first, last = index[np.append(0, breaks + 1)], index[np.append(breaks, index.size - 1)]
    return b"".join(records.data[records.starts[a] : records.ends[b] + 1] for a, b in zip(first, last, strict=True))


def _parsed(path: Path, data: bytes, names: list[str]) -> pl.DataFrame:
    """Parse every column as text; types are checked row by row in `_typed`."""
    if not data:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    try:
        table = pc.read_csv(
            pa.BufferReader(data),
            read_options=pc.ReadOptions(column_names=names, block_size=MAX_RECORD),
            parse_options=pc.ParseOptions(newlines_in_values=True),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise SourceError(f"{path} does not parse as CSV ({str(error).splitlines()[0]}); download it again") from error
    return pl.DataFrame(table)


def _typed(text: pl.DataFrame, schema: pa.Schema) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cast `text` to the schema's types. Return the rows that fit, and (row, reason) of the others."""
    casts: list[pl.Expr] = []
    reasons: list[pl.Expr] = []
    for field in schema:
        value = pl.col(field.name)
        cast, kind = _cast(value, field.type)
        casts.append(cast)
        if kind:
            reason = pl.concat_str(pl.lit(f"{field.name} is not {kind}: "), value.str.slice(0, 60))
            reasons.append(pl.when(value.is_not_null() & cast.is_null()).then(reason))
    typed = text.with_row_index("row").select("row", *casts, reason=pl.coalesce(reasons) if reasons else pl.lit(None, pl.String))
    fits = pl.col("reason").is_null()
    return typed.filter(fits).select(schema.names), typed.filter(~fits).select("row", "reason")


def _cast(value: pl.Expr, kind: pa.DataType) -> tuple[pl.Expr, str | None]:
    """The expression that casts text to `kind`, null where it does not fit; and the name of the kind for messages."""
    if pa.types.is_integer(kind):
        return value.cast(pl.Int32, strict=False), "a whole number"
    if pa.types.is_floating(kind):
        number = value.cast(pl.Float64, strict=False)
        return pl.when(number.is_finite()).then(number).alias(value.meta.output_name()), "a number"
    if pa.types.is_timestamp(kind):
        return value.str.to_datetime(TIME, time_unit="us", strict=False), "a date and time"
    return value, None
