"""SQLite, locked down: the same walls as in `duckdb_engine`, by SQLite's own means.

    engine = SQLite({"original": Path("/tmp/…/original.sqlite")})
    engine.run("original", "select 1", rows=5000, size=2000000, until=process_time() + 0.1)    ->  (None, ("1",), [(1,)], "", ())

  the text      SQLite shows no syntax tree, but calls an authorizer before each action of a statement and shows the program that
                it would run. A query may open the database's tables, call functions and recurse, but use no catalog or pragma
  the session   an immutable read-only file, `query_only`, untrusted schemas, nothing attached, limits on every length and depth
  the names     if there is no column "nome", SQLite takes it for the string 'nome', so that a misspelled name would resolve.
                Double-quoted names are therefore passed in backticks, which SQLite always takes for names
Times are stored as text (2017-10-02 10:56:33), decimals as floats, booleans as 1 and 0.
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
REFUSED_FUNCTIONS = re.compile(r"load_extension|sqlite_.*|fts\d.*", re.IGNORECASE)
FIRST_WORD = re.compile(r"\A(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?(?:\*/|\Z))*(\w*)", re.DOTALL)
STATEMENTS = {
    "alter", "analyze", "attach", "begin", "commit", "create", "delete", "detach", "drop", "end", "explain", "insert", "pragma",
    "reindex", "release", "replace", "rollback", "savepoint", "update", "vacuum",
}  # fmt: skip
# Everything that may contain a double quote. The first alternative is a name; strings, other quoted names and comments stay.
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
STEPS = 10_000  # of SQLite's virtual machine between two checks of the clock


class SQLite:
    def __init__(self, files: Mapping[str, Path]) -> None:
        self.broken = False
        self.until = 0.0
        self.running: sqlite3.Connection | None = None
        self.denied: tuple[int, str] | None = None
        self.tables: Mapping[int, str] = {}
        self.databases = {name: self.open(file) for name, file in files.items()}
        self.own = {name: tables_in(database) for name, database in self.databases.items()}
        for database in self.databases.values():
            database.set_authorizer(self.authorize)
            database.set_progress_handler(lambda: process_time() > self.until, STEPS)

    @staticmethod
    def build(tables: Path, file: Path) -> None:
        """Write an SQLite file with one table per parquet file of a folder."""
        with duckdb.connect(config={"threads": "1"}) as reader, closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("BEGIN")
            for parquet in sorted(tables.glob("*.parquet")):
                rows = reader.execute("SELECT * FROM read_parquet(?)", [str(parquet)])
                columns = ", ".join(quoted(str(column[0])) for column in rows.description or ())
                database.execute(f"CREATE TABLE {quoted(parquet.stem)} ({columns})")
                insert = f"INSERT INTO {quoted(parquet.stem)} VALUES ({', '.join('?' for _ in rows.description or ())})"
                while batch := rows.fetchmany(10_000):
                    database.executemany(insert, [tuple(map(stored, row)) for row in batch])
            database.execute("COMMIT")

    @staticmethod
    def prepare(files: Mapping[str, Path]) -> Callable[[], "SQLite"]:
        """Open the databases in each fork: SQLite connections must not cross a fork, and opening takes 1 ms."""
        return lambda: SQLite(files)

    def open(self, file: Path) -> sqlite3.Connection:
        address = f"{file.as_uri()}?mode=ro&immutable=1"
        database = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, cached_statements=0)
        for setting in ("query_only = 1", "trusted_schema = OFF", "temp_store = MEMORY", f"hard_heap_limit = {HEAP}"):
            database.execute(f"PRAGMA {setting}").fetchall()
        for limit, value in LIMITS.items():
            database.setlimit(limit, value)
        return database

    def authorize(self, action: int, first: str | None, second: str | None, _database: str | None, _inner: str | None) -> int:
        """SQLite calls this before each action of a statement."""
        allowed = action in ALLOWED
        if action == sqlite3.SQLITE_READ:
            allowed = not second or str(first).lower() in self.tables.values()  # no column: any table in the FROM clause
        if action == sqlite3.SQLITE_FUNCTION:
            allowed = not REFUSED_FUNCTIONS.fullmatch(str(second))
        if not allowed:
            self.denied = self.denied or (action, str(second if action == sqlite3.SQLITE_FUNCTION else first))
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

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
                reads = self.opened_tables(cursor.execute(f"EXPLAIN {sql}").fetchall())
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

    def opened_tables(self, program: list[Any]) -> tuple[str, ...]:
        """The tables that a program opens, identified by their first page, however they are joined."""
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
    """The tables by their first page. Each is read once, because no file can be opened later."""
    tables = {int(page): str(name) for name, page in database.execute("SELECT name, rootpage FROM sqlite_master")}
    for name in tables.values():
        database.execute(f"SELECT count(*) FROM {quoted(name)}").fetchall()
    return {page: name.lower() for page, name in tables.items()}


def select_only(sql: str) -> None:
    """Refuse texts that do not begin like a query; SQLite refuses the rest."""
    check_readable(sql)
    match = FIRST_WORD.match(sql)
    word = match[1].lower() if match else ""
    if word in STATEMENTS:
        raise Refused("not_select", f"{word.upper()}, where one SELECT belongs")
    if word not in ("select", "with", "values"):
        raise Refused("not_parsed", "no SELECT")


def with_backticks(sql: str) -> str:
    """Put double-quoted names in backticks. (Python can switch this SQLite feature off only from 3.12 on.)"""

    def requote(match: re.Match[str]) -> str:
        name = match["name"]
        return match[0] if name is None else "`" + name.replace('""', '"').replace("`", "``") + "`"

    return QUOTED.sub(requote, sql)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def stored(value: object) -> object:
    """A value as SQLite stores it."""
    if value is None or isinstance(value, (int, float, str)):
        return value
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat(sep=" ") if isinstance(value, datetime) else plain(value)
