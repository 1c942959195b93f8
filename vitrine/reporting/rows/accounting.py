"""Where every row of a source went, counted again from the files: published -> raw -> clean.

    result = account("olist", Path("data/raw/olist"), Path("data/clean/olist"), ingested, cleaned, selected=True, examples=3)
    result.rows_in == result.rejected + result.quarantined + result.rows_out      # or an AccountingError says where it is not
    result.tables["orders"].raw, result.tables["orders"].quarantined, result.tables["orders"].clean

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
        """How many texts of each kind of personal data were replaced."""
        start = "personal_data."
        return {name.removeprefix(start): int(count) for name, count in self.counters.items() if name.startswith(start)}


def account(source: str, raw: Path, clean: Path, ingested: Record, cleaned: Record, *, selected: bool, examples: int) -> Account:
    """Count the rows of `source`, check the sums and keep up to `examples` rows for each reason."""
    for record in (ingested, cleaned):
        if record.absent:
            raise TableError(f"{record.absent}; run `dvc repro {record.stage}@{source}`")
    before, after = _counts(raw), _counts(clean)
    if before.keys() != after.keys():
        only = ", ".join(sorted(before.keys() ^ after.keys()))
        raise AccountingError(f"{source}: {only} is in only one of {raw} and {clean}, but should be in both; {_remedy(source)}")
    set_aside_rows = set_aside.quarantine(clean / "quarantine.parquet", examples=examples)
    unknown = sorted({reason.table for reason in set_aside_rows} - before.keys())
    if unknown:
        raise AccountingError(
            f"{source}: the quarantine holds rows of {', '.join(unknown)}, which is no table; {_remedy(source)}"
        )
    result = Account(
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
    _check(result, ingested, cleaned)
    return result


def totals(accounts: Sequence[Account]) -> dict[str, float]:
    """The sums over all sources, for the stage's own metrics."""
    return {
        "sources": sum(account.selected for account in accounts),
        "rows_in": sum(account.rows_in for account in accounts),
        "rejected": sum(account.rejected for account in accounts),
        "quarantined": sum(account.quarantined for account in accounts),
        "rows_out": sum(account.rows_out for account in accounts),
    }


def _counts(folder: Path) -> dict[str, int]:
    """Rows of each table in `folder`, from the files' own footers."""
    counts = {}
    for path in sorted(folder.glob("*.parquet")):
        if path.stem not in ASIDE:
            tables.check(path, ANY)
            counts[path.stem] = pq.read_metadata(path).num_rows
    if not counts:
        raise TableError(f"{folder} holds no tables; run `dvc repro`, which rebuilds what a stage needs")
    return counts


def _texts(raw: Path, clean: Path) -> dict[str, tuple[Lengths, Lengths]]:
    before, after = lengths.measure(raw), lengths.measure(clean)
    pairs = {name: (before.get(name, NONE), after.get(name, NONE)) for name in (before | after)}
    return {name: pair for name, pair in pairs.items() if lengths.are_texts(*pair)}


def _counters(record: Record) -> dict[str, float]:
    """The stage's other counts. Rows and reasons are counted from the files instead."""
    rows = {"rows_in", "rows_out", "rejected", "quarantined"}
    return {
        name: count
        for name, count in sorted(record.numbers.items())
        if name not in rows and not name.startswith(("rows_", "quarantined_", "aside."))
    }


def _check(account: Account, ingested: Record, cleaned: Record) -> None:
    """Raise AccountingError for the first sum that is wrong; it names source and table."""
    for name, table in account.tables.items():
        if table.raw != table.clean + table.quarantined:
            raise AccountingError(
                f"{account.source}, {name}: {table.raw:,} raw rows are not {table.clean:,} clean ones and "
                f"{table.quarantined:,} in quarantine; {_remedy(account.source)}"
            )
    if account.rows_in != account.raw + account.rejected:
        raise AccountingError(
            f"{account.source}: ingest counted {account.rows_in:,} published rows, but there are {account.raw:,} raw rows and "
            f"{account.rejected:,} rejects; {_remedy(account.source)}"
        )
    held = {
        "rejected": account.rejected,
        "rows_out": account.raw,
        **{f"rows_{name}": t.raw for name, t in account.tables.items()},
    }
    _agree(account.source, ingested, held)
    held = {"rows_in": account.raw, "quarantined": account.quarantined, "rows_out": account.rows_out}
    for name, table in account.tables.items():
        held |= {f"rows_{name}": table.clean, f"quarantined_{name}": table.quarantined}
    _agree(account.source, cleaned, held)
    if account.raw and not account.selected:
        raise AccountingError(f"{account.source} is not selected, but holds {account.raw:,} rows; {_remedy(account.source)}")


def _agree(source: str, record: Record, held: Mapping[str, int]) -> None:
    """Raise AccountingError if a number that the stage recorded differs from the files. It may record fewer numbers."""
    for name, count in held.items():
        recorded = record.numbers.get(name, count)
        if recorded != count:
            raise AccountingError(
                f"{source}: {record.stage} recorded {name} = {recorded:,.0f}, but the files hold {count:,}; {_remedy(source)}"
            )


def _remedy(source: str) -> str:
    return f"run `dvc repro -f clean@{source}`, and report it if that does not help"
