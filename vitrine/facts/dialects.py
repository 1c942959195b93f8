"""A gold query in the SQL of another engine, for a shop that keeps its data in SQLite.

    translate("SELECT MONTH(order_purchase_timestamp), COUNT(*) FROM orders GROUP BY 1", "sqlite")
    ->  "SELECT CAST(STRFTIME('%m', order_purchase_timestamp) AS INTEGER), COUNT(*) FROM orders GROUP BY 1"
    translate("SELECT CORR(price, freight_value) FROM order_items", "sqlite")  ->  None, since SQLite has no such function

Questions are written in DuckDB's SQL. sqlglot translates; it leaves the parts of a date to functions that SQLite lacks and
counts days as hours of 24, which is mended here. Times are texts in SQLite (`verifiers/sql_sqlite.py`).
"""

import sqlite3
from collections.abc import Callable, Mapping
from functools import cache, lru_cache

import sqlglot
from sqlglot import expressions as exp

from vitrine.facts.shop_tables import COLUMNS
from vitrine.verifiers.sql.sandbox import Engine


@lru_cache(100_000)
def translate(sql: str, dialect: Engine) -> str | None:
    """`sql`, which is DuckDB's, as `dialect` says it; None if it has no way to."""
    if dialect == "duckdb":
        return sql
    query = sqlglot.parse_one(sql, read="duckdb")
    if query.find(exp.Qualify) or not all(node.text("unit").strip("'").upper() == "DAY" for node in query.find_all(exp.DateDiff)):
        return None  # sqlglot tells the first with columns that nobody asked for, and takes a month for 30 days
    for window in query.find_all(exp.Window):
        _spell_out(window)
    told = query.transform(lambda node: MENDED[type(node)](node) if type(node) in MENDED else node).sql(
        "sqlite", unsupported_level=sqlglot.ErrorLevel.IGNORE
    )
    try:
        _empty_shop().execute(f"EXPLAIN {told}")
    except sqlite3.Error:
        return None
    return told


@cache
def _empty_shop() -> sqlite3.Connection:
    """SQLite is asked itself what it can say of these tables."""
    database = sqlite3.connect(":memory:", check_same_thread=False)
    for table, columns in COLUMNS.items():
        database.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
    return database


def _spell_out(window: exp.Window) -> None:
    """DuckDB lets a window name a column by its alias, SQLite does not."""
    select = window.find_ancestor(exp.Select)
    named = {column.alias: column.this for column in select.selects if column.alias} if select else {}
    for column in list(window.find_all(exp.Column)):
        if column.name in named and not column.table:
            column.replace(named[column.name].copy())


def _part(form: str) -> Callable[[exp.Expression], exp.Expression]:
    def of(node: exp.Expression) -> exp.Expression:
        return exp.cast(exp.func("STRFTIME", exp.Literal.string(form), node.this.copy()), "INTEGER")

    return of


def _quarter(node: exp.Expression) -> exp.Expression:
    return exp.IntDiv(this=exp.paren(_part("%m")(node) + 2), expression=exp.Literal.number(3))


def _days(node: exp.Expression) -> exp.Expression:
    """DuckDB counts the midnights between two times."""
    later, earlier = (exp.func("JULIANDAY", exp.func("DATE", side.copy())) for side in (node.this, node.expression))
    return exp.cast(exp.paren(later - earlier), "INTEGER")


MENDED: Mapping[type[exp.Expression], Callable[[exp.Expression], exp.Expression]] = {
    exp.Year: _part("%Y"),
    exp.Month: _part("%m"),
    exp.Day: _part("%d"),
    exp.Hour: _part("%H"),
    exp.DayOfWeek: _part("%w"),
    exp.Quarter: _quarter,
    exp.DateDiff: _days,
}
