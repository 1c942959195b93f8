"""The tables that cross a stage boundary: one module and one pyarrow schema each; this file reads and writes them.

    tables.write(path, rows, chat.CHAT)          # rows: a list of dicts, a pyarrow table or a Polars frame
    for row in tables.read(path, chat.CHAT): …   # small tables, as dicts
    tables.scan(path, reviews.REVIEWS)           # large ones, as a Polars lazy frame
    with tables.open_writer(path, schema) as write:  # and in pieces, each of which fits in memory
        write(rows)

Each schema stands in a module of its own, so that a new column re-runs only the stages that read that table.
A file appears under its name only when it is whole (vitrine/files.py). Each page has a checksum, and `load` checks it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from vitrine.errors import EmptyError, TableError, first_line
from vitrine.files import replacing

LEVEL = 1  # of zstd: half as fast again as 3, for files one percent larger

Rows: TypeAlias = pa.Table | pl.DataFrame | Iterable[Mapping[str, Any]]


def check(path: Path, schema: pa.Schema) -> None:
    """Raise TableError unless `path` is a parquet file that holds what `schema` promises."""
    if not path.is_file():
        kind = "is a folder, not a parquet file" if path.is_dir() else "does not exist"
        raise TableError(f"{path} {kind}; run `dvc repro`, which rebuilds what a stage needs")
    try:
        found = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError(f"{path} is not a whole parquet file ({first_line(error)}); delete it and run `dvc repro`") from error
    missing = [f"{f.name}: {f.type}" for f in schema if f.name not in found.names or found.field(f.name).type != f.type]
    if missing:
        has = ", ".join(f"{f.name}: {f.type}" for f in found)
        raise TableError(f"{path} lacks {', '.join(missing)}; it has {has}")


def load(path: Path, schema: pa.Schema) -> pa.Table:
    """The promised columns of `path`, whole in memory."""
    check(path, schema)
    try:
        return pq.read_table(path, columns=schema.names, partitioning=None, page_checksum_verification=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError(f"{path} is damaged ({first_line(error)}); delete it and run `dvc repro`") from error


def read(path: Path, schema: pa.Schema, *, why_needed: str | None = None) -> list[dict[str, Any]]:
    """The rows of a small table as dicts. With `why_needed`, an empty table is an EmptyError that says what it was needed for."""
    rows: list[dict[str, Any]] = load(path, schema).to_pylist()
    if why_needed and not rows:
        raise EmptyError(f"{path} holds no rows, and {why_needed}; check the sources and limits in params.yaml")
    return rows


def scan(path: Path, schema: pa.Schema) -> pl.LazyFrame:
    """The promised columns of a large table, lazily."""
    check(path, schema)
    return pl.scan_parquet(path).select(schema.names)


def write(path: Path, rows: Rows, schema: pa.Schema) -> int:
    """Write `rows` in the order and types of `schema`; the number of rows."""
    table = _as_table(rows, schema)
    with open_writer(path, schema) as write_piece:
        write_piece(table)
    return int(table.num_rows)


@contextmanager
def open_writer(path: Path, schema: pa.Schema) -> Iterator[Callable[[Rows], None]]:
    """A function that writes rows, as often as it is called; the file has its name once the block ends well."""
    options = {"compression": "zstd", "compression_level": LEVEL, "write_page_checksum": True}
    with replacing(path) as new, pq.ParquetWriter(new, schema, **options) as file:
        yield lambda rows: file.write_table(_as_table(rows, schema))


def _as_table(rows: Rows, schema: pa.Schema) -> pa.Table:
    if isinstance(rows, pl.DataFrame):
        rows = rows.select(schema.names).to_arrow()
    if isinstance(rows, pa.Table):
        return rows.select(schema.names).cast(schema)
    return pa.Table.from_pylist([dict(row) for row in rows], schema)
