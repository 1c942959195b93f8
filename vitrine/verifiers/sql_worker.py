"""The process that untrusted SQL runs in. It is started by file, imports nothing of this project, and speaks over two pipes.

    python -P sql_worker.py 3                      its replies leave by file descriptor 3, its orders arrive on stdin
    <- {"folder": "/tmp/…", "databases": {"original": "data/facts/shop/original", …}, "memory_mb": 700}
    -> None                                         ready; or a sentence that says why not
    <- {"sql": "select 1", "databases": ["original"], "seconds": 0.5, "rows": 5000, "bytes": 2000000}
    -> ([(None, ("1",), [(1,)], "")], True)         (failure, columns, rows, why) of each database up to the first failure,
                                                    and whether this process can go on

One wall behind another, because any of them may have a hole:
  the text      one statement, a SELECT by DuckDB's own parser; its syntax tree holds no other query (DuckDB lets a CTE write),
                no table but the database's own and the query's, no table function but four (others take files or
                addresses in memory), no function that sleeps, logs or keeps state
  the session   a read-only file, no external access, no extension, locked settings, a cursor of its own for each query
  the process   no file and no socket can be opened after the start, none can grow, memory and processor time are
                limited, and it ends itself where a query does not stop
"""

import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, sleep
from uuid import UUID  # with the other types of values: no module can be imported once files cannot be opened

import duckdb

LOCKED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "256MB",
    "threads": "1",  # a sum of floats must not depend on the order of threads
    "max_temp_directory_size": "0B",
    # DuckDB 2.0's rewriter spends 5 ms on each `year(timestamp) = 2017`, fifteen times what such a query takes without it
    "disabled_optimizers": "expression_rewriter",
    "lock_configuration": "true",
}
LONGEST = 20_000  # characters of SQL
LATE = 124  # how this process exits where a query did not stop
GRACE = 0.5  # seconds between asking a query to stop and ending the process
QUERIES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
TABLE_FUNCTIONS = {"range", "generate_series", "unnest", "json_each"}
NO_FUNCTIONS = {
    "sleep_ms", "write_log", "setseed", "setval", "nextval", "currval", "current_setting", "getvariable", "getenv", "stats",
    "json_serialize_sql", "json_serialize_plan", "json_deserialize_sql", "json_execute_serialized_sql",
}  # fmt: skip

Outcome = tuple["str | None", tuple[str, ...], list[tuple[object, ...]], str]


class Refused(Exception):
    """The text is not a query that is run here."""

    def __init__(self, failure: str, why: str) -> None:
        super().__init__(why)
        self.failure = failure


class Worker:
    def __init__(self, folder: Path, databases: dict[str, str], memory_mb: int) -> None:
        files = {name: folder / f"{name}.duckdb" for name in databases}
        for name, file in files.items():
            if not file.exists():
                build(Path(databases[name]), file)
        self.databases = {name: duckdb.connect(str(file), read_only=True, config=LOCKED) for name, file in files.items()}
        self.tables = {
            name: {row[0].lower() for row in database.execute("select table_name from information_schema.tables").fetchall()}
            for name, database in self.databases.items()
        }
        self.watch = Watch()
        shut(memory_mb)

    def answer(self, sql: str, databases: list[str], seconds: float, rows: int, size: int) -> tuple[list[Outcome], bool]:
        outcomes: list[Outcome] = []
        try:
            nodes: list[dict[str, object]] = []
            for name in databases:
                with self.watch.limit(seconds, self.databases[name].cursor()) as cursor:
                    nodes = nodes or parsed(cursor, sql)
                    check(nodes, self.tables[name])
                    outcomes.append(rows_of(cursor, sql, rows, size))
                if outcomes[-1][0] is not None:
                    break
        except Refused as refusal:
            outcomes.append((refusal.failure, (), [], str(refusal)))
        except duckdb.InterruptException:
            outcomes.append(("timeout", (), [], f"stopped after {seconds} s"))
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            outcomes.append(("names", (), [], first_line(error)))
        except (duckdb.InternalException, duckdb.FatalException, duckdb.OutOfMemoryException, MemoryError) as error:
            return [*outcomes, ("failed", (), [], first_line(error))], False  # what it left behind is not known
        except (duckdb.Error, RuntimeError, ValueError, TypeError, OverflowError, ImportError) as error:
            outcomes.append(("failed", (), [], first_line(error)))
        return outcomes, True


def build(tables: Path, file: Path) -> None:
    """A DuckDB file with a table for each parquet file of a folder."""
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with duckdb.connect(str(unfinished), config={"threads": "1"}) as database:
        for parquet in sorted(tables.glob("*.parquet")):
            name = parquet.stem.replace('"', '""')
            database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM read_parquet(?)', [str(parquet)])
    unfinished.rename(file)


