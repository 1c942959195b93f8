"""Clean raw tables batch by batch: memory does not grow with the number of rows.

    counts = clean(rules, Path("data/raw/olist"), Path("data/clean/olist"))     # {"rows_in": …, "rows_out": …, …}

Batches are read in order, prepared in parallel on threads (Polars and numpy release the GIL), and written in order. So of equal
rows the first in the file stays, whatever the batch size. The quarantine is in the order of the raw tables too, except for
near-duplicates: they are known only after all rows, so they follow the other rows of their table.
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
from vitrine.cleaning.near.dedup import SeenKeys
from vitrine.cleaning.near.drop import drop_near_duplicates
from vitrine.cleaning.rules import Rules
from vitrine.errors import AccountingError, TableError, first_line
from vitrine.tables.quarantine import QUARANTINE

BATCH = 1 << 15  # rows
Write = Callable[[pl.DataFrame], None]
InProgress = deque[tuple[int, pa.RecordBatch, Future[Prepared]]]


def clean(rules: Mapping[str, Rules], raw: Path, output: Path, *, batch_rows: int = BATCH) -> dict[str, float]:
    """Clean every table of `rules` from folder `raw` to folder `output`, with `quarantine.parquet`. Return the metrics."""
    counts = {"rows_in": 0.0, "rows_out": 0.0, "quarantined": 0.0}
    with tables.open_writer(output / "quarantine.parquet", QUARANTINE) as quarantine:
        for name, table_rules in rules.items():
            files = raw / f"{name}.parquet", output / f"{name}.parquet"
            for key, count in clean_table(name, table_rules, *files, quarantine, batch_rows=batch_rows).items():
                counts[key] = counts.get(key, 0) + count
    return counts


def clean_table(
    name: str, rules: Rules, raw: Path, output: Path, quarantine: Write, *, batch_rows: int = BATCH
) -> dict[str, float]:
    """Clean one table from parquet file `raw` to parquet file `output`; rows set aside go to `quarantine`."""
    tables.check(raw, rules.raw)
    table = _Table(name, rules, raw, quarantine, batch_rows)
    with tables.open_writer(output, rules.output) as write:
        kept = table.distinct_rows()
        if rules.near:
            kept = drop_near_duplicates(rules.near, kept, table.set_aside_rows)
        rows_out = 0
        for rows in kept:
            if rows.height:
                write(rows)
                rows_out += rows.height
        counts = account_for_rows(name, pq.read_metadata(raw).num_rows, rows_out, table.reasons)
    return counts | table.counts


def account_for_rows(name: str, rows_in: int, rows_out: int, reasons: Counter[str]) -> dict[str, float]:
    """The metrics of one table. Raise AccountingError unless rows in = rows out + rows set aside."""
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
    """A raw table that is being cleaned, with the reasons and counts so far."""

    name: str
    rules: Rules
    raw: Path
    quarantine: Write
    batch_rows: int
    reasons: Counter[str] = field(default_factory=Counter)
    counts: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = dict.fromkeys(self.rules.counts, 0.0)

    def distinct_rows(self) -> Iterator[pl.DataFrame]:
        """Yield, batch by batch, the valid rows that repeat no earlier row."""
        seen = [SeenKeys() for _ in self.rules.unique]
        for first_row, batch, prepared in self._prepared():
            rows, aside = prepared.rows, [prepared.aside]
            for place, (reason, _) in enumerate(self.rules.unique):
                new = pl.Series(seen[place].add(rows.select(key_names(place)).to_numpy()), dtype=pl.Boolean)
                if not new.all():
                    aside.append(set_aside(batch, rows.filter(~new)[ROW], reason, self.rules.id, first_row))
                    rows = rows.filter(new)
            self._quarantine_rows(pl.concat(aside).sort(ROW))
            for key, count in prepared.counts.items():
                self.counts[key] += count
            yield rows

    def set_aside_rows(self, rows: pl.Series, reason: str) -> None:
        """Set aside rows that `distinct_rows` has yielded, by their numbers."""
        for first_row, batch in self._batches():
            here = rows.filter(rows.is_between(first_row, first_row + batch.num_rows, closed="left"))
            self._quarantine_rows(set_aside(batch, here, reason, self.rules.id, first_row))

    def _quarantine_rows(self, rows: pl.DataFrame) -> None:
        if rows.height:
            self.quarantine(rows.with_columns(table=pl.lit(self.name)))
            self.reasons.update(dict(rows["reason"].value_counts().iter_rows()))

    def _prepared(self) -> Iterator[tuple[int, pa.RecordBatch, Prepared]]:
        """Each batch after `prepare`, in order. One batch per processor is in work, and one more waits."""
        workers = len(os.sched_getaffinity(0))
        waiting: InProgress = deque()
        with ThreadPoolExecutor(workers) as threads:
            for first_row, batch in self._batches():
                waiting.append((first_row, batch, threads.submit(prepare, batch, self.rules, first_row)))
                if len(waiting) > workers:
                    yield _next_done(waiting)
            while waiting:
                yield _next_done(waiting)

    def _batches(self) -> Iterator[tuple[int, pa.RecordBatch]]:
        return batches(self.raw, self.rules.raw.names, self.batch_rows)


def batches(
    raw: Path, columns: list[str], batch_rows: int, *, group: int | None = None, first_row: int = 0
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The batches of a raw table (or of one row group), each with the number of its first row."""
    groups = None if group is None else [group]
    try:
        with pq.ParquetFile(raw) as file:
            for batch in file.iter_batches(batch_rows, columns=columns, row_groups=groups):
                yield first_row, batch
                first_row += batch.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError(f"{raw} is damaged ({first_line(error)}); delete it and run `dvc repro`") from error


def _next_done(waiting: InProgress) -> tuple[int, pa.RecordBatch, Prepared]:
    first_row, batch, future = waiting.popleft()
    return first_row, batch, future.result()
