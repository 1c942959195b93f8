"""The ground that attacks are tried on: secrets to steal, a folder to write to, a shop to falsify; and what is getting through.

    with Ground(folder, databases, seconds=0.2) as ground:
        ground.breaches(ATTACKS["reads: a text"])     ->  []
        ground.breaches(...)                          ->  ["a secret came back", "it took 9.1 s"]

What counts is what happened, never a message: a secret in the rows or in the reason of a failure, a file that is new or not what
it was, an honest answer that changed, a query that outlives its limit, a reward above that of a query that merely runs.
"""

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, process_time
from types import TracebackType
from typing import Literal, Self

import duckdb
import polars as pl

from tests.verifiers.attacks import Attack
from vitrine.verifiers.sql.judge import Result, Sandbox, Verdict, judge

VARIABLE = "VITRINE_ATTACKED_SECRET"
SECRETS = ("segredo-do-arquivo-8841", "segredo-do-ambiente-3307")
GRACE = 4.0  # seconds of the clock beyond the limit, which is of work: a process may have to be ended and replaced
WEAK = 0.2  # the most that a query earns which runs and returns nothing of use
GOLD = (
    "SELECT SUM(price + freight_value) FROM order_items JOIN orders USING (order_id) JOIN customers USING (customer_id) "
    "WHERE customer_state = 'SP'"
)
HONEST = (
    "SELECT customer_state, COUNT(*), ROUND(SUM(price), 2), MAX(order_purchase_timestamp) FROM orders "
    "JOIN customers USING (customer_id) JOIN order_items USING (order_id) WHERE order_status <> '{asked}' "
    "GROUP BY 1 ORDER BY 3 DESC, 1"
)


