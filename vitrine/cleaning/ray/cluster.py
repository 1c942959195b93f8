"""Cleaning on many machines with Ray Data: the same rules, the same `prepare` and the same output as `run.clean`.

    counts = clean(partial(CLEANERS["olist"], options), raw, output, Launch(name="ray", workers=2))

Workers read a raw table row group by row group, so every machine must see both folders under the same path. Each worker calls
`make` to build the rules, because Polars expressions cannot be sent. The prepared rows stay in the cluster, in memory and then on
its disks. Hash shuffles of the keys (24 bytes for each row and rule) find the repeats, and near.py the near-duplicates.

The calling machine holds the numbers of the repeated rows (9 bytes each), the pairs of near-duplicates to compare (16 bytes
each), and one block of rows at a time for the output file. The quarantine is in the order of the raw tables.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from vitrine import tables
from vitrine.cleaning.batch import BANDS, ROW, Prepared, key_names, prepare, set_aside
from vitrine.cleaning.ray import near
from vitrine.cleaning.ray.session import Dataset, Launch, collect_columns, map_blocks, partition_count, session
from vitrine.cleaning.rules import Rules
from vitrine.cleaning.run import BATCH, Write, account_for_rows, batches
from vitrine.errors import AccountingError
from vitrine.tables.quarantine import QUARANTINE

Make = Callable[[], Mapping[str, Rules]]  # picklable: a function of a module, or a partial of one
Rows = npt.NDArray[np.int64]
ASIDE, COUNT = "_aside.", "_count."
REASON = f"{ASIDE}reason"
WHY = ("id", "reason", "row")
KEY_BYTES = 24


@dataclass(frozen=True)
class Repeats:
    """The numbers of rows that repeat others, in order, and for each the rule by which it repeats."""

    rows: Rows
    rule: npt.NDArray[np.int8]

    def among(self, rows: Rows) -> "Repeats":
        """Those between the first and the last row of `rows`, which are in order."""
        ends = np.searchsorted(self.rows, [rows[0], rows[-1] + 1]) if len(rows) else [0, 0]
        return Repeats(self.rows[slice(*ends)], self.rule[slice(*ends)])

    def add(self, rows: Rows, rule: int) -> "Repeats":
        every = np.concatenate([self.rows, rows])
        order = np.argsort(every, kind="stable")
        return Repeats(every[order], np.concatenate([self.rule, np.full(len(rows), rule, np.int8)])[order])


NO_REPEATS = Repeats(np.zeros(0, np.int64), np.zeros(0, np.int8))


def clean(make: Make, raw: Path, output: Path, launch: Launch) -> dict[str, float]:
    """Clean every table of `make()` from folder `raw` to folder `output`, with `quarantine.parquet`. Return the metrics."""
    counts = {"rows_in": 0.0, "rows_out": 0.0, "quarantined": 0.0}
    with session(launch), tables.open_writer(output / "quarantine.parquet", QUARANTINE) as quarantine:
        for name in make():
            table = _Table(make, name, (raw / f"{name}.parquet").resolve(), launch)
            for key, count in table.clean(output / f"{name}.parquet", quarantine).items():
                counts[key] = counts.get(key, 0) + count
    return counts


@dataclass(frozen=True)
class _Table:
    make: Make
    name: str
    raw: Path
    launch: Launch

    def clean(self, output: Path, quarantine: Write) -> dict[str, float]:
        """Clean one table, from parquet file to parquet file; rows set aside go to `quarantine`."""
        rules = self.make()[self.name]
        tables.check(self.raw, rules.raw)
        reasons: Counter[str] = Counter()
        counts, rows_out, last = dict.fromkeys(rules.counts, 0.0), 0, -1
        with tables.open_writer(output, rules.output) as write:
            for rows in self._rows(rules):
                if rows[ROW][0] != last + 1:
                    raise AccountingError(f"{self.name}: row {rows[ROW][0]} follows row {last}; the cluster lost or moved rows")
                last = rows[ROW][-1]
                kept = rows.filter(pl.col(REASON).is_null())
                aside = rows.filter(pl.col(REASON).is_not_null()).select(pl.col(ASIDE + why).alias(why) for why in WHY)
                if kept.height:
                    write(kept)
                    rows_out += kept.height
                if aside.height:
                    quarantine(aside.with_columns(table=pl.lit(self.name)))
                    reasons.update(dict(aside["reason"].value_counts().iter_rows()))
                for key in counts:
                    counts[key] += rows[COUNT + key].sum()
            table_counts = account_for_rows(self.name, pq.read_metadata(self.raw).num_rows, rows_out, reasons)
        return table_counts | counts

    def _rows(self, rules: Rules) -> Iterator[pl.DataFrame]:
        """Yield every raw row in order, clean or with the reason why it is set aside."""
        starts = _group_starts(self.raw)
        if not starts:
            return
        import ray

        work = {"make": self.make, "name": self.name, "raw": self.raw}
        groups = [{"group": group, "first_row": first_row} for group, first_row in starts]
        few = ray.data.TaskPoolStrategy(size=self.launch.workers)
        row_groups = ray.data.from_items(groups, override_num_blocks=len(groups))
        prepared = map_blocks(row_groups, _prepare, few, **work).materialize()
        repeats = self._find_repeats(prepared, rules, pq.read_metadata(self.raw).num_rows)
        settled = map_blocks(prepared, _set_repeats_aside, few, repeats=repeats, **work)
        for block in settled.iter_batches(batch_size=None, batch_format="pyarrow"):
            if block.num_rows:
                yield pl.DataFrame(block)

    def _find_repeats(self, prepared: Dataset, rules: Rules, rows: int) -> Repeats:
        """Find the repeats rule by rule, since a row that was set aside is no earlier row."""
        repeats = NO_REPEATS
        for place in range(len(rules.unique)):
            keys = map_blocks(prepared, _remaining, repeats=repeats, columns=key_names(place))
            partitions = keys.repartition(partition_count(rows, KEY_BYTES, self.launch), keys=key_names(place))
            repeats = repeats.add(collect_columns(map_blocks(partitions, _repeated, place=place), ROW)[ROW], place)
        if rules.near:
            remaining = map_blocks(prepared, _remaining, repeats=repeats, columns=[*rules.near.columns, *near.names(rules.near)])
            repeats = repeats.add(
                near.find_near_duplicates(remaining.materialize(), rules.near, rows, self.launch), len(rules.unique)
            )
        return repeats


# -------------------------------------------------------------------------------------------------------- on a worker


def _prepare(groups: pa.Table, make: Make, name: str, raw: Path) -> Iterator[pa.Table]:
    """Row groups after `prepare`: kept rows, and the others with their reason, in the raw order."""
    rules = make()[name]
    for group, start in zip(groups["group"].to_pylist(), groups["first_row"].to_pylist(), strict=True):
        for first_row, batch in batches(raw, rules.raw.names, BATCH, group=group, first_row=start):
            yield _arrow(_merge(prepare(batch, rules, first_row), rules))


def _merge(prepared: Prepared, rules: Rules) -> pl.DataFrame:
    rows = prepared.rows
    if rules.near:
        names = near.names(rules.near)
        rows = rows.with_columns(pl.col(BANDS).arr.get(place).alias(name) for place, name in enumerate(names)).drop(BANDS)
    merged = pl.concat([rows, _prefixed(prepared.aside)], how="diagonal").sort(ROW)
    first = pl.int_range(pl.len()) == 0
    return merged.with_columns(
        pl.when(first).then(pl.lit(count)).otherwise(0.0).alias(COUNT + key) for key, count in prepared.counts.items()
    )


def _remaining(block: pa.Table, repeats: Repeats, columns: Sequence[str]) -> pa.Table:
    """The row numbers and these columns of the rows that have no reason and repeat no row so far."""
    rows = pl.DataFrame(block.select([ROW, REASON, *columns]))
    numbers = rows[ROW].to_numpy()
    is_repeat = np.isin(numbers, repeats.among(numbers).rows, assume_unique=True)
    return _arrow(rows.filter(pl.col(REASON).is_null() & ~pl.Series(is_repeat, dtype=pl.Boolean)).drop(REASON))


def _repeated(part: pa.Table, place: int) -> pa.Table:
    """The numbers of the rows whose key an earlier row has. All rows of a key are in the same part."""
    later = ~pl.struct(key_names(place)).is_first_distinct()
    return _arrow(pl.DataFrame(part).sort(ROW).filter(later).select(ROW))


def _set_repeats_aside(block: pa.Table, make: Make, name: str, raw: Path, repeats: Repeats) -> pa.Table:
    """The block with the repeats set aside, without the columns that were needed to find them."""
    rules, rows = make()[name], pl.DataFrame(block)
    rows = rows.select(*rules.output.names, ROW, *(ASIDE + why for why in WHY), *(COUNT + key for key in rules.counts))
    here = repeats.among(rows[ROW].to_numpy())
    if len(here.rows):
        rows = rows.update(_prefixed(_read_raw(raw, rules, here)), on=ROW, how="left")
    return _arrow(rows)


def _read_raw(raw: Path, rules: Rules, repeats: Repeats) -> pl.DataFrame:
    """The raw rows for the quarantine. Only the row groups that hold them are read."""
    reasons = [reason for reason, _ in rules.unique] + ([rules.near.reason] if rules.near else [])
    starts = _group_starts(raw)
    ends = [start for _, start in starts[1:]] + [pq.read_metadata(raw).num_rows]
    quarantined = []
    for (group, start), end in zip(starts, ends, strict=True):
        if start <= repeats.rows[-1] and repeats.rows[0] < end:
            for first_row, batch in batches(raw, rules.raw.names, BATCH, group=group, first_row=start):
                here = repeats.among(np.arange(first_row, first_row + batch.num_rows))
                quarantined += [
                    set_aside(batch, pl.Series(here.rows[here.rule == rule]), reasons[rule], rules.id, first_row)
                    for rule in np.unique(here.rule)
                ]
    return pl.concat(quarantined)


def _group_starts(raw: Path) -> list[tuple[int, int]]:
    """(row group, number of its first row) for each row group that holds rows."""
    metadata = pq.read_metadata(raw)
    rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    return [(group, sum(rows[:group])) for group, count in enumerate(rows) if count]


def _prefixed(aside: pl.DataFrame) -> pl.DataFrame:
    return aside.rename({why: ASIDE + why for why in WHY})


def _arrow(rows: pl.DataFrame) -> pa.Table:
    return rows.to_arrow(compat_level=pl.CompatLevel.oldest())
