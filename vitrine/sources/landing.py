"""Write the batches of a source as its raw tables, one parquet file per table, one batch in memory at a time.

counts = land(SOURCES["olist"], batches, Path("data/raw/olist"))     # {"rows_in": …, "rows_out": …, "rows_orders": …, …}
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pyarrow.compute as pc

from vitrine import tables
from vitrine.errors import SourceError
from vitrine.sources.source import RawBatch, Source
from vitrine.tables.rejects import REJECTS

log = logging.getLogger(__name__)
WARN_ABOVE = 0.01  # share of a table's rows that are rejected


def land(source: Source, batches: Iterable[RawBatch], folder: Path, *, max_rejects: float | None = None) -> dict[str, float]:
    """Write every table of `source` and the rejects, and return row counts. If reading fails, no file is written.

    With `max_rejects`, it also fails if no row is left or if a larger share of a table's rows is rejected; from 1% on, a
    smaller share is a warning.
    """
    rows = dict.fromkeys(source.schemas, 0)
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    rows_in = 0
    iterator = iter(batches)
    with ExitStack() as open_tables:
        write_rows = {
            name: open_tables.enter_context(tables.open_writer(folder / f"{name}.parquet", schema))
            for name, schema in source.schemas.items()
        }
        write_rejects = open_tables.enter_context(tables.open_writer(folder / "rejects.parquet", REJECTS))
        reader = open_tables.enter_context(ThreadPoolExecutor(1))  # reads the next batch while this one is written
        next_batch = reader.submit(next, iterator, None)
        while batch := next_batch.result():
            next_batch = reader.submit(next, iterator, None)
            write_rows[batch.table](batch.rows)
            write_rejects(batch.rejects)
            rows[batch.table] += batch.rows.num_rows
            for reason in pc.value_counts(batch.rejects["reason"]).to_pylist():
                reasons[batch.table][reason["values"]] += reason["counts"]
            rows_in += batch.rows_in
        if max_rejects is not None:
            _check_rejects(source.name, rows, reasons, max_rejects)
    counts = {"rows_in": rows_in, "rows_out": sum(rows.values()), "rejected": sum(map(Counter.total, reasons.values()))}
    return {**counts, **{f"rows_{name}": count for name, count in rows.items()}}


def _check_rejects(source: str, rows: Mapping[str, int], reasons: Mapping[str, Counter[str]], max_rejects: float) -> None:
    for table, counts in reasons.items():
        rejected, total = counts.total(), counts.total() + rows[table]
        if not rejected or rejected / total < WARN_ABOVE:
            continue
        (reason, times), *_ = counts.most_common(1)
        message = (
            f"{rejected:,} of {total:,} rows of {source}'s table {table} cannot be read ({rejected / total:.0%}), most often "
            f"because of this: {reason} ({times:,})"
        )
        if rejected / total > max_rejects:
            raise SourceError(
                f"{message}; check the files, or allow more by ingest.sources.{source}.max_rejects, which is {max_rejects:g}"
            )
        log.warning("%s; they are in rejects.parquet, with their reasons", message)
    if not any(rows.values()):
        raise SourceError(
            f"no row of {source} is left to read; check the files of ingest.sources.{source}, or set its selected=false"
        )