class Ground:
    def __init__(
        self, folder: Path, databases: Mapping[str, Path], *, seconds: float, engine: Literal["duckdb", "sqlite"] = "duckdb"
    ) -> None:
        self.files, self.out, self.scratch = (folder / name for name in ("files", "out", "scratch"))
        for place in (self.files, self.out, self.scratch):
            place.mkdir(parents=True)
        plant(self.files)
        os.environ[VARIABLE] = SECRETS[1]
        self.databases = dict(databases)
        self.sandbox = Sandbox(self.databases, seconds=seconds, engine=engine)
        self.asked = 0
        usual, tempfile.tempdir = tempfile.tempdir, str(self.scratch)  # where the first query puts the databases
        try:
            self.answers = self.honest()
        finally:
            tempfile.tempdir = usual
        judge("SELECT 1", GOLD, self.sandbox)
        self.before = self.fingerprints()

    def breaches(self, attack: Attack) -> list[str]:
        """What the attack achieved; nothing, if the walls held."""
        sql = attack.aimed(files=str(self.files), out=str(self.out), env=VARIABLE)
        found: list[str] = []
        verdict, took = self.judged(sql)
        if took > (most := self.sandbox.seconds + GRACE):
            self.sandbox.forget()  # once more, beside a measure of how long anything takes here
            before = hurry()
            verdict, took = self.judged(sql)
            most *= max(before, hurry())
        if took > most:
            found.append(f"it took {took:.1f} s, and {self.sandbox.seconds} s are its limit")
        result = self.sandbox.run(sql) if verdict.runs else Result(failure=verdict.failure, why=verdict.why)
        if any(secret in f"{result.columns}{result.rows}{result.why}" for secret in SECRETS):
            found.append("a secret came back")
        if verdict.runs and not attack.may_run:
            found.append(f"it ran and returned {str(result.rows)[:200]}")
        if (
            len(result.rows) > self.sandbox.rows
            or sum(map(len, map(str, result.rows))) > 3 * self.sandbox.size
            or len(result.why) > 500
        ):
            found.append(f"{len(result.rows)} rows and {len(result.why)} characters of reason came back")
        if verdict.score > WEAK:
            found.append(f"it earned {verdict.score:.3f}, and a query that merely runs earns {WEAK}")
        if (answers := self.honest()) != self.answers:
            found.append(f"the honest query after it returned {str(answers)[:200]}")
        if (after := self.fingerprints()) != self.before:
            files = self.before.keys() | after.keys()
            changed = sorted(str(file) for file in files if self.before.get(file) != after.get(file))
            found.append(f"{', '.join(changed)} changed")
            self.before = after
        return found

    def judged(self, sql: str) -> tuple[Verdict, float]:
        """What a reply earns, and how long that took by the clock."""
        started = monotonic()
        verdict = judge(sql, GOLD, self.sandbox)
        return verdict, monotonic() - started

    def honest(self) -> dict[str, Result]:
        """What an honest query returns everywhere; never twice the same text, so that it is run and not remembered."""
        self.asked += 1
        return self.sandbox.run_all(HONEST.replace("{asked}", f"no status {self.asked}"), gold=True)

    def fingerprints(self) -> dict[Path, str]:
        """Every file that no query may touch: secrets, the folder to write to, the shop's tables, the databases made of them."""
        files = [file for place in (self.files, self.out, *self.databases.values()) for file in place.rglob("*")]
        files += [file for file in self.scratch.rglob("*") if file.suffix != ".log"]
        return {file: hashlib.sha1(file.read_bytes()).hexdigest() for file in files if file.is_file()}

    def close(self) -> None:
        self.sandbox.close()
        os.environ.pop(VARIABLE, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def hurry() -> float:
    """How many seconds of the clock a second of work takes, which on a busy machine is more than one."""
    clock, work = monotonic(), process_time()
    while process_time() - work < 0.1:
        pass
    return max(1.0, (monotonic() - clock) / (process_time() - work))


def plant(folder: Path) -> None:
    """A secret in each format that the database could read."""
    secret = SECRETS[0]
    table = pl.DataFrame({"a": [secret, "x"], "b": [1, 2]})
    table.write_csv(folder / "secret.csv")
    table.write_parquet(folder / "secret.parquet")
    table.write_ndjson(folder / "secret.json")
    (folder / "secret.txt").write_text(f"{secret}\n")
    with duckdb.connect(str(folder / "secret.duckdb")) as database:
        database.execute("CREATE TABLE t AS SELECT ? AS a", [secret])
    with sqlite3.connect(folder / "secret.db") as database:
        database.execute("CREATE TABLE x (a TEXT)")
        database.execute("INSERT INTO x VALUES (?)", [secret])
    database.close()


def build_shop(folder: Path) -> dict[str, Path]:
    """Three small shops whose answers differ, with the tables and columns that the attacks speak of."""
    states, statuses = ["SP", "RJ", "MG", "BA"], ["delivered", "shipped", "canceled"]
    for copy, name in enumerate(("original", "perturbed_1", "perturbed_2")):
        orders = pl.DataFrame({"row": range(120 + 9 * copy)}).with_columns(
            order_id=pl.format("o{}", "row"), customer_id=pl.format("c{}", "row")
        )
        bought = pl.lit("2017-01-01").str.to_datetime() + pl.duration(hours=pl.col("row") * (7 + copy))
        tables = {
            "orders": orders.select(
                "order_id",
                "customer_id",
                order_status=pl.col("row").map_elements(lambda row, copy=copy: statuses[(row + copy) % 5 % 3], pl.String),
                order_purchase_timestamp=bought,
            ),
            "customers": orders.select(
                "customer_id",
                customer_unique_id=pl.format("u{}", pl.col("row") % 90),
                customer_city=pl.lit("cidade"),
                customer_state=pl.col("row").map_elements(lambda row, copy=copy: states[(row * (copy + 2)) % 7 % 4], pl.String),
            ),
            "order_items": orders.select(
                "order_id",
                price=(pl.col("row") * (1.37 + copy) + 12.9).round(2),
                freight_value=(pl.col("row") % 13 * 1.1 + 7.03 + copy).round(2),
            ),
        }
        (folder / name).mkdir(parents=True)
        for table, frame in tables.items():
            frame.write_parquet(folder / name / f"{table}.parquet")
    return {name: folder / name for name in ("original", "perturbed_1", "perturbed_2")}
