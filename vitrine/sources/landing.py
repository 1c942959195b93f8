"""Pieces of a source become its raw tables, one parquet file each, without ever being in memory all at once.

counts = land(SOURCES["olist"], pieces, Path("data/raw/olist"))     # {"rows_in": …, "rows_out": …, "rows_orders": …, …}
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from vitrine import tables
from vitrine.sources.source import Piece, Source
from vitrine.tables.rejects import REJECTS


def land(source: Source, pieces: Iterable[Piece], folder: Path) -> dict[str, float]:
    """Write every table of `source`, rejects among them; none appears under its name if reading fails."""
    rows = dict.fromkeys(source.schemas, 0)
    rejected = rows_in = 0
    unread = iter(pieces)
    with ExitStack() as open_tables:
        raw = {
            name: open_tables.enter_context(tables.writing(folder / f"{name}.parquet", schema))
            for name, schema in source.schemas.items()
        }
        refused = open_tables.enter_context(tables.writing(folder / "rejects.parquet", REJECTS))
        reader = open_tables.enter_context(ThreadPoolExecutor(1))  # one piece is read while the one before it is written
        coming = reader.submit(next, unread, None)
        while piece := coming.result():
            coming = reader.submit(next, unread, None)
            raw[piece.table](piece.rows)
            refused(piece.rejects)
            rows[piece.table] += piece.rows.num_rows
            rejected += piece.rejects.num_rows
            rows_in += piece.rows_in
    counted = {"rows_in": rows_in, "rows_out": sum(rows.values()), "rejected": rejected}
    return {**counted, **{f"rows_{name}": count for name, count in rows.items()}}
