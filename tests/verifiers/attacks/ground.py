"""The target of the attacks: secrets to steal, a folder to write to, a shop to falsify; and the detection of breaches.

    with Ground(folder, databases, seconds=0.2) as ground:
        ground.breaches(ATTACKS["reads: a text"])     ->  []
        ground.breaches(...)                          ->  ["a secret came back", "it took 9.1 s"]

Only effects count as breaches, never messages: a secret in the rows or in the reason of a failure, a new or changed file, a
changed result of an honest query, a query that exceeds its limit, a reward above that of a query that merely runs.
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
GRACE = 4.0  # seconds of wall clock beyond the limit of process time: a process may have to be ended and replaced
WEAK = 0.2  # the highest score of a query that runs but returns nothing useful
GOLD = (
    "SELECT SUM(price + freight_value) FROM order_items JOIN orders USING (order_id) JOIN customers USING (customer_id) "
    "WHERE customer_state = 'SP'"
)
HONEST = (
    "SELECT customer_state, COUNT(*), ROUND(SUM(price), 2), MAX(order_purchase_timestamp) FROM orders "
    "JOIN customers USING (customer_id) JOIN order_items USING (order_id) WHERE order_status <> '{unused_status}' "
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
        self.honest_queries = 0
        usual, tempfile.tempdir = tempfile.tempdir, str(self.scratch)  # the first query creates the databases here
        try:
            self.answers = self.honest()
        finally:
            tempfile.tempdir = usual
        judge("SELECT 1", GOLD, self.sandbox)
        self.before = self.fingerprints()

    def breaches(self, attack: Attack) -> list[str]:
        """What the attack achieved; empty if the walls held."""
        sql = attack.aimed(files=str(self.files), out=str(self.out), env=VARIABLE)
        breaches: list[str] = []
        verdict, took = self.judged(sql)
        if took > (most := self.sandbox.seconds + GRACE):
            self.sandbox.clear_cache()  # try again and measure how busy this machine is
            before = slowdown()
            verdict, took = self.judged(sql)
            most *= max(before, slowdown())
        if took > most:
            breaches.append(f"it took {took:.1f} s; its limit is {self.sandbox.seconds} s")
        result = self.sandbox.run(sql) if verdict.runs else Result(failure=verdict.failure, why=verdict.why)
        if any(secret in f"{result.columns}{result.rows}{result.why}" for secret in SECRETS):
            breaches.append("a secret came back")
        if verdict.runs and not attack.may_run:
            breaches.append(f"it ran and returned {str(result.rows)[:200]}")
        if (
            len(result.rows) > self.sandbox.rows
            or sum(map(len, map(str, result.rows))) > 3 * self.sandbox.size
            or len(result.why) > 500
        ):
            breaches.append(f"{len(result.rows)} rows and {len(result.why)} characters of reason came back")
        if verdict.score > WEAK:
            breaches.append(f"it earned {verdict.score:.3f}; a query that merely runs earns {WEAK}")
        if (answers := self.honest()) != self.answers:
            breaches.append(f"the honest query after it returned {str(answers)[:200]}")
        if (after := self.fingerprints()) != self.before:
            files = self.before.keys() | after.keys()
            changed = sorted(str(file) for file in files if self.before.get(file) != after.get(file))
            breaches.append(f"{', '.join(changed)} changed")
            self.before = after
        return breaches

    def judged(self, sql: str) -> tuple[Verdict, float]:
        """The verdict on a query, and the wall-clock seconds it took."""
        started = monotonic()
        verdict = judge(sql, GOLD, self.sandbox)
        return verdict, monotonic() - started

    def honest(self) -> dict[str, Result]:
        """The results of an honest query in all databases. Its text is new each time, so that it is not cached."""
        self.honest_queries += 1
        return self.sandbox.run_all(HONEST.replace("{unused_status}", f"no status {self.honest_queries}"), gold=True)

    def fingerprints(self) -> dict[Path, str]:
        """Digests of all files that no query may touch: secrets, the target folder, the shop's tables and the databases."""
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


def slowdown() -> float:
    """Wall-clock seconds per second of process time; above 1 on a busy machine."""
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
    """Three small shops with different results, and the tables and columns that the attacks use."""
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
