"""DuckDB, shut in: what of a text may run, and in what session.

    engine = DuckDB({"original": Path("/tmp/…/original.duckdb")})
    engine.run("original", "select 1", rows=5000, size=2000000, until=process_time() + 0.1)    ->  (None, ("1",), [(1,)], "", ())

Two walls, because either may have a hole; the third is the process, see `worker`:
  the text      one statement, a SELECT by DuckDB's own parser; its syntax tree holds no other query (DuckDB lets a CTE write),
                no table but the database's own and the query's, no table function but four (others take files or
                addresses in memory), no function that sleeps, logs or keeps state
  the session   a read-only file, no external access, no extension, locked settings, a cursor of its own for each query
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
    "threads": "1",  # a sum of floats must not depend on the order of threads
    "async_threads": "0",  # else eight a database, which cost more to start than a query takes
    "max_temp_directory_size": "0B",
    "lock_configuration": "true",
}
# What a plan is improved by. Planning is most of the time of a query over some thousand rows: without the others, which pay
# over millions, it takes three quarters of it, and an eighth where `year(timestamp)` sets the rewriter of expressions to work.
IMPROVED_BY = {
    "filter_pushdown", "join_order", "build_side_probe_side", "deliminator", "unused_columns", "column_lifetime", "in_clause",
    "limit_pushdown", "top_n", "cte_inlining",
}  # fmt: skip
QUERIES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
TABLE_FUNCTIONS = {"range", "generate_series", "unnest", "json_each"}
# Functions that wait, log, keep state, run text, or tell which of the copies this is, which would allow an answer for each.
NO_FUNCTIONS = re.compile(
    r"current_(?!date|time|localtime).*|get_current_(?!time).*|pg_.*|__internal.*|txid_.*|in_search_path|.*sleep.*|write_log|"
    r"setseed|setval|nextval|currval|getvariable|getenv|stats|version|vector_type|parse_duckdb_.*|"
    r"json_serialize_.*|json_deserialize_.*|json_execute_.*",
    re.IGNORECASE,
)
INNER_TEXT = re.compile(r"\bselect\b", re.IGNORECASE)  # in the text of a macro: it reads the catalog
WORDS = re.compile(r"\w+")
FILE_LIKE = re.compile(r"[./:\\*?\[]")  # DuckDB takes such names of tables for files
NO_COLUMNS = {"current_catalog", "current_database", "current_schema"}  # functions that are called without brackets
REMEMBERED = 64  # texts that were read: one that is asked of a second database is not read again


@dataclass(frozen=True)
class Query:
    """A text that is one SELECT, and the tables it names that are not its own."""

    statement: duckdb.Statement
    tables: frozenset[str]


@dataclass(frozen=True)
class Known:
    """What this build of DuckDB has of its own."""

    functions: frozenset[str]  # that no query may use
    views: frozenset[str]  # of the catalog: no query may use their names
    optimizers: frozenset[str]
    tree: duckdb.Statement  # parsed once: it is asked for every text


class DuckDB:
    def __init__(self, files: Mapping[str, Path]) -> None:
        self.databases = {name: open_locked(file) for name, file in files.items()}
        self.tables = {
            name: {row[0].lower() for row in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
            for name, database in self.databases.items()
        }
        self.broken = False
        self.cursor: duckdb.DuckDBPyConnection | None = None
        self.read: dict[str, Query | Refused] = {}

    @staticmethod
    def build(tables: Path, file: Path) -> None:
        """A DuckDB file with a table for each parquet file of a folder, as it is: to unpack texts is a twentieth of a query."""
        with duckdb.connect(str(file), config={"threads": "1", "force_compression": "uncompressed"}) as database:
            for parquet in sorted(tables.glob("*.parquet")):
                name = parquet.stem.replace('"', '""')
                database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM read_parquet(?)', [str(parquet)])

    @staticmethod
    def ready(files: Mapping[str, Path]) -> Callable[[], "DuckDB"]:
        """Opened here: three databases take 60 ms, and a fork takes 3. They have no thread, which a fork would lose."""
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
            self.broken = True  # what it left behind is not known
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
        """Whether a database still answers, after memory ran out."""
        try:
            with self.databases[database].cursor() as cursor:
                return cursor.execute("SELECT count(*) FROM range(100000)").fetchall() == [(100_000,)]
        except (duckdb.Error, MemoryError):
            return False

    def query(self, cursor: duckdb.DuckDBPyConnection, sql: str) -> Query:
        if sql not in self.read:
            if len(self.read) >= REMEMBERED:
                self.read.clear()
            try:
                self.read[sql] = parsed(cursor, sql, known())
            except Refused as refusal:
                self.read[sql] = refusal
        found = self.read[sql]
        if isinstance(found, Refused):
            raise Refused(found.failure, str(found))
        return found


def open_locked(file: Path) -> duckdb.DuckDBPyConnection:
    without = {"disabled_optimizers": ",".join(sorted(known().optimizers - IMPROVED_BY))}
    return duckdb.connect(str(file), read_only=True, config=LOCKED | without)


@cache
def known() -> Known:
    with duckdb.connect(config=LOCKED) as database:  # leaves no thread behind, which a fork would lose
        optimizers = database.execute("SELECT name FROM duckdb_optimizers()").fetchall()
        (tree,) = database.extract_statements("SELECT json_serialize_sql(?)")
        views = database.execute("SELECT lower(view_name) FROM duckdb_views() WHERE internal").fetchall()
        named = [frozenset(name for (name,) in found) for found in (views, optimizers)]
        return Known(functions_of(database), named[0], named[1], tree)


def parsed(cursor: duckdb.DuckDBPyConnection, sql: str, builtin: Known) -> Query:
    """The text as a query, if it is one SELECT that may run."""
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
    """The nodes of the syntax tree."""
    found = cursor.execute(known().tree, [sql]).fetchone()
    nodes: list[dict[str, Any]] = []

    def seen(node: dict[str, Any]) -> dict[str, Any]:
        nodes.append(node)
        return node

    try:
        tree = json.loads(found[0] if found else "", object_hook=seen)
    except RecursionError:
        raise Refused("failed", "too many levels of brackets") from None
    if tree.get("error"):
        raise Refused("not_select", str(tree.get("error_message")))
    return nodes


def functions_of(database: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The functions that are refused; among them macros that read the catalog or call one of the others."""
    known = database.execute("SELECT lower(function_name), macro_definition FROM duckdb_functions()").fetchall()
    refused = {name for name, _ in known if NO_FUNCTIONS.fullmatch(name)}
    macros = {(name, text) for name, text in known if text}
    refused |= {name for name, text in macros if INNER_TEXT.search(text) or refused & set(WORDS.findall(text.lower()))}
    return frozenset(refused)


def tables_of(nodes: list[dict[str, Any]], builtin: Known) -> set[str]:
    """The tables that are named and are not the query's own; Refused if it writes, shows or calls what it may not.

    A name of the query's own counts as such everywhere, so it may be none that means something else out of its scope.
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
        if kind == "COLUMN_REF" and str(node.get("column_names", [""])[-1]).lower() in NO_COLUMNS:
            raise Refused("names", f"there is no column {node['column_names'][-1]!r}")
        function = node.get("function") if kind == "TABLE_FUNCTION" else None
        if isinstance(function, dict) and str(function.get("function_name")).lower() not in TABLE_FUNCTIONS:
            raise Refused("names", f"there is no table function {str(function.get('function_name'))[:60]!r}")
        if str(node.get("function_name")).lower() in builtin.functions:
            raise Refused("names", f"there is no function {node.get('function_name')!r}")
    return named - own
