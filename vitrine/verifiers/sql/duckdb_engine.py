"""DuckDB, locked down: which queries may run, and in what session.

    engine = DuckDB({"original": Path("/tmp/…/original.duckdb")})
    engine.run("original", "select 1", rows=5000, size=2000000, until=process_time() + 0.1)    ->  (None, ("1",), [(1,)], "", ())

Two walls, because either may have a hole; the third is the process, see `worker`:
  the text      one statement that DuckDB's own parser calls a SELECT. Its syntax tree may contain no other statement (DuckDB lets
                a CTE write), only tables of the database or the query, only four table functions (others read files or memory
                addresses), and no function that sleeps, logs or keeps state
  the session   a read-only file, no external access, no extensions, locked settings, a new cursor for each query
"""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from vitrine.errors import first_line
from vitrine.verifiers.sql.outcome import Outcome, Refused, check_readable, fetch_rows

LOCKED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "256MB",
    "threads": "1",  # float sums must not depend on thread order
    "async_threads": "0",  # the default is eight per database, which cost more to start than a query takes
    "max_temp_directory_size": "0B",
    "lock_configuration": "true",
}
# Optimizers that stay on. Planning takes most of the time of a query over some thousand rows. Without the other optimizers, which
# pay off over millions of rows, it takes 3/4 as long, and 1/8 if `year(timestamp)` would trigger the expression rewriter.
OPTIMIZERS = {
    "filter_pushdown", "join_order", "build_side_probe_side", "deliminator", "unused_columns", "column_lifetime", "in_clause",
    "limit_pushdown", "top_n", "cte_inlining",
}  # fmt: skip
QUERIES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
TABLE_FUNCTIONS = {"range", "generate_series", "unnest", "json_each"}
# Functions that wait, log, keep state, run text, or reveal which copy this is, which would allow a separate answer for each copy.
REFUSED_FUNCTIONS = re.compile(
    r"current_(?!date|time|localtime).*|get_current_(?!time).*|pg_.*|__internal.*|txid_.*|in_search_path|.*sleep.*|write_log|"
    r"setseed|setval|nextval|currval|getvariable|getenv|stats|version|vector_type|parse_duckdb_.*|"
    r"json_serialize_.*|json_deserialize_.*|json_execute_.*",
    re.IGNORECASE,
)
INNER_TEXT = re.compile(r"\bselect\b", re.IGNORECASE)  # in a macro's text: it reads the catalog
WORDS = re.compile(r"\w+")
FILE_LIKE = re.compile(r"[./:\\*?\[]")  # DuckDB takes such table names for files
REFUSED_COLUMNS = {"current_catalog", "current_database", "current_schema"}  # functions that can be called without brackets
CACHED_TEXTS = 64  # parsed texts, so that a query over several databases is parsed once


@dataclass(frozen=True)
class Query:
    """A text that is one SELECT, and the database tables it names."""

    statement: duckdb.Statement
    tables: frozenset[str]


@dataclass(frozen=True)
class Builtins:
    """Built-in names of this DuckDB version."""

    functions: frozenset[str]  # refused in queries
    views: frozenset[str]  # of the catalog; their names are refused
    optimizers: frozenset[str]
    tree: duckdb.Statement  # statement that returns a query's syntax tree; parsed once


