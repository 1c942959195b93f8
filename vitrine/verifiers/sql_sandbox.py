"""Runs SQL that a model wrote, where it can do no harm: in a process of its own over read-only copies of small tables.

    with Sandbox({"original": Path("data/facts/shop/original"), "perturbed_1": …}) as sandbox:
        sandbox.run("select count(*) from orders").rows                ->  ((2000,),)
        sandbox.run("copy orders to '/tmp/x'").failure                 ->  "not_select"
        sandbox.run_all("select count(*) from orders")["perturbed_1"]  ->  Result(…)
    Sandbox.at(Path("data/facts/shop"))                                one for all callers; its databases are the subfolders

The walls are in `sql_worker`. A query that takes its process down is reported as failed or timed out, once, and the
next one finds a fresh process; VerifierError means that there is no database or that no process can be started.
"""

import atexit
import contextlib
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, NoReturn, Self

from vitrine.errors import VerifierError
from vitrine.verifiers.sql_results import Result

PROGRAM = Path(__file__).with_name("sql_worker.py")
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "LANG")  # of the environment; no secret gets near a query
START_SECONDS = 120.0
SECONDS_MORE = 1.5  # that a query's process is given to end itself
LATE = (124, -signal.SIGXCPU)  # how a process exits whose query did not stop when asked
PATIENCE = 20  # times as long for a gold query
KEPT_RESULTS = 1_024
KEPT_CELLS = 2_000  # of a result that is kept


