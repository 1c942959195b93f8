"""SQLite, shut in: the same walls as in `sql_duckdb`, by SQLite's own means.

    engine = SQLite({"original": Path("/tmp/…/original.sqlite")})
    engine.run("original", "select 1", rows=5000, size=2000000, until=process_time() + 0.1)    ->  (None, ("1",), [(1,)], "", ())

  the text      SQLite shows no syntax tree, but asks before everything that a statement would do, and shows the program it would
                run: it may open the database's own tables, call functions and recur, and nothing else (no catalog, no pragma)
  the session   an immutable read-only file, `query_only`, schemas not trusted, nothing attached, limits on every length and depth
  the names     SQLite takes "nome" for the text 'nome' where there is no such column, so that a misspelled name resolves.
                Names in double quotes are handed on in backticks, which SQLite takes for nothing but names
Times are kept as texts (2017-10-02 10:56:33), decimals as floats, truth as 1 and 0.
"""

import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Any

import duckdb

from vitrine.errors import first_line
from vitrine.verifiers.sql.outcome import MAX_SQL_CHARACTERS, Outcome, Refused, check_readable, fetch_rows, plain

ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
WRITING = {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
NO_FUNCTIONS = re.compile(r"load_extension|sqlite_.*|fts\d.*", re.IGNORECASE)
FIRST_WORD = re.compile(r"\A(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?(?:\*/|\Z))*(\w*)", re.DOTALL)
STATEMENTS = {
    "alter", "analyze", "attach", "begin", "commit", "create", "delete", "detach", "drop", "end", "explain", "insert", "pragma",
    "reindex", "release", "replace", "rollback", "savepoint", "update", "vacuum",
}  # fmt: skip
# Of the things that may hold a double quote, the first alternative: a name. Texts, other quoted names and comments stay.
QUOTED = re.compile(r""""(?P<name>(?:[^"]|"")*)"|'[^']*'|`[^`]*`|\[[^\]]*(?:\]|\Z)|--[^\n]*|/\*.*?(?:\*/|\Z)""", re.DOTALL)
NOT_PARSED = re.compile(r"syntax error|incomplete input|unrecognized token|parser stack overflow")
NAMES = re.compile(
    r"no such|ambiguous|not authorized|prohibited|wrong number of arguments|misuse|same number of result columns|values for|"
    r"BY term|columns? assigned|sub-select returns|no tables specified"
)
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 4 * MAX_SQL_CHARACTERS,
    sqlite3.SQLITE_LIMIT_COLUMN: 1_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 500,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 100,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 100_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 50,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
HEAP = 256 << 20  # bytes
STEPS = 10_000  # of SQLite's machine between two looks at the clock


class SQLite:
    def __init__(self, files: Mapping[str, Path]) -> None:
        self.broken = False
        self.until = 0.0
        self.running: sqlite3.Connection | None = None
        self.denied: tuple[int, str] | None = None
        self.tables: Mapping[int, str] = {}
        self.databases = {name: self.opened(file) for name, file in files.items()}
        self.own = {name: tables_in(database) for name, database in self.databases.items()}
        for database in self.databases.values():
            database.set_authorizer(self.allowed)
            database.set_progress_handler(lambda: process_time() > self.until, STEPS)

    @staticmethod
    def build(tables: Path, file: Path) -> None:
        """An SQLite file with a table for each parquet file of a folder."""
        with duckdb.connect(config={"threads": "1"}) as reader, closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("BEGIN")
            for parquet in sorted(tables.glob("*.parquet")):
                rows = reader.execute("SELECT * FROM read_parquet(?)", [str(parquet)])
                columns = ", ".join(quoted(str(column[0])) for column in rows.description or ())
                database.execute(f"CREATE TABLE {quoted(parquet.stem)} ({columns})")
                insert = f"INSERT INTO {quoted(parquet.stem)} VALUES ({', '.join('?' for _ in rows.description or ())})"
                while some := rows.fetchmany(10_000):
                    database.executemany(insert, [tuple(map(stored, row)) for row in some])
            database.execute("COMMIT")

    @staticmethod
    def ready(files: Mapping[str, Path]) -> Callable[[], "SQLite"]:
        """Opened in each process: its connections may not be carried into a fork, and open in a millisecond."""
        return lambda: SQLite(files)

    def opened(self, file: Path) -> sqlite3.Connection:
        address = f"{file.as_uri()}?mode=ro&immutable=1"
        database = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, cached_statements=0)
        for setting in ("query_only = 1", "trusted_schema = OFF", "temp_store = MEMORY", f"hard_heap_limit = {HEAP}"):
            database.execute(f"PRAGMA {setting}").fetchall()
        for limit, most in LIMITS.items():
            database.setlimit(limit, most)
        return database

    def allowed(self, action: int, first: str | None, second: str | None, _database: str | None, _inner: str | None) -> int:
        """SQLite asks before each thing that a statement would do."""
        fine = action in ALLOWED
        if action == sqlite3.SQLITE_READ:
            fine = not second or str(first).lower() in self.tables.values()  # no column: of whatever is in the FROM clause
        if action == sqlite3.SQLITE_FUNCTION:
            fine = not NO_FUNCTIONS.fullmatch(str(second))
        if not fine:
            self.denied = self.denied or (action, str(second if action == sqlite3.SQLITE_FUNCTION else first))
        return sqlite3.SQLITE_OK if fine else sqlite3.SQLITE_DENY

    def stop(self) -> None:
        if self.running is not None:
            self.running.interrupt()

    def run(self, database: str, sql: str, *, rows: int, size: int, until: float) -> Outcome:
        self.denied, self.until, self.tables = None, until, self.own[database]
        reads: tuple[str, ...] = ()
        self.running = connection = self.databases[database]
        try:
            select_only(sql)
            sql = with_backticks(sql)
            with closing(connection.cursor()) as cursor:
                reads = self.opens(cursor.execute(f"EXPLAIN {sql}").fetchall())
                cursor.execute(sql)
                columns = tuple(str(column[0]) for column in cursor.description)
                return fetch_rows(columns, cursor.fetchmany, reads, rows=rows, size=size, until=until)
        except Refused as refusal:
            return refusal.failure, (), [], str(refusal), ()
        except (sqlite3.Error, sqlite3.Warning, MemoryError, ValueError, OverflowError) as error:
            failure, why = self.failure(error)
            return failure, (), [], why, reads if failure in ("failed", "timeout") else ()
        finally:
            self.running = None

    def opens(self, program: list[Any]) -> tuple[str, ...]:
        """The tables that a program opens, each known by its first page: how it is joined does not hide one."""
        pages = {int(step[3]) for step in program if step[1] == "OpenRead"}
        if any(step[1] == "VOpen" for step in program) or not pages <= self.tables.keys():
            raise Refused("names", "there is no such table")
        return tuple(sorted(self.tables[page] for page in pages))

    def failure(self, error: Exception) -> tuple[str, str]:
        why, name = first_line(error), getattr(error, "sqlite_errorname", "")
        if self.denied is not None:
            action, what = self.denied
            if action in WRITING and not what.startswith("sqlite_"):
                return "not_select", f"a statement that writes to {what[:60]!r}, where one SELECT belongs"
            return "names", f"there is no {what[:60]!r}"
        if name == "SQLITE_INTERRUPT":
            return "timeout", "stopped before it had ended"
        if "one statement at a time" in why:
            return "not_select", "several statements, where one SELECT belongs"
        if name == "SQLITE_ERROR" and NOT_PARSED.search(why):
            return "not_parsed", why
        if name == "SQLITE_ERROR" and NAMES.search(why):
            return "names", why
        self.broken = str(name).startswith(("SQLITE_CORRUPT", "SQLITE_IOERR", "SQLITE_NOTADB", "SQLITE_INTERNAL"))
        return "failed", why


