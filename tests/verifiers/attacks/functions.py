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
def _functions() -> dict[str, dict[str, int]]:
    """By kind and name: how many arguments a function takes at most, if it names them. The catalog is slow to ask: once."""
    rows = duckdb.connect().execute(
        "SELECT function_type, function_name, coalesce(max(len(parameters)), 0) FROM duckdb_functions() GROUP BY ALL ORDER BY ALL"
    )
    functions: dict[str, dict[str, int]] = {}
    for kind, name, most in rows.fetchall():
        functions.setdefault(kind, {})[name] = int(most)
    return functions


def table_functions() -> dict[str, str]:
    """Each with the arguments that suit it."""

    def arguments(name: str) -> str:
        if name in _ARGUMENTS:
            return _ARGUMENTS[name]
        if name.startswith(
            ("duckdb_", "pragma_platform", "pragma_version", "pragma_user", "pragma_coll", "icu_", "pg_", "test_all")
        ):
            return ""
        return "'{files}/secret.csv'" if _functions()["table"].get(name) else ""

    names = [name for name in [*_functions()["table"], *_functions()["table_macro"]] if name not in HARMLESS]
    return {name: f'SELECT * FROM "{name}"({arguments(name)})' for name in names}


def pragmas() -> dict[str, str]:
    return {name: f"PRAGMA {name}" + ("('orders')" if most else "") for name, most in _functions()["pragma"].items()}


def inner_functions() -> dict[str, str]:
    """Functions that the optimizer writes into plans, given arguments that no plan would hold."""
    attacks = {}
    for name, most in _functions()["scalar"].items():
        if name.startswith("__"):
            count = max(1, min(3, most))
            attacks[f"{name} of numbers"] = f'SELECT "{name}"({", ".join(["9223372036854775807"] * count)}) FROM orders'
            attacks[f"{name} of texts"] = f'SELECT "{name}"({", ".join(["order_id"] * count)}) FROM orders'
    return attacks