class DuckDB:
    def __init__(self, files: Mapping[str, Path]) -> None:
        self.databases = {name: open_locked(file) for name, file in files.items()}
        self.tables = {
            name: {row[0].lower() for row in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
            for name, database in self.databases.items()
        }
        self.broken = False
        self.cursor: duckdb.DuckDBPyConnection | None = None
        self.parsed: dict[str, Query | Refused] = {}

    @staticmethod
    def build(tables: Path, file: Path) -> None:
        """Write a DuckDB file with one uncompressed table per parquet file: decompressing texts takes 1/20 of a query."""
        with duckdb.connect(str(file), config={"threads": "1", "force_compression": "uncompressed"}) as database:
            for parquet in sorted(tables.glob("*.parquet")):
                name = parquet.stem.replace('"', '""')
                database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM read_parquet(?)', [str(parquet)])

    @staticmethod
    def prepare(files: Mapping[str, Path]) -> Callable[[], "DuckDB"]:
        """Open the databases before forking: that takes 60 ms, a fork 3 ms. They have no threads, which a fork would lose."""
        engine = DuckDB(files)
        return lambda: engine

    def stop(self) -> None:
        if self.cursor is not None:
            with suppress(duckdb.Error):
                self.cursor.interrupt()

    def run(self, database: str, sql: str, *, rows: int, size: int, until: float) -> Outcome:
        reads: tuple[str, ...] = ()
        self.cursor = cursor = self.databases[database].cursor()
        try:
            query = self.query(cursor, sql)
            if unknown := query.tables - self.tables[database]:
                raise Refused("names", f"there is no table {min(unknown)[:60]!r}")
            reads = tuple(sorted(query.tables))
            cursor.execute(query.statement)
            columns = tuple(str(column[0]) for column in cursor.description or ())
            return fetch_rows(columns, cursor.fetchmany, reads, rows=rows, size=size, until=until)
        except Refused as refusal:
            return refusal.failure, (), [], str(refusal), ()
        except duckdb.InterruptException:
            return "timeout", (), [], "stopped before it had ended", reads
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            return "names", (), [], first_line(error), ()
        except (duckdb.InternalException, duckdb.FatalException) as error:
            self.broken = True  # its state is unknown
            return "failed", (), [], first_line(error), reads
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            failure: Outcome = "failed", (), [], first_line(error), reads
        except (duckdb.Error, RuntimeError, ValueError, TypeError, OverflowError, ImportError) as error:
            return "failed", (), [], first_line(error), reads
        finally:
            self.cursor = None
            cursor.close()
        self.broken = not self.works(database)
        return failure

    def works(self, database: str) -> bool:
        """Whether a database still works after it ran out of memory."""
        try:
            with self.databases[database].cursor() as cursor:
                return cursor.execute("SELECT count(*) FROM range(100000)").fetchall() == [(100_000,)]
        except (duckdb.Error, MemoryError):
            return False

    def query(self, cursor: duckdb.DuckDBPyConnection, sql: str) -> Query:
        if sql not in self.parsed:
            if len(self.parsed) >= CACHED_TEXTS:
                self.parsed.clear()
            try:
                self.parsed[sql] = parse(cursor, sql, builtins())
            except Refused as refusal:
                self.parsed[sql] = refusal
        query = self.parsed[sql]
        if isinstance(query, Refused):
            raise Refused(query.failure, str(query))
        return query


def open_locked(file: Path) -> duckdb.DuckDBPyConnection:
    disabled = {"disabled_optimizers": ",".join(sorted(builtins().optimizers - OPTIMIZERS))}
    return duckdb.connect(str(file), read_only=True, config=LOCKED | disabled)


@cache
def builtins() -> Builtins:
    with duckdb.connect(config=LOCKED) as database:  # leaves no thread, which a fork would lose
        optimizers = database.execute("SELECT name FROM duckdb_optimizers()").fetchall()
        (tree,) = database.extract_statements("SELECT json_serialize_sql(?)")
        views = database.execute("SELECT lower(view_name) FROM duckdb_views() WHERE internal").fetchall()
        names = [frozenset(name for (name,) in rows) for rows in (views, optimizers)]
        return Builtins(refused_functions(database), names[0], names[1], tree)


def parse(cursor: duckdb.DuckDBPyConnection, sql: str, builtin: Builtins) -> Query:
    """Parse a text; Refused unless it is one SELECT that may run."""
    check_readable(sql)
    try:
        statements = cursor.extract_statements(sql)
    except (duckdb.ParserException, duckdb.SyntaxException, duckdb.InvalidInputException) as error:
        raise Refused("not_parsed", first_line(error)) from error
    if not statements:
        raise Refused("not_parsed", "no statement")
    kinds = [statement.type.name for statement in statements]
    if kinds != ["SELECT"]:
        raise Refused("not_select", f"{' and '.join(kinds[:5])}, where one SELECT belongs")
    return Query(statements[0], frozenset(tables_of(nodes_of(cursor, sql), builtin)))


def nodes_of(cursor: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """All nodes of the syntax tree."""
    row = cursor.execute(builtins().tree, [sql]).fetchone()
    nodes: list[dict[str, Any]] = []

    def collect(node: dict[str, Any]) -> dict[str, Any]:
        nodes.append(node)
        return node

    try:
        tree = json.loads(row[0] if row else "", object_hook=collect)
    except RecursionError:
        raise Refused("failed", "too many levels of brackets") from None
    if tree.get("error"):
        raise Refused("not_select", str(tree.get("error_message")))
    return nodes


def refused_functions(database: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Names of refused functions, including macros that read the catalog or call a refused function."""
    functions = database.execute("SELECT lower(function_name), macro_definition FROM duckdb_functions()").fetchall()
    refused = {name for name, _ in functions if REFUSED_FUNCTIONS.fullmatch(name)}
    macros = {(name, text) for name, text in functions if text}
    refused |= {name for name, text in macros if INNER_TEXT.search(text) or refused & set(WORDS.findall(text.lower()))}
    return frozenset(refused)


def tables_of(nodes: list[dict[str, Any]], builtin: Builtins) -> set[str]:
    """The database tables that a query names; Refused if it writes or uses a refused table, column or function.

    The names of its common table expressions are exempt everywhere, so they may not be names with another meaning elsewhere.
    """
    own = {str(node["key"]).lower() for node in nodes if "key" in node and isinstance(node.get("value"), dict)}
    if other := next((name for name in own if name in builtin.views or FILE_LIKE.search(name)), None):
        raise Refused("names", f"{other[:60]!r} cannot be the name of a common table expression here")
    named: set[str] = set()
    for node in nodes:
        kind = str(node.get("type"))
        if (kind.endswith("_NODE") and kind not in QUERIES) or kind == "SHOW_REF":
            raise Refused("not_select", f"a {kind.partition('_')[0]} inside the SELECT")
        if kind == "BASE_TABLE":
            table, schema = str(node.get("table_name")).lower(), str(node.get("schema_name")).lower()
            if node.get("catalog_name") or schema not in ("", "main") or (schema and table in own):
                raise Refused("names", f"there is no table {str(node.get('table_name'))[:60]!r}")
            named.add(table)
        if kind == "COLUMN_REF" and str(node.get("column_names", [""])[-1]).lower() in REFUSED_COLUMNS:
            raise Refused("names", f"there is no column {node['column_names'][-1]!r}")
        function = node.get("function") if kind == "TABLE_FUNCTION" else None
        if isinstance(function, dict) and str(function.get("function_name")).lower() not in TABLE_FUNCTIONS:
            raise Refused("names", f"there is no table function {str(function.get('function_name'))[:60]!r}")
        if str(node.get("function_name")).lower() in builtin.functions:
            raise Refused("names", f"there is no function {node.get('function_name')!r}")
    return named - own
