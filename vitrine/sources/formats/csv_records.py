r"""CSV as Olist publishes it: LF or CRLF between records and inside quoted fields, perhaps a byte order mark.

    b'"id","text"\r\n"1a","two\r\nlines"\r\n"2b"\r\n'
    -> one row ("1a", "two\r\nlines"); one reject: line 4, "1 field where 2 are expected", b'"2b"'

Records are found first, by their quotes, so that each that will not do can be set aside with its bytes, and rows are
counted apart from the parser. An unquoted empty field is null; a quoted one is the empty string. No reader does both: at a quote
that is never closed Arrow and DuckDB swallow the records after it, or they and Polars refuse the whole file.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from vitrine.errors import SourceError
from vitrine.sources.formats.csv_quotes import CARRIAGE_RETURN, COMMA, NEWLINE, Whole, quoted
from vitrine.tables.rejects import REJECTS

BOM = b"\xef\xbb\xbf"
TIME = "%Y-%m-%d %H:%M:%S"
BLOCK = 1 << 24  # a record longer than this is refused


@dataclass(frozen=True)
class Records:
    """Where each record of `data` lies: its bytes, the line it begins on, how many fields it has. Blank lines are none."""

    data: bytes
    starts: Whole
    ends: Whole
    lines: Whole
    fields: Whole
    unclosed: Whole  # the records, by number, that open a quote which nothing closes
    torn: Whole  # those with a carriage return, outside quotes, that no newline follows: for some readers it ends a record

    def raw(self, index: int) -> bytes:
        return self.data[self.starts[index] : self.ends[index]].removesuffix(b"\r")


def split(data: bytes) -> Records:
    """Find the records of `data` by its quotes and line ends alone."""
    every = np.frombuffer(data, np.uint8)
    quotes, unclosed = quoted(every)
    toggles = np.zeros(every.size, np.bool_)
    toggles[quotes] = True
    inside = np.logical_xor.accumulate(toggles)
    newlines = np.flatnonzero(every == NEWLINE)
    commas = np.flatnonzero((every == COMMA) & ~inside)
    ends = newlines[~inside[newlines]]
    if data and (not ends.size or ends[-1] != len(data) - 1):
        ends = np.append(ends, len(data))
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])[: ends.size]
    blank = (ends == starts) | ((ends == starts + 1) & (every[np.minimum(starts, len(data) - 1)] == ord("\r")))
    starts, ends = starts[~blank], ends[~blank]
    torn = np.flatnonzero((every[:-1] == CARRIAGE_RETURN) & (every[1:] != NEWLINE) & ~inside[:-1])
    return Records(
        data=data,
        starts=starts,
        ends=ends,
        lines=np.searchsorted(newlines, starts) + 1,
        fields=np.searchsorted(commas, ends) - np.searchsorted(commas, starts) + 1,
        unclosed=np.unique(np.searchsorted(starts, unclosed, side="right") - 1),
        torn=np.unique(np.searchsorted(starts, torn, side="right") - 1),
    )


def read(path: Path, data: bytes, schema: pa.Schema) -> tuple[pa.Table, pa.Table, int]:
    """The typed rows of `data`, the rejects, and how many records it holds. `path` is for the messages."""
    records = split(data.removeprefix(BOM))
    names = _header(path, records, schema)
    refused = _refused(records, len(names))
    index = np.setdiff1d(np.arange(1, records.starts.size), np.fromiter(refused, np.int64, len(refused)))
    text = _parsed(path, _joined(records, index), names).select(schema.names)
    if text.height != index.size:
        raise SourceError(f"{path} holds {index.size} records by its quotes, but {text.height} by its commas; download it again")
    typed, wrong = _typed(text, schema)
    refused |= {int(index[row]): reason for row, reason in wrong.select("row", "reason").iter_rows()}
    rejects = [
        {"file": path.name, "line": int(records.lines[i]), "reason": reason, "raw": records.raw(i)}
        for i, reason in sorted(refused.items())
    ]
    return typed.to_arrow().cast(schema), pa.Table.from_pylist(rejects, REJECTS), records.starts.size - 1


def _header(path: Path, records: Records, schema: pa.Schema) -> list[str]:
    """The columns' names; one that is not asked for is called by its place, since several may share a name or have none."""
    line = records.raw(0).decode("utf-8", "replace") if records.starts.size else ""
    try:
        names = [name.strip() for name in next(csv.reader([line]), [])]
    except csv.Error:
        names = []
    missing = [name for name in schema.names if name not in names]
    twice = [name for name in schema.names if names.count(name) > 1]
    if missing or twice:
        said = f"lacks the column {', '.join(missing)}" if missing else f"has the column {', '.join(twice)} more than once"
        raise SourceError(
            f"{path} {said}; its first line is {line[:200]!r}: "
            f"expected {', '.join(schema.names)}, as published, so download it again"
        )
    return [name if name in schema.names else str(place) for place, name in enumerate(names)]


