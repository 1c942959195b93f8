"""Raw tables become clean ones, batch by batch: memory does not grow with the rows.

    counts = clean(rules, Path("data/raw/olist"), Path("data/clean/olist"))     # {"rows_in": …, "rows_out": …, …}

Batches are read in order, prepared several at once on threads (Polars and numpy let go of the interpreter), and go on in order:
of rows that repeat each other the first in the file stays, whatever the size of a batch. The quarantine is in the raw tables'
order too, except that near-duplicates, which show only once all rows are known, follow the other rows of their table.
"""

import os
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from vitrine import tables
from vitrine.cleaning.batch import ROW, Prepared, key_names, prepare, set_aside
from vitrine.cleaning.near.dedup import Seen
from vitrine.cleaning.near.unlike import unlike
from vitrine.cleaning.rules import Rules
from vitrine.errors import AccountingError, TableError, first_line
from vitrine.tables.quarantine import QUARANTINE

BATCH = 1 << 15  # rows
Write = Callable[[pl.DataFrame], None]
InMaking = deque[tuple[int, pa.RecordBatch, Future[Prepared]]]


def clean(rules: Mapping[str, Rules], raw: Path, made: Path, *, batch_rows: int = BATCH) -> dict[str, float]:
    """Every table of `rules`, from folder `raw` to folder `made`, with `quarantine.parquet`; the metrics."""
    counts = {"rows_in": 0.0, "rows_out": 0.0, "quarantined": 0.0}
    with tables.open_writer(made / "quarantine.parquet", QUARANTINE) as quarantine:
        for name, of_table in rules.items():
            files = raw / f"{name}.parquet", made / f"{name}.parquet"
            for key, count in clean_table(name, of_table, *files, quarantine, batch_rows=batch_rows).items():
                counts[key] = counts.get(key, 0) + count
    return counts


def clean_table(
    name: str, rules: Rules, raw: Path, made: Path, quarantine: Write, *, batch_rows: int = BATCH
) -> dict[str, float]:
    """One table, from parquet file `raw` to parquet file `made`; what is set aside goes to `quarantine`."""
    tables.check(raw, rules.raw)
    table = _Table(name, rules, raw, quarantine, batch_rows)
    with tables.open_writer(made, rules.made) as write:
        pieces = table.first_ones()
        if rules.near:
            pieces = unlike(rules.near, pieces, table.take_away)
        rows_out = 0
        for rows in pieces:
            if rows.height:
                write(rows)
                rows_out += rows.height
        found = accounted(name, pq.read_metadata(raw).num_rows, rows_out, table.reasons)
    return found | table.counts


def accounted(name: str, rows_in: int, rows_out: int, reasons: Counter[str]) -> dict[str, float]:
    """The metrics of one table; an AccountingError unless its rows in are its rows out and those set aside."""
    aside = reasons.total()
    if rows_in != rows_out + aside:
        raise AccountingError(
            f"{name}: {rows_in} rows came in, {rows_out} went out and {aside} were set aside; "
            "a rule in vitrine/cleaning loses rows"
        )
    counts: dict[str, float] = {
        "rows_in": rows_in,
        "rows_out": rows_out,
        "quarantined": aside,
        f"rows_{name}": rows_out,
        f"quarantined_{name}": aside,
    }
    named = {re.sub(r"\W+", "_", reason.lower()).strip("_"): number for reason, number in sorted(reasons.items())}
    return counts | {f"aside.{name}.{reason}": number for reason, number in named.items()}


@dataclass
class _Table:
    """A raw table on its way, and what has been set aside and counted so far."""

    name: str
    rules: Rules
    raw: Path
    quarantine: Write
    batch_rows: int
    reasons: Counter[str] = field(default_factory=Counter)
    counts: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = dict.fromkeys(self.rules.counts, 0.0)

    def first_ones(self) -> Iterator[pl.DataFrame]:
        """The rows that nothing is wrong with and that repeat no row before them, batch by batch."""
        seen = [Seen() for _ in self.rules.unique]
        for first_row, batch, prepared in self._prepared():
            rows, aside = prepared.rows, [prepared.aside]
            for place, (reason, _) in enumerate(self.rules.unique):
                new = pl.Series(seen[place].first(rows.select(key_names(place)).to_numpy()), dtype=pl.Boolean)
                if not new.all():
                    aside.append(set_aside(batch, rows.filter(~new)[ROW], reason, self.rules.id, first_row))
                    rows = rows.filter(new)
            self._put_aside(pl.concat(aside).sort(ROW))
            for key, count in prepared.counts.items():
                self.counts[key] += count
            yield rows

    def take_away(self, rows: pl.Series, reason: str) -> None:
        """Set aside the rows of these numbers, which had been let through."""
        for first_row, batch in self._batches():
            here = rows.filter(rows.is_between(first_row, first_row + batch.num_rows, closed="left"))
            self._put_aside(set_aside(batch, here, reason, self.rules.id, first_row))

    def _put_aside(self, rows: pl.DataFrame) -> None:
        if rows.height:
            self.quarantine(rows.with_columns(table=pl.lit(self.name)))
            self.reasons.update(dict(rows["reason"].value_counts().iter_rows()))

    def _prepared(self) -> Iterator[tuple[int, pa.RecordBatch, Prepared]]:
        """Each batch as `prepare` leaves it, in order; as many are in the making as there are processors, and one waits."""
        workers = len(os.sched_getaffinity(0))
        waiting: InMaking = deque()
        with ThreadPoolExecutor(workers) as threads:
            for first_row, batch in self._batches():
                waiting.append((first_row, batch, threads.submit(prepare, batch, self.rules, first_row)))
                if len(waiting) > workers:
                    yield _done(waiting)
            while waiting:
                yield _done(waiting)

    def _batches(self) -> Iterator[tuple[int, pa.RecordBatch]]:
        return batches(self.raw, self.rules.raw.names, self.batch_rows)


def batches(
    raw: Path, columns: list[str], batch_rows: int, *, group: int | None = None, first_row: int = 0
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """A raw table (or one row group of it), some rows at a time, each batch with the number of its first row."""
    groups = None if group is None else [group]
    try:
        with pq.ParquetFile(raw) as file:
            for batch in file.iter_batches(batch_rows, columns=columns, row_groups=groups):
                yield first_row, batch
                first_row += batch.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError(f"{raw} is damaged ({first_line(error)}); delete it and run `dvc repro`") from error


def _done(waiting: InMaking) -> tuple[int, pa.RecordBatch, Prepared]:
    first_row, batch, future = waiting.popleft()
    return first_row, batch, future.result()
