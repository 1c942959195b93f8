"""The process that runs untrusted SQL. Its only link to the client is two pipes.

    engine = prepare("duckdb", Path("/tmp/…"), {"original": "data/facts/shop/original", …})     once, in the fork server
    serve(orders, replies, engine, memory_mb=700)  in a fork; orders and replies are file descriptors
    -> None                                        ready; or an error message
    <- {"sql": "select 1", "databases": ["original"], "gold_checksum": null, "seconds": 0.1, "rows": 5000, "bytes": 2000000}
    -> ([(None, ("1",), [(1,)], "", ())], True)    outcomes by database up to the first failure, and whether this process
                                                   can go on. If a checksum is given, the copies run only if the rows of
                                                   the first database have it

The engine (`duckdb_engine`, `sqlite_engine`) checks the text and locks the session. The wall behind it is this process: after the
start it cannot open files or sockets or write a byte, and its memory and processor time are limited. If a query does not stop,
the process ends itself. The limit is process time, not wall clock, so a busy machine fails no honest query.
"""

import gc
import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, process_time
from typing import Protocol

import duckdb

from vitrine.errors import first_line
from vitrine.verifiers.sql.duckdb_engine import DuckDB
from vitrine.verifiers.sql.outcome import Outcome, checksum
from vitrine.verifiers.sql.sqlite_engine import SQLite

KILL_DELAY_S = 0.03  # process time between interrupting a query and killing the process, which costs less
WALL_CLOCK_LIMIT = 0.8, 4  # seconds, plus this many times the limit: a query may wait for the processor, but not sleep


class Engine(Protocol):
    broken: bool  # this process must not be used again

    @staticmethod
    def build(tables: Path, file: Path) -> None: ...
    @staticmethod
    def prepare(files: Mapping[str, Path]) -> Callable[[], "Engine"]: ...
    def run(self, database: str, sql: str, *, rows: int, size: int, until: float) -> Outcome: ...
    def stop(self) -> None: ...


ENGINES: Mapping[str, type[DuckDB] | type[SQLite]] = {"duckdb": DuckDB, "sqlite": SQLite}


def prepare(engine: str, folder: Path, databases: Mapping[str, str]) -> Callable[[], Engine]:
    """Build the database files once for all forks. Return a function that opens the engine in a fork."""
    files = {name: folder / file for name, file in files_of(databases, engine).items()}
    for name, file in files.items():
        file.parent.mkdir(exist_ok=True)
        ENGINES[engine].build(Path(databases[name]), file)
    return ENGINES[engine].prepare(files)


class Worker:
    def __init__(self, engine: Engine, memory_mb: int) -> None:
        self.engine = engine
        self.watchdog = Watchdog()
        self.memory = MemoryLimit(memory_mb)
        gc.freeze()  # these objects stay; the collector need not scan them
        lock_process()

    def run(
        self, sql: str, databases: list[str], gold_checksum: int | None, seconds: float, rows: int, size: int
    ) -> tuple[list[Outcome], bool]:
        outcomes: list[Outcome] = []
        for name in databases:
            outcome, stopped_early = self.outcome(name, sql, seconds, rows, size)
            if stopped_early:
                outcome, _ = self.outcome(name, sql, seconds, rows, size)
            outcomes.append(outcome)
            if outcomes[-1][0] is not None:
                return outcomes, not self.engine.broken and self.memory.is_given_back()
            if gold_checksum is not None and name == databases[0] and checksum(outcome[2]) != gold_checksum:
                break
        return outcomes, True

    def outcome(self, database: str, sql: str, seconds: float, rows: int, size: int) -> tuple[Outcome, bool]:
        """Run a query. Also return whether it was stopped too early: the alarm may have been for the previous query."""
        with self.watchdog.limit(seconds, self.engine.stop) as until:
            outcome = self.engine.run(database, sql, rows=rows, size=size, until=until)
        return outcome, outcome[0] == "timeout" and process_time() < until


def files_of(databases: Mapping[str, str], engine: str) -> dict[str, str]:
    """One folder per database: DuckDB names a database after its file, and the name must not reveal the copy."""
    return {name: f"{name}/shop.{engine}" for name in databases}


class MemoryLimit:
    """Limits this process to `megabytes` more memory than it has reserved now."""

    def __init__(self, megabytes: int) -> None:
        self.state = os.open("/proc/self/statm", os.O_RDONLY) if sys.platform == "linux" else None
        self.usable_below = self.reserved() + (megabytes << 20) * 7 // 8
        if self.state is not None:  # other systems refuse or ignore the limit
            limit = self.reserved() + (megabytes << 20)  # each database adds to what is reserved
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    def reserved(self) -> int:
        return int(os.pread(self.state, 100, 0).split()[0]) * resource.getpagesize() if self.state is not None else 0

    def is_given_back(self) -> bool:
        """Whether a failed query left enough memory for the next one. DuckDB keeps some reserved and reuses it."""
        return self.reserved() < self.usable_below or self.state is None


def lock_process() -> None:
    """From here on no file or socket can be opened and no byte written."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # open ones stay open
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Watchdog:
    """Interrupts a query that takes too long. If that does not help, the kernel ends the process.

    SIGALRM reaches a waiting thread through a pipe even while the query runs in C, and costs nothing until it fires; starting a
    timer thread per query would take as long as a small query. SIGPROF has its default action, so no Python lock or parser loop
    delays it.
    """

    def __init__(self) -> None:
        self.running: tuple[Callable[[], None], float, float] | None = None
        self.alarm, wakeup = os.pipe()
        os.set_blocking(wakeup, False)
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        threading.Thread(target=self.wait, daemon=True).start()

    def wait(self) -> None:
        while os.read(self.alarm, 1):
            if (running := self.running) is None:
                continue  # the query ended just before the alarm
            stop, until, wall_deadline = running
            left = min(until - process_time(), wall_deadline - monotonic())
            if left <= 0:
                stop()
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.01))  # other processes ran, or the query has yet to stop

    @contextmanager
    def limit(self, seconds: float, stop: Callable[[], None]) -> Iterator[float]:
        """Call `stop` after `seconds` of process time. Yields that moment as a process time."""
        until = process_time() + seconds
        self.running = stop, until, monotonic() + WALL_CLOCK_LIMIT[0] + WALL_CLOCK_LIMIT[1] * seconds
        signal.setitimer(signal.ITIMER_PROF, seconds + KILL_DELAY_S)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield until
        finally:
            self.running = None
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.setitimer(signal.ITIMER_PROF, 0)


def serve(orders_from: int, replies_to: int, engine: Callable[[], Engine], *, memory_mb: int) -> None:
    """Serve orders until the pipe is closed or a query has left this process unusable."""
    orders, replies = Connection(orders_from, writable=False), Connection(replies_to, readable=False)
    try:
        worker = Worker(engine(), memory_mb)
    except (duckdb.Error, OSError, ValueError) as error:
        replies.send(first_line(error))
        return
    replies.send(None)
    can_continue = True
    while can_continue:
        try:
            order = json.loads(orders.recv_bytes())
        except (EOFError, OSError):  # the client is gone
            return
        names = ("sql", "databases", "gold_checksum", "seconds", "rows", "bytes")
        outcomes, can_continue = worker.run(*(order[name] for name in names))
        replies.send((outcomes, can_continue))
