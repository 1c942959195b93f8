"""Attacks that the installed DuckDB lists itself: each table function, pragma and inner function that it has.

They are read from the library, so that a new version's new functions are attacks from the first day.
"""

from functools import cache

import duckdb

HARMLESS = {"range", "generate_series", "unnest", "json_each"}  # table functions that only make rows of their arguments
_ARGUMENTS = {
    "read_csv": "'{files}/secret.csv'",
    "query": "'SELECT * FROM duckdb_settings()'",
    "query_table": "'duckdb_settings'",
    "repeat": "'x', 1000000000",
    "repeat_row": "'x', num_rows = 1000000000",
}


@cache
def _names(kind: str) -> list[str]:
    found = duckdb.connect().execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = ? ORDER BY 1", [kind]
    )
    return [name for (name,) in found.fetchall()]


@cache
def _most(kind: str, name: str) -> int:
    """How many arguments it takes at most, if it names them."""
    counted = duckdb.connect().execute(
        "SELECT max(len(parameters)) FROM duckdb_functions() WHERE function_type = ? AND function_name = ?", [kind, name]
    )
    return int((counted.fetchone() or (0,))[0] or 0)


def table_functions() -> dict[str, str]:
    """Each with the arguments that suit it."""

    def arguments(name: str) -> str:
        if name in _ARGUMENTS:
            return _ARGUMENTS[name]
        if name.startswith(
            ("duckdb_", "pragma_platform", "pragma_version", "pragma_user", "pragma_coll", "icu_", "pg_", "test_all")
        ):
            return ""
        return "'{files}/secret.csv'" if _most("table", name) else ""

    names = [name for name in _names("table") + _names("table_macro") if name not in HARMLESS]
    return {name: f'SELECT * FROM "{name}"({arguments(name)})' for name in names}


def pragmas() -> dict[str, str]:
    return {name: f"PRAGMA {name}" + ("('orders')" if _most("pragma", name) else "") for name in _names("pragma")}


def inner_functions() -> dict[str, str]:
    """Functions that the optimizer writes into plans, given arguments that no plan would hold."""
    attacks = {}
    for name in _names("scalar"):
        if name.startswith("__"):
            count = max(1, min(3, _most("scalar", name)))
            attacks[f"{name} of numbers"] = f'SELECT "{name}"({", ".join(["9223372036854775807"] * count)}) FROM orders'
            attacks[f"{name} of texts"] = f'SELECT "{name}"({", ".join(["order_id"] * count)}) FROM orders'
    return attacks