def _refused(records: Records, width: int) -> dict[int, str]:
    """Reason by record, for those that need no parser to be refused. Record 0 is the header."""
    wrong = np.flatnonzero(records.fields != width)
    found = {int(i): f"{records.fields[i]} fields where {width} are expected" for i in wrong}
    if not _is_utf8(records.data):
        found |= {i: "is not UTF-8" for i in range(1, records.starts.size) if not _is_utf8(records.raw(i))}
    long = np.flatnonzero(records.ends - records.starts >= BLOCK)
    found |= {int(i): f"is longer than {BLOCK} bytes" for i in long}
    found |= {int(i): "holds a carriage return that ends no line" for i in records.torn}
    found |= {int(i): "opens a quote that is never closed" for i in records.unclosed}
    return {i: reason for i, reason in found.items() if i > 0}


def _is_utf8(raw: bytes) -> bool:
    return raw.decode(errors="ignore").encode() == raw


def _joined(records: Records, index: Whole) -> bytes:
    """The bytes of these records with their line ends; whole runs are copied at once."""
    if not index.size:
        return b""
    breaks = np.flatnonzero(np.diff(index) != 1)
    first, last = index[np.append(0, breaks + 1)], index[np.append(breaks, index.size - 1)]
    return b"".join(records.data[records.starts[a] : records.ends[b] + 1] for a, b in zip(first, last, strict=True))


def _parsed(path: Path, data: bytes, names: list[str]) -> pl.DataFrame:
    """Every column as text: types are ours to check, row by row."""
    if not data:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    try:
        table = pc.read_csv(
            pa.BufferReader(data),
            read_options=pc.ReadOptions(column_names=names, block_size=BLOCK),
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
    """`text` with the schema's types, without the rows that do not fit; and those rows as (row, reason)."""
    casts: list[pl.Expr] = []
    reasons: list[pl.Expr] = []
    for field in schema:
        value = pl.col(field.name)
        cast, kind = _cast(value, field.type)
        casts.append(cast)
        if kind:
            said = pl.concat_str(pl.lit(f"{field.name} is not {kind}: "), value.str.slice(0, 60))
            reasons.append(pl.when(value.is_not_null() & cast.is_null()).then(said))
    typed = text.with_row_index("row").select("row", *casts, reason=pl.coalesce(reasons) if reasons else pl.lit(None, pl.String))
    fits = pl.col("reason").is_null()
    return typed.filter(fits).select(schema.names), typed.filter(~fits).select("row", "reason")


def _cast(value: pl.Expr, kind: pa.DataType) -> tuple[pl.Expr, str | None]:
    """How text becomes `kind` (null where it does not), and what to call that kind."""
    if pa.types.is_integer(kind):
        return value.cast(pl.Int32, strict=False), "a whole number"
    if pa.types.is_floating(kind):
        number = value.cast(pl.Float64, strict=False)
        return pl.when(number.is_finite()).then(number).alias(value.meta.output_name()), "a number"
    if pa.types.is_timestamp(kind):
        return value.str.to_datetime(TIME, time_unit="us", strict=False), "a date and time"
    return value, None
