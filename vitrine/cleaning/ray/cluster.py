"""The same cleaning on many machines, by Ray Data: what `run.clean` writes, from the same rules and the same `prepare`.

    counts = clean(partial(CLEANERS["olist"], options), raw, made, Launch(name="ray", workers=2))

Workers take a raw table row group by row group, so every machine must see both folders under the same path. They make the
rules anew (`make` travels, Polars expressions do not). The prepared rows stay in the cluster, in memory and then on its disks;
repeats are found by hash shuffles of the keys (24 bytes a row and rule), near-duplicates by cluster_near.py.

On the machine that calls are: the numbers of the rows that repeat others (9 bytes each), of near-duplicates the pairs worth
comparing (16 bytes each), and the rows on their way into the file, block by block. The quarantine is in the raw tables' order.
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
from vitrine.cleaning.ray.session import Dataset, Launch, collected, each, parts, session
from vitrine.cleaning.rules import Rules
from vitrine.cleaning.run import BATCH, Write, accounted, batches
from vitrine.errors import AccountingError
from vitrine.tables.quarantine import QUARANTINE

Make = Callable[[], Mapping[str, Rules]]  # picklable: a function of a module, or a partial of one
Rows = npt.NDArray[np.int64]
ASIDE, COUNT = "_aside.", "_count."
REASON = f"{ASIDE}reason"
WHY = ("id", "reason", "row")
KEY_BYTES = 24


@dataclass(frozen=True)
class Gone:
    """Rows that repeat others, by number and in order, and which of the rules each breaks."""

    rows: Rows
    rule: npt.NDArray[np.int8]

    def among(self, rows: Rows) -> "Gone":
        """Those between the first and the last of `rows`, which are in order."""
        ends = np.searchsorted(self.rows, [rows[0], rows[-1] + 1]) if len(rows) else [0, 0]
        return Gone(self.rows[slice(*ends)], self.rule[slice(*ends)])

    def and_(self, rows: Rows, rule: int) -> "Gone":
        every = np.concatenate([self.rows, rows])
        order = np.argsort(every, kind="stable")
        return Gone(every[order], np.concatenate([self.rule, np.full(len(rows), rule, np.int8)])[order])


NONE = Gone(np.zeros(0, np.int64), np.zeros(0, np.int8))


def clean(make: Make, raw: Path, made: Path, launch: Launch) -> dict[str, float]:
    """Every table of the rules that `make` gives, from folder `raw` to folder `made`, with `quarantine.parquet`; the metrics."""
    counts = {"rows_in": 0.0, "rows_out": 0.0, "quarantined": 0.0}
    with session(launch), tables.open_writer(made / "quarantine.parquet", QUARANTINE) as quarantine:
        for name in make():
            table = _Table(make, name, (raw / f"{name}.parquet").resolve(), launch)
            for key, count in table.clean(made / f"{name}.parquet", quarantine).items():
                counts[key] = counts.get(key, 0) + count
    return counts


@dataclass(frozen=True)
class _Table:
    make: Make
    name: str
    raw: Path
    launch: Launch

    def clean(self, made: Path, quarantine: Write) -> dict[str, float]:
        """One table, from parquet file to parquet file; what is set aside goes to `quarantine`."""
        rules = self.make()[self.name]
        tables.check(self.raw, rules.raw)
        reasons: Counter[str] = Counter()
        counts, rows_out, last = dict.fromkeys(rules.counts, 0.0), 0, -1
        with tables.open_writer(made, rules.made) as write:
            for told in self._told(rules):
                if told[ROW][0] != last + 1:
                    raise AccountingError(f"{self.name}: row {told[ROW][0]} follows row {last}; the cluster lost or moved rows")
                last = told[ROW][-1]
                kept = told.filter(pl.col(REASON).is_null())
                aside = told.filter(pl.col(REASON).is_not_null()).select(pl.col(ASIDE + why).alias(why) for why in WHY)
                if kept.height:
                    write(kept)
                    rows_out += kept.height
                if aside.height:
                    quarantine(aside.with_columns(table=pl.lit(self.name)))
                    reasons.update(dict(aside["reason"].value_counts().iter_rows()))
                for key in counts:
                    counts[key] += told[COUNT + key].sum()
            found = accounted(self.name, pq.read_metadata(self.raw).num_rows, rows_out, reasons)
        return found | counts

    def _told(self, rules: Rules) -> Iterator[pl.DataFrame]:
        """Every raw row in order: as it is written, or why it is not."""
        starts = _starts(self.raw)
        if not starts:
            return
        import ray

        work = {"make": self.make, "name": self.name, "raw": self.raw}
        groups = [{"group": group, "first_row": first_row} for group, first_row in starts]
        few = ray.data.TaskPoolStrategy(size=self.launch.workers)
        pieces = ray.data.from_items(groups, override_num_blocks=len(groups))
        told = each(pieces, _prepared, few, **work).materialize()
        gone = self._repeats(told, rules, pq.read_metadata(self.raw).num_rows)
        for block in each(told, _settled, few, gone=gone, **work).iter_batches(batch_size=None, batch_format="pyarrow"):
            if block.num_rows:
                yield pl.DataFrame(block)

    def _repeats(self, told: Dataset, rules: Rules, rows: int) -> Gone:
        """What repeats earlier rows: rule by rule, since a row that was set aside repeats nothing."""
        gone = NONE
        for place in range(len(rules.unique)):
            keys = each(told, _standing, gone=gone, columns=key_names(place))
            met = keys.repartition(parts(rows, KEY_BYTES, self.launch), keys=key_names(place))
            gone = gone.and_(collected(each(met, _later, place=place), ROW)[ROW], place)
        if rules.near:
            standing = each(told, _standing, gone=gone, columns=[*rules.near.columns, *near.names(rules.near)])
            gone = gone.and_(near.repeats(standing.materialize(), rules.near, rows, self.launch), len(rules.unique))
        return gone


# -------------------------------------------------------------------------------------------------------- on a worker


def _prepared(groups: pa.Table, make: Make, name: str, raw: Path) -> Iterator[pa.Table]:
    """Row groups as `prepare` leaves them: kept rows, and the others with their reason, in the order in which they came."""
    rules = make()[name]
    for group, start in zip(groups["group"].to_pylist(), groups["first_row"].to_pylist(), strict=True):
        for first_row, batch in batches(raw, rules.raw.names, BATCH, group=group, first_row=start):
            yield _arrow(_together(prepare(batch, rules, first_row), rules))


def _together(prepared: Prepared, rules: Rules) -> pl.DataFrame:
    rows = prepared.rows
    if rules.near:
        names = near.names(rules.near)
        rows = rows.with_columns(pl.col(BANDS).arr.get(place).alias(name) for place, name in enumerate(names)).drop(BANDS)
    told = pl.concat([rows, _named(prepared.aside)], how="diagonal").sort(ROW)
    first = pl.int_range(pl.len()) == 0
    return told.with_columns(
        pl.when(first).then(pl.lit(count)).otherwise(0.0).alias(COUNT + key) for key, count in prepared.counts.items()
    )


def _standing(block: pa.Table, gone: Gone, columns: Sequence[str]) -> pa.Table:
    """The row numbers and these columns of what neither a reason nor a repetition has taken away so far."""
    told = pl.DataFrame(block.select([ROW, REASON, *columns]))
    here = told[ROW].to_numpy()
    repeats = np.isin(here, gone.among(here).rows, assume_unique=True)
    return _arrow(told.filter(pl.col(REASON).is_null() & ~pl.Series(repeats, dtype=pl.Boolean)).drop(REASON))


def _later(part: pa.Table, place: int) -> pa.Table:
    """The numbers of the rows whose key an earlier row has; all rows of one key are in this part."""
    later = ~pl.struct(key_names(place)).is_first_distinct()
    return _arrow(pl.DataFrame(part).sort(ROW).filter(later).select(ROW))


def _settled(block: pa.Table, make: Make, name: str, raw: Path, gone: Gone) -> pa.Table:
    """The block with the repeats set aside, without what was needed to find them."""
    rules, told = make()[name], pl.DataFrame(block)
    told = told.select(*rules.made.names, ROW, *(ASIDE + why for why in WHY), *(COUNT + key for key in rules.counts))
    here = gone.among(told[ROW].to_numpy())
    if len(here.rows):
        told = told.update(_named(_from_raw(raw, rules, here)), on=ROW, how="left")
    return _arrow(told)


def _from_raw(raw: Path, rules: Rules, gone: Gone) -> pl.DataFrame:
    """These rows as they came, for the quarantine; only the row groups that hold them are read."""
    whys = [reason for reason, _ in rules.unique] + ([rules.near.reason] if rules.near else [])
    starts = _starts(raw)
    ends = [start for _, start in starts[1:]] + [pq.read_metadata(raw).num_rows]
    found = []
    for (group, start), end in zip(starts, ends, strict=True):
        if start <= gone.rows[-1] and gone.rows[0] < end:
            for first_row, batch in batches(raw, rules.raw.names, BATCH, group=group, first_row=start):
                here = gone.among(np.arange(first_row, first_row + batch.num_rows))
                found += [
                    set_aside(batch, pl.Series(here.rows[here.rule == rule]), whys[rule], rules.id, first_row)
                    for rule in np.unique(here.rule)
                ]
    return pl.concat(found)


def _starts(raw: Path) -> list[tuple[int, int]]:
    """Each row group that holds rows, and the number of its first row."""
    metadata = pq.read_metadata(raw)
    rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    return [(group, sum(rows[:group])) for group, count in enumerate(rows) if count]


def _named(aside: pl.DataFrame) -> pl.DataFrame:
    return aside.rename({why: ASIDE + why for why in WHY})


def _arrow(rows: pl.DataFrame) -> pa.Table:
    return rows.to_arrow(compat_level=pl.CompatLevel.oldest())
