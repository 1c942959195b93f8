"""A shop of two tables in three copies with different results, and sandboxes over it, for the SQL tests."""

import datetime as dt
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from vitrine.verifiers.sql.judge import Sandbox

HONEST = "SELECT state, count(*) AS n FROM orders GROUP BY state ORDER BY n DESC, state"
STATES = {"original": "SP SP SP RJ RJ MG", "perturbed_1": "MG MG RJ SP SP SP SP", "perturbed_2": "RJ RJ RJ RJ MG SP SP"}
BOMB = "FROM range(1000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 9"
SLOW = "SELECT count(*) FROM range(20000) a, range(3000) b WHERE (a.range * b.range) % 7 = 3"  # 0.5 s of process time
ENGINES = ("duckdb", "sqlite")
ENDLESS = {
    "duckdb": f"SELECT {{n}}, count(*) {BOMB}",
    "sqlite": "WITH RECURSIVE t(i) AS (SELECT {n} UNION ALL SELECT i + 1 FROM t) SELECT count(*) FROM t",
}


def build(folder: Path) -> Path:
    for copy, states in STATES.items():
        (folder / copy).mkdir(parents=True)
        count = len(states.split())
        orders = pa.table(
            {
                "order_id": [f"o{row}" for row in range(count)],
                "state": states.split(),
                "price": [10.5 * row + len(copy) for row in range(count)],
                "bought": [dt.datetime(2017, 1 + row, 5, 12 * (row % 2)) for row in range(count)],
                "cost": [Decimal("1.50")] * count,
                "late": [row % 2 == 0 for row in range(count)],
            }
        )
        pq.write_table(orders, folder / copy / "orders.parquet")
        pq.write_table(pa.table({"order_id": ["o0", "o1"], "score": [len(copy), 5]}), folder / copy / "reviews.parquet")
    return folder


def over(folder: Path, **options) -> Sandbox:
    return Sandbox({copy: folder / copy for copy in STATES}, **options)


def fresh(sandbox, query):
    """The result of a query without the cache."""
    sandbox.clear_cache()
    return sandbox.run(query)


def processes(sandbox) -> list[int]:
    """The process ids of a sandbox, oldest first."""
    return sorted(process.pid for process in sandbox._all if process.alive)


@contextmanager
def nothing_left():
    """Check that no new child process is left, not even a zombie."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before