class Sandbox:
    _shared: ClassVar[dict[Path, "Sandbox"]] = {}

    def __init__(
        self,
        databases: Mapping[str, Path],
        *,
        seconds: float = 0.5,
        rows: int = 5_000,
        size: int = 2_000_000,
        memory_mb: int = 700,
    ) -> None:
        if not databases:
            raise VerifierError("a SQL sandbox needs at least one folder of parquet files, and none was given")
        for name, folder in databases.items():
            if not any(Path(folder).glob("*.parquet")):
                raise VerifierError(
                    f"the SQL database {name!r} needs parquet files in {folder}, and there are none; run `dvc repro format`"
                )
        self.databases = {name: Path(folder).resolve() for name, folder in databases.items()}
        self.seconds, self.rows, self.size, self.memory_mb = seconds, rows, size, memory_mb
        self._worker: _Worker | None = None
        self._owner = os.getpid()
        self._lock = threading.RLock()
        self._kept: OrderedDict[tuple[str, str], Result] = OrderedDict()

    @classmethod
    def at(cls, folder: Path) -> "Sandbox":
        """The sandbox of this process over the subfolders of `folder`; the first by name is the original."""
        place = Path(folder).resolve()
        if place not in cls._shared:
            copies = sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else []
            if not copies:
                raise VerifierError(
                    f"{folder} should hold a folder of parquet files for each SQL database; run `dvc repro format`"
                )
            cls._shared[place] = cls({copy.name: copy for copy in copies})
        return cls._shared[place]

    def run(self, sql: str, database: str | None = None) -> Result:
        """What `sql` returns in one database, the first if none is named."""
        name = next(iter(self.databases)) if database is None else database
        if name not in self.databases:
            raise VerifierError(f"there is no SQL database {name!r} here, only {', '.join(self.databases)}")
        return self._results(sql, [name], self.seconds)[name]

    def run_all(self, sql: str, *, gold: bool = False) -> dict[str, Result]:
        """What `sql` returns in each database; after the first failure, that failure.

        A gold query is ours and ends: it has time even where the machine is busy, since nothing can be scored without it.
        """
        return self._results(sql, list(self.databases), self.seconds * PATIENCE if gold else self.seconds)

    def close(self) -> None:
        """End the process and delete its files; the next query starts another."""
        with self._lock:
            worker, self._worker = self._worker, None
            if worker and self._owner == os.getpid():
                worker.close()
                shutil.rmtree(worker.folder, ignore_errors=True)
                atexit.unregister(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _results(self, sql: str, names: list[str], seconds: float) -> dict[str, Result]:
        with self._lock:
            wanted = [name for name in names if (name, sql) not in self._kept]
            results = dict(zip(wanted, self._ask(sql, wanted, seconds), strict=True)) if wanted else {}
            for name in names:
                if name not in results:
                    results[name] = self._kept[name, sql]
                    self._kept.move_to_end((name, sql))
                elif (
                    results[name].failure not in ("failed", "timeout")
                    and len(results[name].rows) * len(results[name].columns) <= KEPT_CELLS
                ):
                    self._kept[name, sql] = results[name]
            while len(self._kept) > KEPT_RESULTS:
                self._kept.popitem(last=False)
            return {name: results[name] for name in names}

    def _ask(self, sql: str, names: list[str], seconds: float) -> list[Result]:
        order = {"sql": sql, "databases": names, "seconds": seconds, "rows": self.rows, "bytes": self.size}
        wait = (seconds + SECONDS_MORE) * (len(names) + 1)
        try:
            outcomes, going = self._running().ask(order, wait)
            if not going:
                self._end()
        except _Gone as gone:
            self._end()
            outcomes = [(gone.failure, (), [], str(gone))]
        results = [Result(tuple(columns), tuple(rows), failure, why) for failure, columns, rows, why in outcomes]
        return results + [results[-1]] * (len(names) - len(results))

    def _running(self) -> "_Worker":
        if self._owner != os.getpid():  # this is a fork: the parent's process is not ours to speak to
            self._worker, self._owner = None, os.getpid()
        if self._worker is not None and self._worker.process.poll() is not None:
            self._end()  # it was killed between two queries, so none of them failed
        if self._worker is None or not self._worker.alive:
            fresh = self._worker is None
            folder = Path(tempfile.mkdtemp(prefix="vitrine-sql-")) if self._worker is None else self._worker.folder
            folder.mkdir(mode=0o700, exist_ok=True)
            try:
                self._worker = _Worker(folder, self.databases, self.memory_mb)
            except VerifierError:
                shutil.rmtree(folder, ignore_errors=True)
                self._worker = None
                raise
            if fresh:
                atexit.register(self.close)
        return self._worker

    def _end(self) -> None:
        if self._worker is not None:
            self._worker.close()


class _Gone(Exception):
    """The process ended, or had to be ended, during a query."""

    def __init__(self, failure: str, why: str) -> None:
        super().__init__(why)
        self.failure = failure


class _Worker:
    """A process of `sql_worker` and the two pipes to it."""

    def __init__(self, folder: Path, databases: Mapping[str, Path], memory_mb: int) -> None:
        self.folder = folder
        self.alive = True
        orders, self._orders = _pipe()
        self._replies, replies = _pipe()
        log = folder / "worker.log"
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        places = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if Path(place).is_absolute()]
        try:
            with log.open("wb") as errors:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", str(PROGRAM), str(replies.fileno())],
                    stdin=orders.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    pass_fds=[replies.fileno()],
                    cwd=folder,
                    env={
                        **environment,
                        "PYTHONPATH": os.pathsep.join(places),
                        "HOME": str(folder),
                        "TZ": "UTC",
                        "OMP_NUM_THREADS": "1",
                        "MALLOC_ARENA_MAX": "2",
                    },
                )
        except OSError as error:
            raise VerifierError(f"the process that runs SQL does not start ({error})") from error
        finally:
            orders.close()
            replies.close()
        start = {
            "folder": str(folder),
            "databases": {name: str(path) for name, path in databases.items()},
            "memory_mb": memory_mb,
        }
        try:
            problem = self._exchange(start, START_SECONDS)
        except _Gone as gone:
            said = log.read_text(errors="replace").strip().splitlines()
            problem = said[-1][:300] if said else str(gone)
        if problem is not None:
            self.close()
            raise VerifierError(
                f"the process that runs SQL over {', '.join(map(str, databases.values()))} does not start: {problem}"
            )

    def ask(self, order: Mapping[str, Any], seconds: float) -> tuple[list[Any], bool]:
        outcomes, going = self._exchange(order, seconds)
        return outcomes, going

    def close(self) -> None:
        self.alive = False
        self._orders.close()
        self._replies.close()
        self.process.kill()
        self.process.wait()

    def _exchange(self, order: Mapping[str, Any], seconds: float) -> Any:
        try:
            self._orders.send_bytes(json.dumps(order).encode())
            if not self._replies.poll(seconds):
                raise _Gone("timeout", f"no reply in {seconds} s")
            return _Plain(BytesIO(self._replies.recv_bytes())).load()
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
            code = self.process.poll()
            raise _Gone("timeout" if code in LATE else "failed", f"its process ended with {code}") from error


class _Plain(pickle.Unpickler):
    """Reads numbers, strings, tuples and lists only: a process that runs a model's SQL is not believed to send more."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"{module}.{name} is not plain data")


def _pipe() -> tuple[Connection, Connection]:
    reader, writer = os.pipe()
    return Connection(reader, writable=False), Connection(writer, readable=False)
