"""Hostile SQL, grouped by aim; `ground` defines when an attack succeeds.

    ATTACKS["reads: a csv file"]        Attack(kind="reads", sql="SELECT * FROM read_csv('{files}/secret.csv')", may_run=False)
    for attack in ATTACKS.values():
        ground.breaches(attack)         ->  [] if it failed; else one sentence per breach

`{files}` stands for a folder of secrets, `{out}` for an empty folder, `{env}` for a variable that holds a secret. The tables
are those of the shop: orders, customers, order_items, ... Kinds that may run can return rows, but only useless ones.
"""

from collections.abc import Set
from dataclasses import dataclass

from tests.verifiers.attacks import bombs, catalog, disguises, functions, reads, sqlite, state, statements, writes


@dataclass(frozen=True, kw_only=True)
class Attack:
    kind: str
    name: str
    sql: str
    may_run: bool  # if False, it must fail; if True, its rows must be worthless
    slow: bool = False

    def aimed(self, **places: str) -> str:
        """The query with each `{place}` filled in."""
        text = self.sql
        for place, value in places.items():
            text = text.replace(f"{{{place}}}", value)
        return text


Kinds = dict[str, tuple[dict[str, str], bool]]  # named texts, and whether they may run
ON_BOTH: Kinds = {
    "reads": (reads.READS, False),
    "writes": (writes.WRITES, False),
    "statements": (statements.STATEMENTS, False),
    "shadows": (statements.SHADOWS, False),
    "catalog": (catalog.CATALOG, False),
    "smuggled": (catalog.SMUGGLED, False),
    "disguises": (disguises.DISGUISES, True),
}
ON_DUCKDB: Kinds = ON_BOTH | {
    "oracles": (catalog.ORACLES, False),
    "every table function": (functions.table_functions(), False),
    "every pragma": (functions.pragmas(), False),
    "every function that is not for queries": (functions.inner_functions(), True),
    "state": (state.STATE, True),
    "sleep": (state.SLEEP, True),
    "nesting": (disguises.NESTING, True),
    "time": (bombs.TIME, True),
    "memory": (bombs.MEMORY, True),
    "size": (bombs.SIZE, True),
}
ON_SQLITE: Kinds = ON_BOTH | {"SQLite's own": (sqlite.REFUSED, False), "SQLite's bombs": (sqlite.BOMBS, True)}
# SQLite ignores unused CTEs, lets a CTE read later ones, and ends a comment only at a line feed.
OTHERWISE_ON_SQLITE = {"in a CTE that nobody reads", "behind a carriage return"} | {
    name for name in catalog.SMUGGLED if name.endswith("in a CTE that comes later")
}


def _named(kinds: Kinds, harmless: Set[str] = frozenset()) -> dict[str, Attack]:
    return {
        (full := f"{kind}: {name}"): Attack(
            kind=kind, name=name, sql=sql, may_run=may_run or name in harmless, slow=full in bombs.SLOW
        )
        for kind, (attacks, may_run) in kinds.items()
        for name, sql in attacks.items()
    }


ATTACKS = _named(ON_DUCKDB)
SQLITE_ATTACKS = _named(ON_SQLITE, OTHERWISE_ON_SQLITE)
