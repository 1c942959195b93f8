"""Read and write the tables that pass between stages; each table has one module with its pyarrow schema.

    tables.write(path, rows, chat.CHAT)          # rows: a list of dicts, a pyarrow table or a Polars frame
    for row in tables.read(path, chat.CHAT): …   # small tables, as dicts
    tables.scan(path, reviews.REVIEWS)           # large tables, as a Polars lazy frame
    with tables.open_writer(path, schema) as write:  # or batch by batch
        write(rows)

Each schema has its own module, so that a new column re-runs only the stages that read that table. A file gets its name only
when it is complete (vitrine/files.py). Each parquet page has a checksum, which `load` checks.
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

ZSTD_LEVEL = 1  # 1.5 times as fast as level 3, with files 1% larger

Rows: TypeAlias = pa.Table | pl.DataFrame | Iterable[Mapping[str, Any]]


def check(path: Path, schema: pa.Schema) -> None:
    """Raise TableError unless `path` is a parquet file with the columns of `schema`."""
    if not path.is_file():
        kind = "is a folder, not a parquet file" if path.is_dir() else "does not exist"
        raise TableError(f"{path} {kind}; run `dvc repro`, which rebuilds what a stage needs")
    try:
        actual = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError(f"{path} is not a whole parquet file ({first_line(error)}); delete it and run `dvc repro`") from error
    missing = [f"{f.name}: {f.type}" for f in schema if f.name not in actual.names or actual.field(f.name).type != f.type]
    if missing:
        columns = ", ".join(f"{f.name}: {f.type}" for f in actual)
        raise TableError(f"{path} lacks {', '.join(missing)}; it has {columns}")


def load(path: Path, schema: pa.Schema) -> pa.Table:
    """Load the columns of `schema` from `path` into memory."""
    check(path, schema)
    try:
        return pq.read_table(path, columns=schema.names, partitioning=None, page_checksum_verification=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError(f"{path} is damaged ({first_line(error)}); delete it and run `dvc repro`") from error


def read(path: Path, schema: pa.Schema, *, why_needed: str | None = None) -> list[dict[str, Any]]:
    """Return the rows of a small table as dicts. With `why_needed`, an empty table raises EmptyError with that reason."""
    rows: list[dict[str, Any]] = load(path, schema).to_pylist()
    if why_needed and not rows:
        raise EmptyError(f"{path} holds no rows, and {why_needed}; check the sources and limits in params.yaml")
    return rows


def scan(path: Path, schema: pa.Schema) -> pl.LazyFrame:
    """Scan the columns of `schema` of a large table lazily."""
    check(path, schema)
    return pl.scan_parquet(path).select(schema.names)


def write(path: Path, rows: Rows, schema: pa.Schema) -> int:
    """Write `rows` with the columns and types of `schema`. Return the number of rows."""
    table = _as_table(rows, schema)
    with open_writer(path, schema) as write_batch:
        write_batch(table)
    return int(table.num_rows)


@contextmanager
def open_writer(path: Path, schema: pa.Schema) -> Iterator[Callable[[Rows], None]]:
    """Yield a function that appends rows. The file gets its name when the block ends without an error."""
    options = {"compression": "zstd", "compression_level": ZSTD_LEVEL, "write_page_checksum": True}
    with replacing(path) as new, pq.ParquetWriter(new, schema, **options) as file:
        yield lambda rows: file.write_table(_as_table(rows, schema))


def _as_table(rows: Rows, schema: pa.Schema) -> pa.Table:
    if isinstance(rows, pl.DataFrame):
        rows = rows.select(schema.names).to_arrow()
    if isinstance(rows, pa.Table):
        return rows.select(schema.names).cast(schema)
    return pa.Table.from_pylist([dict(row) for row in rows], schema)
