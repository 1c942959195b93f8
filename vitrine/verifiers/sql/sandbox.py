"""Runs model-written SQL safely: in separate locked-down processes over read-only copies of small tables.

    with Sandbox({"original": Path("data/facts/shop/original"), "perturbed_1": …}) as sandbox:
        sandbox.run("select count(*) from orders").rows                ->  ((2000,),)
        sandbox.run("copy orders to '/tmp/x'").failure                 ->  "not_select"
        sandbox.run_all("select count(*) from orders")["perturbed_1"]  ->  Result(…)
    Sandbox.at(Path("data/facts/shop"))                                shared by all callers; its databases are the subfolders
    Sandbox({"original": Path(…)}, engine="sqlite")                    the same over SQLite
    sandbox.preload("select …", {"original": result.to_json(), …})     cache known results, so that the query need not run

The walls are in `worker`. Each thread uses its own process, up to `workers`, so an endless query delays no other. A query is
stopped after `seconds` of process time; its outcome is cached, so it never runs again. If its process was killed from outside,
the query is run once more. VerifierError means that there is no database or that no process can be started.
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

# The slowest honest query seen takes 8 ms over the small shop and 60 ms over all of Olist (16 MB), a quarter and a sixth of the
# limit. The limit depends on the files only, so a query is judged the same in every batch.
SECONDS = 0.03
SECONDS_PER_MEGABYTE = 0.02  # of the largest database's parquet
MAX_WORKERS = 4  # each reserves memory and holds databases; rollouts use a few cores at most
GOLD_TIME_FACTOR = 20  # gold queries get this many times the limit
REPLY_TIMEOUT_S = 20  # wall clock; longer than a worker needs to stop a query even on a busy machine
CACHED_VERDICTS = 20_000
CACHED_CELLS = 1_000_000
MAX_CACHED_RESULT_CELLS = 2_000  # larger results are not cached


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
            raise VerifierError("a SQL sandbox needs at least one folder of parquet files; none was given")
        if engine not in get_args(Engine):
            raise VerifierError(f"the SQL engine must be one of {', '.join(get_args(Engine))}, not {engine!r}")
        for name, folder in databases.items():
            if not any(Path(folder).glob("*.parquet")):
                raise VerifierError(
                    f"the SQL database {name!r} needs parquet files in {folder}; there are none. Run `dvc repro format`"
                )
        self.databases = {name: Path(folder).resolve() for name, folder in databases.items()}
        self.engine: Engine = engine
        self.seconds = time_limit(self.databases) if seconds is None else seconds
        self.workers = workers or min(
            MAX_WORKERS, len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        )
        self.rows, self.size, self.memory_mb = rows, size, memory_mb
        self._cache: ResultCache[tuple[str, str], Result] = ResultCache(CACHED_CELLS)
        self.verdicts: ResultCache[tuple[str, str], Any] = ResultCache(CACHED_VERDICTS)  # by (predicted, gold); see `judge`
        self._fork_server: ForkServer | None = None
        self._idle: list[WorkerProcess] = []
        self._all: weakref.WeakSet[WorkerProcess] = weakref.WeakSet()
        self._begin()
        _open.add(self)

    @classmethod
    def at(cls, folder: Path, *, engine: Engine = "duckdb") -> "Sandbox":
        """The shared sandbox over the subfolders of `folder`; the first by name is the original."""
        root = Path(folder).resolve()
        if (root, engine) not in cls._shared:
            copies = sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
            if not copies:
                raise VerifierError(
                    f"{folder} should hold a folder of parquet files for each SQL database; run `dvc repro format`"
                )
            cls._shared[root, engine] = cls({copy.name: copy for copy in copies}, engine=engine)
        return cls._shared[root, engine]

    @property
    def original(self) -> str:
        return next(iter(self.databases))

    def run(self, sql: str, database: str | None = None) -> Result:
        """The result of `sql` in one database; by default the original."""
        name = self.original if database is None else database
        if name not in self.databases:
            raise VerifierError(f"there is no SQL database {name!r}, only {', '.join(self.databases)}")
        return self._results(sql, [name], self.seconds)[name]

    def run_all(self, sql: str, databases: Sequence[str] | None = None, *, gold: bool = False) -> dict[str, Result]:
        """The results of `sql` in all or some databases. After the first failure, the others get that failure.

        Gold queries get more time than replies: they are known to end, and nothing can be scored without them.
        """
        names = list(self.databases if databases is None else databases)
        return self._results(sql, names, self.seconds * GOLD_TIME_FACTOR if gold else self.seconds)

    def run_against(self, sql: str, gold: Result) -> dict[str, Result]:
        """The result in the original and, if its rows are exactly the gold rows, in every copy: one request instead of two."""
        return self._results(sql, list(self.databases), self.seconds, gold.checksum)

    def preload(self, sql: str, results: Mapping[str, Mapping[str, Any]]) -> None:
        """Cache results that were computed earlier on the same databases, so that `sql` need not run."""
        for name, written in results.items():
            if name in self.databases and self._cache.get((name, sql)) is None:
                self._store(name, sql, Result.from_json(written))

    def clear_cache(self) -> None:
        """Forget all results and verdicts."""
        self._cache.clear()
        self.verdicts.clear()

    def close(self) -> None:
        """End the processes once they are idle, and delete their files. The next query starts new ones."""
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
        """In a fork: the processes belong to the parent, and so may the threads that hold the locks."""
        for process in self._all:
            process.detach()
        if self._fork_server is not None:
            self._fork_server.detach()
        self.clear_cache()
        self._begin()

    def _results(self, sql: str, names: list[str], seconds: float, gold_checksum: int | None = None) -> dict[str, Result]:
        cached = {name: self._cache.get((name, sql)) for name in names}
        more_time = seconds > self.seconds
        results = {name: result for name, result in cached.items() if result and not (more_time and result.failure == "timeout")}
        first_failed = next((i for i, name in enumerate(names) if name in results and results[name].failure), len(names))
        # Databases before a failed copy still need results.
        missing = [name for name in names[:first_failed] if name not in results]
        if gold_checksum is not None and names[0] in results:
            missing = missing if gold_checksum == results[names[0]].checksum else []
        if missing:
            results |= self._run(sql, missing, seconds, gold_checksum if missing[0] == names[0] else None)
        output: dict[str, Result] = {}
        failed: Result | None = None
        for name in names:
            if failed is None and name not in results:
                break  # the original's rows are not the gold rows, so the copies were not run
            output[name] = failed or results[name]
            failed = output[name] if output[name].failure else None
            if gold_checksum is not None and name == names[0] and failed is None and output[name].checksum != gold_checksum:
                break
        return output

    def _run(self, sql: str, names: list[str], seconds: float, gold_checksum: int | None) -> dict[str, Result]:
        limits = {"seconds": seconds, "rows": self.rows, "bytes": self.size}
        order = {"sql": sql, "databases": names, "gold_checksum": gold_checksum, **limits}
        try:
            try:
                outcomes = self._request(order)
            except WorkerExited as exited:
                if not exited.killed_from_outside:
                    raise
                outcomes = self._request(order)
        except WorkerExited as exited:
            failure = Result(failure=exited.failure, why=str(exited), fair=not exited.killed_from_outside)
            if not exited.killed_from_outside:
                self._cache.put((names[0], sql), failure)
            return dict.fromkeys(names, failure)
        results = [Result(tuple(cols), tuple(rows), failure, why, tuple(reads)) for failure, cols, rows, why, reads in outcomes]
        for name, result in zip(names, results, strict=False):
            self._store(name, sql, result)
        failed = results[-1:] if results[-1].failure else []
        return dict(zip(names, results + failed * (len(names) - len(results)), strict=False))

    def _store(self, name: str, sql: str, result: Result) -> None:
        if result.cells <= MAX_CACHED_RESULT_CELLS:
            self._cache.put((name, sql), result, weight=result.cells + 1)

    def _request(self, order: Mapping[str, Any]) -> list[Any]:
        with self._process() as process:
            outcomes, can_continue = process.ask(order, REPLY_TIMEOUT_S + GOLD_TIME_FACTOR * self.seconds)
            if not can_continue:
                process.close()
        return outcomes

    @contextmanager
    def _process(self) -> Iterator[WorkerProcess]:
        """A process for exclusive use."""
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
        with self._starting:  # the first start builds the databases
            try:
                try:
                    process = self._fork_worker()
                except WorkerExited:  # the fork server was killed from outside: start another
                    process = self._fork_worker()
            except WorkerExited as exited:
                raise VerifierError(f"the process that runs SQL does not start: {exited}") from exited
            self._all.add(process)
            return process

    def _fork_worker(self) -> WorkerProcess:
        if self._fork_server is None or not self._fork_server.is_usable():
            self._close_fork_server()
            self._fork_server = self._start_fork_server()
        try:
            return WorkerProcess(self._fork_server)
        except BaseException:
            if not any(other.alive for other in self._all):  # no other worker uses it
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
    """The time limit of a query over these databases, in seconds."""
    largest = max(sum(file.stat().st_size for file in folder.glob("*.parquet")) for folder in databases.values())
    return SECONDS + SECONDS_PER_MEGABYTE * largest / 1e6


_open: "weakref.WeakSet[Sandbox]" = weakref.WeakSet()


def _forget_in_forks() -> None:
    for sandbox in list(_open):
        sandbox._after_fork()


os.register_at_fork(after_in_child=_forget_in_forks)
