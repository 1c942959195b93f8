"""Writing files the way publishers write them.

    write_csv(path, frame, crlf=True)           # ids quoted where they begin with a digit, texts where they must be
    with gzipped(path) as file: file.write(…)   # without a time stamp: same content, same bytes

Numbers carry two decimals and dates the second, as published.
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
    """`frame` in Olist's dialect: null is nothing, text is quoted only where it must be, numbers and dates never are.

    The rows at the places in `damaged` are followed by copies of themselves that are no rows.
    """
    end = "\r\n" if crlf else "\n"
    header = ",".join(f'"{name}"' if quoted_header else name for name in frame.columns)
    fields = [_field(name, kind) for name, kind in frame.schema.items()]
    lines = frame.select(pl.concat_str(fields, separator=",")).to_series().to_list()
    copies = _damaged(frame[damaged], fields) if damaged else []
    for place, copy in zip(reversed(damaged), reversed(copies), strict=True):
        lines.insert(place + 1, copy)
    path.write_bytes((BOM if bom else b"") + (end.join([header, *lines]) + end).encode())


def _damaged(rows: pl.DataFrame, fields: list[pl.Expr]) -> list[str]:
    """Records with a field too few, a field too many, or a number or date that is none, in turn."""
    typed = [place for place, kind in enumerate(rows.schema.values()) if kind.is_numeric() or kind.is_temporal()]
    wrong = list(fields)
    if typed:
        wrong[typed[-1]] = pl.lit("#VALOR!")
    ways = [pl.concat_str(kept, separator=",") for kept in (wrong if typed else fields[:-1], fields[:-1], [*fields, pl.lit("")])]
    written = rows.select(pl.concat_list(ways)).to_series().to_list()
    return [str(versions[place % len(ways)]) for place, versions in enumerate(written)]


def _field(name: str, kind: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if kind == pl.String:
        must = "^[0-9]|" if name.endswith(("_id", "_prefix")) else ""
        quoted = pl.concat_str(pl.lit('"'), value.str.replace_all('"', '""', literal=True), pl.lit('"'))
        written = pl.when(value.str.contains(f'{must}^$|[",\r\n]')).then(quoted).otherwise(value)
    elif kind.is_float():
        written = value.cast(pl.Decimal(18, 2)).cast(pl.String)
    elif kind.is_temporal():
        written = value.dt.strftime("%Y-%m-%d %H:%M:%S")
    else:
        written = value.cast(pl.String)
    return written.fill_null("")


@contextmanager
def gzipped(path: Path) -> Iterator[gzip.GzipFile]:
    """A gzip file whose bytes depend on its content alone."""
    with path.open("wb") as plain, gzip.GzipFile(filename="", mode="wb", fileobj=plain, mtime=0, compresslevel=3) as file:
        yield file
