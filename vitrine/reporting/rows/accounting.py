"""Where every row of a source went, counted again from the files: published -> raw -> clean.

    found = account("olist", Path("data/raw/olist"), Path("data/clean/olist"), ingested, cleaned, selected=True, examples=3)
    found.rows_in == found.rejected + found.quarantined + found.rows_out      # or an AccountingError says where it is not
    found.tables["orders"].raw, found.tables["orders"].quarantined, found.tables["orders"].clean

`ingested` and `cleaned` are the records of the two stages. How many rows the published files held, only `ingest` has
seen; everything else they say is compared with what the files hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from vitrine import tables
from vitrine.errors import AccountingError, TableError
from vitrine.reporting.inputs import Record
from vitrine.reporting.rows import lengths, set_aside
from vitrine.reporting.rows.lengths import NONE, Lengths
from vitrine.reporting.rows.set_aside import Reason

ASIDE = {"rejects", "quarantine"}  # files beside the tables, under names that no table has
ANY = pa.schema([])


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table on its way through `clean`."""

    raw: int
    clean: int
    reasons: Sequence[Reason]  # why rows were set aside
    columns: Mapping[str, str]  # of the clean table, with their types
    texts: Mapping[str, tuple[Lengths, Lengths]]  # of columns that hold texts: before and after

    @property
    def quarantined(self) -> int:
        return sum(reason.rows for reason in self.reasons)


@dataclass(frozen=True, kw_only=True)
class Account:
    """One source on its way from the published files to the clean tables."""

    source: str
    selected: bool
    rows_in: int
    rejects: Sequence[Reason]
    tables: Mapping[str, Table]
    counters: Mapping[str, float] = field(default_factory=dict)  # what else `ingest` and `clean` counted

    @property
    def rejected(self) -> int:
        return sum(reason.rows for reason in self.rejects)

    @property
    def raw(self) -> int:
        return sum(table.raw for table in self.tables.values())

    @property
    def quarantined(self) -> int:
        return sum(table.quarantined for table in self.tables.values())

    @property
    def rows_out(self) -> int:
        return sum(table.clean for table in self.tables.values())

    @property
    def personal_data(self) -> dict[str, int]:
        """How often each kind of personal data was found and replaced."""
        start = "personal_data."
        return {name.removeprefix(start): int(count) for name, count in self.counters.items() if name.startswith(start)}


def account(source: str, raw: Path, clean: Path, ingested: Record, cleaned: Record, *, selected: bool, examples: int) -> Account:
    """The account of `source`, whose sums are right; examples of up to `examples` rows a reason."""
    for record in (ingested, cleaned):
        if record.absent:
            raise TableError(f"{record.absent}; run `dvc repro {record.stage}@{source}`")
    before, after = _counts(raw), _counts(clean)
    if before.keys() != after.keys():
        only = ", ".join(sorted(before.keys() ^ after.keys()))
        raise AccountingError(f"{source}: {only} stands in one of {raw} and {clean} and should stand in both; {_remedy(source)}")
    set_aside_rows = set_aside.quarantine(clean / "quarantine.parquet", examples=examples)
    strange = sorted({reason.table for reason in set_aside_rows} - before.keys())
    if strange:
        raise AccountingError(
            f"{source}: the quarantine holds rows of {', '.join(strange)}, which is no table; {_remedy(source)}"
        )
    found = Account(
        source=source,
        selected=selected,
        rows_in=int(ingested.numbers.get("rows_in", -1)),
        rejects=set_aside.rejects(raw / "rejects.parquet", examples=examples),
        tables={
            name: Table(
                raw=before[name],
                clean=after[name],
                reasons=[reason for reason in set_aside_rows if reason.table == name],
                columns={column.name: str(column.type) for column in pq.read_schema(clean / f"{name}.parquet")},
                texts=_texts(raw / f"{name}.parquet", clean / f"{name}.parquet"),
            )
            for name in before
        },
        counters={**_counters(ingested), **_counters(cleaned)},
    )
    _check(found, ingested, cleaned)
    return found


def totals(accounts: Sequence[Account]) -> dict[str, float]:
    """The sums over all sources, for the stage's own metrics."""
    return {
        "sources": sum(one.selected for one in accounts),
        "rows_in": sum(one.rows_in for one in accounts),
        "rejected": sum(one.rejected for one in accounts),
        "quarantined": sum(one.quarantined for one in accounts),
        "rows_out": sum(one.rows_out for one in accounts),
    }


def _counts(folder: Path) -> dict[str, int]:
    """Rows of each table in `folder`, from the files' own footers."""
    found = {}
    for path in sorted(folder.glob("*.parquet")):
        if path.stem not in ASIDE:
            tables.check(path, ANY)
            found[path.stem] = pq.read_metadata(path).num_rows
    if not found:
        raise TableError(f"{folder} holds no tables; run `dvc repro`, which rebuilds what a stage needs")
    return found


def _texts(raw: Path, clean: Path) -> dict[str, tuple[Lengths, Lengths]]:
    before, after = lengths.measure(raw), lengths.measure(clean)
    sides = {name: (before.get(name, NONE), after.get(name, NONE)) for name in (before | after)}
    return {name: pair for name, pair in sides.items() if lengths.are_texts(*pair)}


def _counters(record: Record) -> dict[str, float]:
    """What a stage counted beside rows and the reasons for setting them aside, which the files tell."""
    rows = {"rows_in", "rows_out", "rejected", "quarantined"}
    return {
        name: count
        for name, count in sorted(record.numbers.items())
        if name not in rows and not name.startswith(("rows_", "quarantined_", "aside."))
    }


def _check(found: Account, ingested: Record, cleaned: Record) -> None:
    """Raise AccountingError at the first sum that is not right, naming source and table."""
    for name, table in found.tables.items():
        if table.raw != table.clean + table.quarantined:
            raise AccountingError(
                f"{found.source}, {name}: {table.raw:,} raw rows are not {table.clean:,} clean ones and "
                f"{table.quarantined:,} in quarantine; {_remedy(found.source)}"
            )
    if found.rows_in != found.raw + found.rejected:
        raise AccountingError(
            f"{found.source}: ingest counted {found.rows_in:,} published rows, but there are {found.raw:,} raw rows and "
            f"{found.rejected:,} rejects; {_remedy(found.source)}"
        )
    held = {"rejected": found.rejected, "rows_out": found.raw, **{f"rows_{name}": t.raw for name, t in found.tables.items()}}
    _agree(found.source, ingested, held)
    held = {"rows_in": found.raw, "quarantined": found.quarantined, "rows_out": found.rows_out}
    for name, table in found.tables.items():
        held |= {f"rows_{name}": table.clean, f"quarantined_{name}": table.quarantined}
    _agree(found.source, cleaned, held)
    if found.raw and not found.selected:
        raise AccountingError(f"{found.source} is not selected, but holds {found.raw:,} rows; {_remedy(found.source)}")


def _agree(source: str, record: Record, held: Mapping[str, int]) -> None:
    """A stage's record may say less than the files, but nothing else."""
    for name, count in held.items():
        said = record.numbers.get(name, count)
        if said != count:
            raise AccountingError(
                f"{source}: {record.stage} recorded {name} = {said:,.0f}, but the files hold {count:,}; {_remedy(source)}"
            )


def _remedy(source: str) -> str:
    return f"run `dvc repro -f clean@{source}`, and report it if it stays so"
