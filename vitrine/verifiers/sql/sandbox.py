"""Runs SQL that a model wrote, where it can do no harm: in processes of their own over read-only copies of small tables.

    with Sandbox({"original": Path("data/facts/shop/original"), "perturbed_1": …}) as sandbox:
        sandbox.run("select count(*) from orders").rows                ->  ((2000,),)
        sandbox.run("copy orders to '/tmp/x'").failure                 ->  "not_select"
        sandbox.run_all("select count(*) from orders")["perturbed_1"]  ->  Result(…)
    Sandbox.at(Path("data/facts/shop"))                                one for all callers; its databases are the subfolders
    Sandbox({"original": Path(…)}, engine="sqlite")                    the same over SQLite
    sandbox.preload("select …", {"original": result.to_json(), …})       what is known of a query of ours, which need not run again

The walls are in `worker`. Threads ask different processes, up to `workers`, so that an endless query holds up nobody but
itself. A query is stopped after `seconds` of its process's work, and never run again: what it came to is kept. One whose
process was killed from outside has had no fair hearing and is asked once more. VerifierError means that there is no database
or that no process can be started.
"""

import atexit
import os
import shutil
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Literal, Self, get_args

from vitrine.errors import VerifierError
from vitrine.verifiers.sql.cache import ResultCache
from vitrine.verifiers.sql.process import ForkServer, WorkerExited, WorkerProcess
from vitrine.verifiers.sql.results import Result

Engine = Literal["duckdb", "sqlite"]

# The hardest honest query seen takes 8 ms of work over the small shop and 60 ms over all of Olist (16 MB), a quarter and a sixth
# of what it is given. The limit follows from the files alone: whatever else a batch holds, a query is judged alike.
SECONDS = 0.03
SECONDS_PER_MEGABYTE = 0.02  # of the largest database's parquet
MAX_WORKERS = 4  # each reserves memory and holds databases; rollouts come from a few cores at most
GOLD_TIME_FACTOR = 20  # times as long for a gold query
REPLY_TIMEOUT_S = (
    20  # seconds of wall clock that a process may owe a reply: longer than any limit of its own takes on a busy machine
)
CACHED_VERDICTS = 20_000
CACHED_CELLS = 1_000_000
MAX_CACHED_RESULT_CELLS = 2_000  # cells of a result that is kept


