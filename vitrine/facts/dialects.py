"""Translates gold queries from DuckDB's SQL to another engine's, for shops that keep their data in SQLite.

    translate("SELECT MONTH(order_purchase_timestamp), COUNT(*) FROM orders GROUP BY 1", "sqlite")
    ->  "SELECT CAST(STRFTIME('%m', order_purchase_timestamp) AS INTEGER), COUNT(*) FROM orders GROUP BY 1"
    translate("SELECT CORR(price, freight_value) FROM order_items", "sqlite")  ->  None: SQLite has no such function

Gold queries are written in DuckDB's SQL and translated by sqlglot. Two of its translations are corrected here: date parts (it
uses functions that SQLite lacks) and day differences (it counts 24-hour days). SQLite stores times as text
(verifiers/sql/sqlite_engine.py).
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
    """Translate `sql` from DuckDB's dialect. None if the target engine cannot express it."""
    if dialect == "duckdb":
        return sql
    query = sqlglot.parse_one(sql, read="duckdb")
    if query.find(exp.Qualify) or not all(node.text("unit").strip("'").upper() == "DAY" for node in query.find_all(exp.DateDiff)):
        return None  # sqlglot adds columns for QUALIFY, and takes a month for 30 days
    for window in query.find_all(exp.Window):
        _replace_aliases(window)
    corrected = query.transform(lambda node: CORRECTIONS[type(node)](node) if type(node) in CORRECTIONS else node)
    translated = corrected.sql("sqlite", unsupported_level=sqlglot.ErrorLevel.IGNORE)
    try:
        _empty_shop().execute(f"EXPLAIN {translated}")
    except sqlite3.Error:
        return None
    return translated


@cache
def _empty_shop() -> sqlite3.Connection:
    """An empty SQLite database with the shop's tables, to test whether a query compiles."""
    database = sqlite3.connect(":memory:", check_same_thread=False)
    for table, columns in COLUMNS.items():
        database.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
    return database


def _replace_aliases(window: exp.Window) -> None:
    """Replace column aliases in a window by their expressions: DuckDB allows aliases there, SQLite does not."""
    select = window.find_ancestor(exp.Select)
    aliases = {column.alias: column.this for column in select.selects if column.alias} if select else {}
    for column in list(window.find_all(exp.Column)):
        if column.name in aliases and not column.table:
            column.replace(aliases[column.name].copy())


def _date_part(form: str) -> Callable[[exp.Expression], exp.Expression]:
    def convert(node: exp.Expression) -> exp.Expression:
        return exp.cast(exp.func("STRFTIME", exp.Literal.string(form), node.this.copy()), "INTEGER")

    return convert


def _quarter(node: exp.Expression) -> exp.Expression:
    return exp.IntDiv(this=exp.paren(_date_part("%m")(node) + 2), expression=exp.Literal.number(3))


def _days(node: exp.Expression) -> exp.Expression:
    """Day difference as DuckDB counts it: the midnights between two times."""
    later, earlier = (exp.func("JULIANDAY", exp.func("DATE", operand.copy())) for operand in (node.this, node.expression))
    return exp.cast(exp.paren(later - earlier), "INTEGER")


CORRECTIONS: Mapping[type[exp.Expression], Callable[[exp.Expression], exp.Expression]] = {
    exp.Year: _date_part("%Y"),
    exp.Month: _date_part("%m"),
    exp.Day: _date_part("%d"),
    exp.Hour: _date_part("%H"),
    exp.DayOfWeek: _date_part("%w"),
    exp.Quarter: _quarter,
    exp.DateDiff: _days,
}
