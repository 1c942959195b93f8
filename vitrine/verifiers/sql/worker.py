"""The process that untrusted SQL runs in. It has nothing of whoever asks but two pipes.

    engine = ready("duckdb", Path("/tmp/…"), {"original": "data/facts/shop/original", …})     once, see `fork_server`
    serve(orders, replies, engine, memory_mb=700)  file descriptors; in a process forked for it
    -> None                                        ready; or a sentence that says why not
    <- {"sql": "select 1", "databases": ["original"], "like": null, "seconds": 0.1, "rows": 5000, "bytes": 2000000}
    -> ([(None, ("1",), [(1,)], "", ())], True)    the outcome of each database up to the first failure, and whether this
                                                   process can go on; where a checksum of rows is given, the others only if
                                                   the first one's have it

The engine (`sql_duckdb`, `sql_sqlite`) reads the text and keeps the session shut. The wall behind it is this process: no file
and no socket can be opened after the start, none can grow, memory and processor time are limited. It ends itself where a
query does not stop. A query is given seconds of this process's work, not of the clock: a busy machine fails no honest one.
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

GRACE = 0.03  # seconds of work between asking a query to stop and ending its process, which costs less than that
CLOCK = 0.8, 4  # seconds, and times its limit, that a query may take by the clock: it may wait for the processor, but not sleep


class Engine(Protocol):
    broken: bool  # this process must not go on

    @staticmethod
    def build(tables: Path, file: Path) -> None: ...
    @staticmethod
    def ready(files: Mapping[str, Path]) -> Callable[[], "Engine"]: ...
    def run(self, database: str, sql: str, *, rows: int, size: int, until: float) -> Outcome: ...
    def stop(self) -> None: ...


ENGINES: Mapping[str, type[DuckDB] | type[SQLite]] = {"duckdb": DuckDB, "sqlite": SQLite}


def ready(engine: str, folder: Path, databases: Mapping[str, str]) -> Callable[[], Engine]:
    """Whatever an engine can do once for all processes that are forked afterwards; what comes back opens it in one of them."""
    files = {name: folder / file for name, file in files_of(databases, engine).items()}
    for name, file in files.items():
        file.parent.mkdir(exist_ok=True)
        ENGINES[engine].build(Path(databases[name]), file)
    return ENGINES[engine].ready(files)


class Worker:
    def __init__(self, engine: Engine, memory_mb: int) -> None:
        self.engine = engine
        self.watch = Watch()
        self.memory = Memory(memory_mb)
        gc.freeze()  # what is here now stays, and need not be looked through again
        shut()

    def answer(
        self, sql: str, databases: list[str], like: int | None, seconds: float, rows: int, size: int
    ) -> tuple[list[Outcome], bool]:
        outcomes: list[Outcome] = []
        for name in databases:
            outcome, early = self.outcome(name, sql, seconds, rows, size)
            if early:
                outcome, _ = self.outcome(name, sql, seconds, rows, size)
            outcomes.append(outcome)
            if outcomes[-1][0] is not None:
                return outcomes, not self.engine.broken and self.memory.is_given_back()
            if like is not None and name == databases[0] and checksum(outcome[2]) != like:
                break
        return outcomes, True

    def outcome(self, database: str, sql: str, seconds: float, rows: int, size: int) -> tuple[Outcome, bool]:
        """What a query comes to, and whether it was stopped before its time: the bell may have rung for the one before it."""
        with self.watch.limit(seconds, self.engine.stop) as until:
            outcome = self.engine.run(database, sql, rows=rows, size=size, until=until)
        return outcome, outcome[0] == "timeout" and process_time() < until


def files_of(databases: Mapping[str, str], engine: str) -> dict[str, str]:
    """One folder each: DuckDB names a database after its file, and no query must learn which of the copies it is asked."""
    return {name: f"{name}/shop.{engine}" for name in databases}


class Memory:
    """`megabytes` more than what is reserved now, and no more."""

    def __init__(self, megabytes: int) -> None:
        self.state = os.open("/proc/self/statm", os.O_RDONLY) if sys.platform == "linux" else None
        self.much = self.reserved() + (megabytes << 20) * 7 // 8
        if self.state is not None:  # elsewhere the limit is refused or not kept
            most = self.reserved() + (megabytes << 20)  # what is reserved grows with every database
            resource.setrlimit(resource.RLIMIT_AS, (most, most))

    def reserved(self) -> int:
        return int(os.pread(self.state, 100, 0).split()[0]) * resource.getpagesize() if self.state is not None else 0

    def is_given_back(self) -> bool:
        """Whether a query that failed has left enough for the next one; DuckDB reserves some, and uses that again."""
        return self.reserved() < self.much or self.state is None


def shut() -> None:
    """From here on: no new file, no new socket, no written byte."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # those that are open stay open
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Watch:
    """Interrupts a query that takes too long; if that does not help, the process ends.

    The alarm clock's signal reaches a waiting thread through a pipe even while the query is deep in C, and costs nothing
    until it rings: starting a timer thread for each query took as long as a small query does. The signal that ends the
    process is the kernel's own, which no lock of Python and no loop of a parser holds up.
    """

    def __init__(self) -> None:
        self.running: tuple[Callable[[], None], float, float] | None = None
        self.bell, ringing = os.pipe()
        os.set_blocking(ringing, False)
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.set_wakeup_fd(ringing, warn_on_full_buffer=False)
        threading.Thread(target=self.wait, daemon=True).start()

    def wait(self) -> None:
        while os.read(self.bell, 1):
            if (running := self.running) is None:
                continue  # it ended as the bell rang
            stop, until, latest = running
            left = min(until - process_time(), latest - monotonic())
            if left <= 0:
                stop()
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.01))  # others have had the processor; or it has yet to stop

    @contextmanager
    def limit(self, seconds: float, stop: Callable[[], None]) -> Iterator[float]:
        """The processor time at which this process will have worked `seconds` more, when `stop` is called."""
        until = process_time() + seconds
        self.running = stop, until, monotonic() + CLOCK[0] + CLOCK[1] * seconds
        signal.setitimer(signal.ITIMER_PROF, seconds + GRACE)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield until
        finally:
            self.running = None
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.setitimer(signal.ITIMER_PROF, 0)


def serve(orders_from: int, replies_to: int, engine: Callable[[], Engine], *, memory_mb: int) -> None:
    """Until the pipe that orders come from is closed, or a query has left this process unfit for another."""
    orders, replies = Connection(orders_from, writable=False), Connection(replies_to, readable=False)
    try:
        worker = Worker(engine(), memory_mb)
    except (duckdb.Error, OSError, ValueError) as error:
        replies.send(first_line(error))
        return
    replies.send(None)
    going = True
    while going:
        try:
            order = json.loads(orders.recv_bytes())
        except (EOFError, OSError):  # whoever asks is gone
            return
        outcomes, going = worker.answer(*(order[name] for name in ("sql", "databases", "like", "seconds", "rows", "bytes")))
        replies.send((outcomes, going))