def tables_in(database: sqlite3.Connection) -> dict[int, str]:
    """Its tables by their first page; each is read once, because no file can be opened later."""
    found = {int(page): str(name) for name, page in database.execute("SELECT name, rootpage FROM sqlite_master")}
    for name in found.values():
        database.execute(f"SELECT count(*) FROM {quoted(name)}").fetchall()
    return {page: name.lower() for page, name in found.items()}


def select_only(sql: str) -> None:
    """Refuse what begins like anything but a query; the rest is SQLite's to refuse."""
    check_readable(sql)
    found = FIRST_WORD.match(sql)
    word = found[1].lower() if found else ""
    if word in STATEMENTS:
        raise Refused("not_select", f"{word.upper()}, where one SELECT belongs")
    if word not in ("select", "with", "values"):
        raise Refused("not_parsed", "no SELECT")


def with_backticks(sql: str) -> str:
    """The query with its double-quoted names in backticks. (Python can switch the misfeature off from 3.12 on only.)"""

    def spelled(found: re.Match[str]) -> str:
        name = found["name"]
        return found[0] if name is None else "`" + name.replace('""', '"').replace("`", "``") + "`"

    return QUOTED.sub(spelled, sql)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def stored(value: object) -> object:
    """What SQLite keeps of a value."""
    if value is None or isinstance(value, (int, float, str)):
        return value
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat(sep=" ") if isinstance(value, datetime) else plain(value)
