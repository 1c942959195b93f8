"""Attacks listed by the installed DuckDB: each of its table functions, pragmas and internal functions.

They are read from the library, so a new version's functions are tested at once.
"""

from functools import cache

import duckdb

HARMLESS = {"range", "generate_series", "unnest", "json_each"}  # table functions that only turn their arguments into rows
_ARGUMENTS = {
    "read_csv": "'{files}/secret.csv'",
    "query": "'SELECT * FROM duckdb_settings()'",
    "query_table": "'duckdb_settings'",
    "repeat": "'x', 1000000000",
    "repeat_row": "'x', num_rows = 1000000000",
}


@cache
def _functions() -> dict[str, dict[str, int]]:
    """By kind and name: the maximum number of arguments, if the catalog lists them. Cached, because the catalog is slow."""
    rows = duckdb.connect().execute(
        "SELECT function_type, function_name, coalesce(max(len(parameters)), 0) FROM duckdb_functions() GROUP BY ALL ORDER BY ALL"
    )
    functions: dict[str, dict[str, int]] = {}
    for kind, name, most in rows.fetchall():
        functions.setdefault(kind, {})[name] = int(most)
    return functions


def table_functions() -> dict[str, str]:
    """Each table function with suitable arguments."""

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
    """Internal functions of the optimizer, with arguments that no plan would contain."""
    attacks = {}
    for name, most in _functions()["scalar"].items():
        if name.startswith("__"):
            count = max(1, min(3, most))
            attacks[f"{name} of numbers"] = f'SELECT "{name}"({", ".join(["9223372036854775807"] * count)}) FROM orders'
            attacks[f"{name} of texts"] = f'SELECT "{name}"({", ".join(["order_id"] * count)}) FROM orders'
    return attacks