def shut(memory_mb: int) -> None:
    """From here on: no new file, no new socket, no written byte, and `memory_mb` more of memory."""
    if sys.platform == "linux":  # elsewhere the limit is refused or not kept
        reserved = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()  # grows with every database
        resource.setrlimit(resource.RLIMIT_AS, (reserved + (memory_mb << 20), reserved + (memory_mb << 20)))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # those that are open stay open
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Watch:
    """Interrupts a query that takes too long; if that does not help, ends this process.

    The alarm clock's signal reaches a waiting thread through a pipe even while the query is deep in C, and costs nothing
    until it rings: starting a timer thread for each query took as long as a small query does.
    """

    def __init__(self) -> None:
        self.running: tuple[duckdb.DuckDBPyConnection | None, float] = (None, 0.0)
        self.bell, ringing = os.pipe()
        os.set_blocking(ringing, False)
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.set_wakeup_fd(ringing, warn_on_full_buffer=False)
        threading.Thread(target=self.wait, daemon=True).start()

    def wait(self) -> None:
        while os.read(self.bell, 1):
            query, until = self.running
            if query is None or monotonic() < until:
                continue  # it ended as the bell rang
            with suppress(duckdb.Error):
                query.interrupt()
            sleep(GRACE)
            if self.running[0] is query:
                os._exit(LATE)

    @contextmanager
    def limit(self, seconds: float, cursor: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose query may take `seconds`."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds + GRACE) + 2, most))
        self.running = cursor, monotonic() + seconds
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield cursor
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self.running = None, 0.0
            cursor.close()


def parsed(cursor: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, object]]:
    """The nodes of the syntax tree, if it is that of one SELECT."""
    if len(sql) > LONGEST:
        raise Refused("not_parsed", f"{len(sql)} characters of SQL, and {LONGEST} is the most that is read")
    if "\0" in sql:
        raise Refused("not_parsed", "a zero byte")
    try:
        sql.encode()
        statements = cursor.extract_statements(sql)
    except (duckdb.ParserException, duckdb.SyntaxException, UnicodeEncodeError, duckdb.InvalidInputException) as error:
        raise Refused("not_parsed", first_line(error)) from error
    if not statements:
        raise Refused("not_parsed", "no statement")
    kinds = [statement.type.name for statement in statements]
    if kinds != ["SELECT"]:
        raise Refused("not_select", f"{' and '.join(kinds[:5])}, where one SELECT belongs")
    found = cursor.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    nodes: list[dict[str, object]] = []

    def seen(node: dict[str, object]) -> dict[str, object]:
        nodes.append(node)
        return node

    try:
        tree = json.loads(found[0] if found else "", object_hook=seen)
    except RecursionError:
        raise Refused("failed", "too many levels of brackets") from None
    if tree.get("error"):
        raise Refused("not_select", str(tree.get("error_message")))
    return nodes


def check(nodes: list[dict[str, object]], tables: set[str]) -> None:
    """Refuse a query that writes, that shows the catalog, or that reads anything but `tables` and its own parts."""
    own = {str(node["key"]).lower() for node in nodes if "key" in node and isinstance(node.get("value"), dict)}
    for node in nodes:
        kind = str(node.get("type"))
        if (kind.endswith("_NODE") and kind not in QUERIES) or kind == "SHOW_REF":
            raise Refused("not_select", f"a {kind.partition('_')[0]} inside the SELECT")
        if kind == "BASE_TABLE":
            table, schema = str(node.get("table_name")).lower(), str(node.get("schema_name")).lower()
            if node.get("catalog_name") or schema not in ("", "main") or table not in tables | own:
                raise Refused("names", f"there is no table {str(node.get('table_name'))[:60]!r}")
        function = node.get("function") if kind == "TABLE_FUNCTION" else None
        if isinstance(function, dict) and str(function.get("function_name")).lower() not in TABLE_FUNCTIONS:
            raise Refused("names", f"there is no table function {str(function.get('function_name'))[:60]!r}")
        if str(node.get("function_name")).lower() in NO_FUNCTIONS:
            raise Refused("names", f"there is no function {node.get('function_name')!r}")


def rows_of(cursor: duckdb.DuckDBPyConnection, sql: str, rows: int, size: int) -> Outcome:
    cursor.execute(sql)
    columns = tuple(str(column[0]) for column in cursor.description or ())
    found: list[tuple[object, ...]] = []
    weight = 0
    while some := cursor.fetchmany(200):
        for row in some:
            values = tuple(plain(value) for value in row)
            weight += sum(len(value) if isinstance(value, str) else 16 for value in values)
            found.append(values)
        if len(found) > rows or weight > size:
            return "too_large", columns, [], f"more than {rows} rows or {size} bytes"
    return None, columns, found, ""


def plain(value: object) -> object:
    """`value` as one of None, bool, int, float and str, so that nothing else needs to be read from this process."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() and value.tzinfo is None else value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(str(plain(item)) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{plain(key)}: {plain(item)}' for key, item in value.items())}}}"
    return str(value)


def first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end closes the pipe
    orders, replies = Connection(0, writable=False), Connection(int(sys.argv[1]), readable=False)
    start = json.loads(orders.recv_bytes())
    folder = Path(start["folder"])
    try:
        worker = Worker(folder, start["databases"], start["memory_mb"])
    except (duckdb.Error, OSError, ValueError) as error:
        replies.send(first_line(error))
        return
    replies.send(None)
    going = True
    while going:
        try:
            order = json.loads(orders.recv_bytes())
        except (EOFError, OSError):  # the parent is gone: leave nothing behind
            for file in [*(folder / f"{name}.duckdb" for name in start["databases"]), folder / "worker.log"]:
                file.unlink(missing_ok=True)
            folder.rmdir()
            return
        outcomes, going = worker.answer(order["sql"], order["databases"], order["seconds"], order["rows"], order["bytes"])
        replies.send((outcomes, going))


if __name__ == "__main__":
    main()
