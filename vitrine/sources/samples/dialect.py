"""Write files as publishers write them.

    write_csv(path, frame, crlf=True)           # quotes ids that begin with a digit, and texts that need it
    with gzipped(path) as file: file.write(…)   # no time stamp: the same content gives the same bytes

As published, numbers have two decimals and dates have seconds.
"""

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

BOM = b"\xef\xbb\xbf"


def write_csv(
    path: Path,
    frame: pl.DataFrame,
    *,
    crlf: bool = False,
    bom: bool = False,
    quoted_header: bool = True,
    damaged: Sequence[int] = (),
) -> None:
    """Write `frame` as Olist does: null is empty, text is quoted only where necessary, numbers and dates are never quoted.

    After each row whose position is in `damaged` comes a damaged copy of it.
    """
    end = "\r\n" if crlf else "\n"
    header = ",".join(f'"{name}"' if quoted_header else name for name in frame.columns)
    fields = [_field(name, kind) for name, kind in frame.schema.items()]
    lines = frame.select(pl.concat_str(fields, separator=",")).to_series().to_list()
    copies = _damaged_copies(frame[damaged], fields) if damaged else []
    for position, copy in zip(reversed(damaged), reversed(copies), strict=True):
        lines.insert(position + 1, copy)
    path.write_bytes((BOM if bom else b"") + (end.join([header, *lines]) + end).encode())


def _damaged_copies(rows: pl.DataFrame, fields: list[pl.Expr]) -> list[str]:
    """Copies of rows with, in turn: an invalid number or date, one field too few, one field too many."""
    typed = [column for column, kind in enumerate(rows.schema.values()) if kind.is_numeric() or kind.is_temporal()]
    invalid = list(fields)
    if typed:
        invalid[typed[-1]] = pl.lit("#VALOR!")
    variants = [
        pl.concat_str(kept, separator=",") for kept in (invalid if typed else fields[:-1], fields[:-1], [*fields, pl.lit("")])
    ]
    written = rows.select(pl.concat_list(variants)).to_series().to_list()
    return [str(options[row % len(variants)]) for row, options in enumerate(written)]


def _field(name: str, kind: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if kind == pl.String:
        also = "^[0-9]|" if name.endswith(("_id", "_prefix")) else ""
        quoted = pl.concat_str(pl.lit('"'), value.str.replace_all('"', '""', literal=True), pl.lit('"'))
        written = pl.when(value.str.contains(f'{also}^$|[",\r\n]')).then(quoted).otherwise(value)
    elif kind.is_float():
        written = value.cast(pl.Decimal(18, 2)).cast(pl.String)
    elif kind.is_temporal():
        written = value.dt.strftime("%Y-%m-%d %H:%M:%S")
    else:
        written = value.cast(pl.String)
    return written.fill_null("")


@contextmanager
def gzipped(path: Path) -> Iterator[gzip.GzipFile]:
    """Open a gzip file for writing whose bytes depend on the content only."""
    with path.open("wb") as plain, gzip.GzipFile(filename="", mode="wb", fileobj=plain, mtime=0, compresslevel=3) as file:
        yield file