class Sandbox:
    _shared: ClassVar[dict[tuple[Path, str], "Sandbox"]] = {}

    def __init__(
        self,
        databases: Mapping[str, Path],
        *,
        engine: Engine = "duckdb",
        seconds: float | None = None,
        workers: int | None = None,
        rows: int = 5_000,
        size: int = 2_000_000,
        memory_mb: int = 700,
    ) -> None:
        if not databases:
            raise VerifierError("a SQL sandbox needs at least one folder of parquet files, and none was given")
        if engine not in get_args(Engine):
            raise VerifierError(f"the SQL engine is one of {', '.join(get_args(Engine))}, and not {engine!r}")
        for name, folder in databases.items():
            if not any(Path(folder).glob("*.parquet")):
                raise VerifierError(
                    f"the SQL database {name!r} needs parquet files in {folder}, and there are none; run `dvc repro format`"
                )
        self.databases = {name: Path(folder).resolve() for name, folder in databases.items()}
        self.engine: Engine = engine
        self.seconds = time_limit(self.databases) if seconds is None else seconds
        self.workers = workers or min(
            MAX_WORKERS, len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        )
        self.rows, self.size, self.memory_mb = rows, size, memory_mb
        self._cache: ResultCache[tuple[str, str], Result] = ResultCache(CACHED_CELLS)
        self.verdicts: ResultCache[tuple[str, str], Any] = ResultCache(
            CACHED_VERDICTS
        )  # of `sql.judge`, by what was said and the gold query
        self._fork_server: ForkServer | None = None
        self._idle: list[WorkerProcess] = []
        self._all: weakref.WeakSet[WorkerProcess] = weakref.WeakSet()
        self._begin()
        _open.add(self)

    @classmethod
    def at(cls, folder: Path, *, engine: Engine = "duckdb") -> "Sandbox":
        """The sandbox of this process over the subfolders of `folder`; the first by name is the original."""
        place = Path(folder).resolve()
        if (place, engine) not in cls._shared:
            copies = sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else []
            if not copies:
                raise VerifierError(
                    f"{folder} should hold a folder of parquet files for each SQL database; run `dvc repro format`"
                )
            cls._shared[place, engine] = cls({copy.name: copy for copy in copies}, engine=engine)
        return cls._shared[place, engine]

    @property
    def original(self) -> str:
        return next(iter(self.databases))

    def run(self, sql: str, database: str | None = None) -> Result:
        """What `sql` returns in one database, the first if none is named."""
        name = self.original if database is None else database
        if name not in self.databases:
            raise VerifierError(f"there is no SQL database {name!r} here, only {', '.join(self.databases)}")
        return self._results(sql, [name], self.seconds)[name]

    def run_all(self, sql: str, databases: Sequence[str] | None = None, *, gold: bool = False) -> dict[str, Result]:
        """What `sql` returns in each database, or each of some; after the first failure, that failure.

        A gold query is ours and ends: it has time even where a reply has not, since nothing can be scored without it.
        """
        names = list(self.databases if databases is None else databases)
        return self._results(sql, names, self.seconds * GOLD_TIME_FACTOR if gold else self.seconds)

    def run_against(self, sql: str, gold: Result) -> dict[str, Result]:
        """What `sql` returns in the original, and in every copy if it returned the very rows of the gold query there.

        The copies are then wanted too: one question to the process instead of two.
        """
        return self._results(sql, list(self.databases), self.seconds, gold.checksum)

    def preload(self, sql: str, results: Mapping[str, Mapping[str, Any]]) -> None:
        """What `sql` returns in these databases, from who has run it on the same ones: while that is kept it is not run."""
        for name, written in results.items():
            if name in self.databases and self._cache.get((name, sql)) is None:
                self._keep(name, sql, Result.from_json(written))

    def clear_cache(self) -> None:
        """Keep no answers: every query is run again."""
        self._cache.clear()
        self.verdicts.clear()

    def close(self) -> None:
        """End the processes, once they have answered, and delete their files; the next query starts others."""
        free = [self._slots.acquire(timeout=REPLY_TIMEOUT_S) for _ in range(self.workers)]
        try:
            while self._idle:
                self._idle.pop().close()
            self._close_fork_server()
        finally:
            for _ in filter(None, free):
                self._slots.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _begin(self) -> None:
        self._slots = threading.BoundedSemaphore(self.workers)
        self._starting = threading.Lock()
        self._idle, self._fork_server = [], None
        self._all.clear()

    def _after_fork(self) -> None:
        """The processes are the parent's, and so may be whoever holds the locks."""
        for process in self._all:
            process.detach()
        if self._fork_server is not None:
            self._fork_server.detach()
        self.clear_cache()
        self._begin()

    def _results(self, sql: str, names: list[str], seconds: float, like: int | None = None) -> dict[str, Result]:
        known = {name: self._cache.get((name, sql)) for name in names}
        patient = seconds > self.seconds
        results = {name: result for name, result in known.items() if result and not (patient and result.failure == "timeout")}
        first_failed = next((place for place, name in enumerate(names) if name in results and results[name].failure), len(names))
        wanted = [name for name in names[:first_failed] if name not in results]  # a copy's failure is not that of one before it
        if like is not None and names[0] in results:
            wanted = wanted if like == results[names[0]].checksum else []
        if wanted:
            results |= self._ask(sql, wanted, seconds, like if wanted[0] == names[0] else None)
        found: dict[str, Result] = {}
        failed: Result | None = None
        for name in names:
            if failed is None and name not in results:
                break  # the rows of the first are not the gold query's, and nobody wants the others
            found[name] = failed or results[name]
            failed = found[name] if found[name].failure else None
            if like is not None and name == names[0] and failed is None and found[name].checksum != like:
                break
        return found

    def _ask(self, sql: str, names: list[str], seconds: float, like: int | None) -> dict[str, Result]:
        order = {"sql": sql, "databases": names, "like": like, "seconds": seconds, "rows": self.rows, "bytes": self.size}
        try:
            try:
                outcomes = self._answered(order)
            except WorkerExited as gone:
                if not gone.outside:
                    raise
                outcomes = self._answered(order)
        except WorkerExited as gone:
            failure = Result(failure=gone.failure, why=str(gone), fair=not gone.outside)
            if not gone.outside:
                self._cache.put((names[0], sql), failure)
            return dict.fromkeys(names, failure)
        results = [Result(tuple(cols), tuple(rows), failure, why, tuple(reads)) for failure, cols, rows, why, reads in outcomes]
        for name, result in zip(names, results, strict=False):
            self._keep(name, sql, result)
        failed = results[-1:] if results[-1].failure else []
        return dict(zip(names, results + failed * (len(names) - len(results)), strict=False))

    def _keep(self, name: str, sql: str, result: Result) -> None:
        if result.cells <= MAX_CACHED_RESULT_CELLS:
            self._cache.put((name, sql), result, weight=result.cells + 1)

    def _answered(self, order: Mapping[str, Any]) -> list[Any]:
        with self._process() as process:
            outcomes, going = process.ask(order, REPLY_TIMEOUT_S + GOLD_TIME_FACTOR * self.seconds)
            if not going:
                process.close()
        return outcomes

    @contextmanager
    def _process(self) -> Iterator[WorkerProcess]:
        """A process that nobody else asks meanwhile."""
        slots, idle = self._slots, self._idle
        with slots:
            try:
                process = idle.pop()
            except IndexError:
                process = self._start_worker()
            try:
                yield process
            except BaseException:
                process.close()
                raise
            finally:
                if process.alive:
                    idle.append(process)

    def _start_worker(self) -> WorkerProcess:
        with self._starting:  # the first one builds the databases
            try:
                try:
                    process = self._fork_worker()
                except WorkerExited:  # the fork_server was killed from outside: another one
                    process = self._fork_worker()
            except WorkerExited as gone:
                raise VerifierError(f"the process that runs SQL does not start: {gone}") from gone
            self._all.add(process)
            return process

    def _fork_worker(self) -> WorkerProcess:
        if self._fork_server is None or not self._fork_server.is_fit():
            self._close_fork_server()
            self._fork_server = self._start_fork_server()
        try:
            return WorkerProcess(self._fork_server)
        except BaseException:
            if not any(other.alive for other in self._all):  # no other one works here
                self._close_fork_server()
            raise

    def _start_fork_server(self) -> ForkServer:
        folder = Path(tempfile.mkdtemp(prefix="vitrine-sql-"))
        try:
            fork_server = ForkServer(folder, self.databases, engine=self.engine, memory_mb=self.memory_mb)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        atexit.register(self.close)
        return fork_server

    def _close_fork_server(self) -> None:
        if self._fork_server is not None:
            self._fork_server.close()
            shutil.rmtree(self._fork_server.folder, ignore_errors=True)
            self._fork_server = None
            atexit.unregister(self.close)


def time_limit(databases: Mapping[str, Path]) -> float:
    """Seconds that a query may take over databases of this size."""
    largest = max(sum(file.stat().st_size for file in folder.glob("*.parquet")) for folder in databases.values())
    return SECONDS + SECONDS_PER_MEGABYTE * largest / 1e6


_open: "weakref.WeakSet[Sandbox]" = weakref.WeakSet()


def _forget_in_forks() -> None:
    for sandbox in list(_open):
        sandbox._after_fork()


os.register_at_fork(after_in_child=_forget_in_forks)
