"""Pieces of a source become its raw tables, one parquet file each, without ever being in memory all at once.

counts = land(SOURCES["olist"], pieces, Path("data/raw/olist"))     # {"rows_in": …, "rows_out": …, "rows_orders": …, …}
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
WORTH_A_WARNING = 0.01  # of a table's rows


def land(source: Source, pieces: Iterable[RawBatch], folder: Path, *, max_rejects: float | None = None) -> dict[str, float]:
    """Write every table of `source`, rejects among them; none appears under its name if reading fails.

    With `max_rejects` it fails too if no row is left, or if more than this share of a table's rows is rejected; a smaller
    share is a warning, from one row in a hundred on.
    """
    rows = dict.fromkeys(source.schemas, 0)
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    rows_in = 0
    unread = iter(pieces)
    with ExitStack() as open_tables:
        raw = {
            name: open_tables.enter_context(tables.open_writer(folder / f"{name}.parquet", schema))
            for name, schema in source.schemas.items()
        }
        refused = open_tables.enter_context(tables.open_writer(folder / "rejects.parquet", REJECTS))
        reader = open_tables.enter_context(ThreadPoolExecutor(1))  # one piece is read while the one before it is written
        coming = reader.submit(next, unread, None)
        while piece := coming.result():
            coming = reader.submit(next, unread, None)
            raw[piece.table](piece.rows)
            refused(piece.rejects)
            rows[piece.table] += piece.rows.num_rows
            for one in pc.value_counts(piece.rejects["reason"]).to_pylist():
                reasons[piece.table][one["values"]] += one["counts"]
            rows_in += piece.rows_in
        if max_rejects is not None:
            _check_enough_is_left(source.name, rows, reasons, max_rejects)
    counted = {"rows_in": rows_in, "rows_out": sum(rows.values()), "rejected": sum(map(Counter.total, reasons.values()))}
    return {**counted, **{f"rows_{name}": count for name, count in rows.items()}}


def _check_enough_is_left(source: str, rows: Mapping[str, int], reasons: Mapping[str, Counter[str]], max_rejects: float) -> None:
    for table, why in reasons.items():
        rejected, of = why.total(), why.total() + rows[table]
        if not rejected or rejected / of < WORTH_A_WARNING:
            continue
        (reason, times), *_ = why.most_common(1)
        found = (
            f"{rejected:,} of {of:,} rows of {source}'s table {table} cannot be read ({rejected / of:.0%}), most often "
            f"because of this: {reason} ({times:,})"
        )
        if rejected / of > max_rejects:
            raise SourceError(
                f"{found}; check the files, or allow more by ingest.sources.{source}.max_rejects, which is {max_rejects:g}"
            )
        log.warning("%s; they are in rejects.parquet, with their reasons", found)
    if not any(rows.values()):
        raise SourceError(
            f"no row of {source} is left to read; check the files of ingest.sources.{source}, or set its selected=false"
        )
