"""A process that runs SQL, seen from the one that asks it: started, asked, ended.

    process = Process(folder, {"original": Path("data/facts/shop/original")}, engine="duckdb", memory_mb=700)
    process.ask({"sql": "select 1", "databases": ["original"], …}, patience=10.0)    ->  ([(None, ("1",), [(1,)], "", ())], True)
    process.close()

`Gone` is raised where it ended during a query: by its own limits, by a crash, or killed from outside (`outside`), in which case
the query has had no fair hearing. VerifierError means that no process can be started.
"""

import contextlib
import itertools
import json
import os
import pickle
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from vitrine.errors import VerifierError

PROGRAM = "vitrine.verifiers.sql_worker"
PACKAGE = Path(__file__).resolve().parents[2]
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "LANG")  # of the environment; no secret gets near a query
START_SECONDS = 120.0
LATE = (-signal.SIGPROF,)  # how a process ends whose query did not stop when asked
CRASHED = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGILL)
_numbers = itertools.count()


class Gone(Exception):
    """The process ended, or had to be ended, during a query."""

    def __init__(self, failure: str, why: str, *, outside: bool) -> None:
        super().__init__(why)
        self.failure, self.outside = failure, outside


class Process:
    """A process of `sql_worker` and the two pipes to it; it works in `folder`, beside others over the same databases."""

    def __init__(self, folder: Path, databases: Mapping[str, Path], *, engine: str, memory_mb: int) -> None:
        self.alive = True
        self.log = folder / f"worker-{next(_numbers)}.log"
        orders, self._orders = _pipe()
        self._replies, replies = _pipe()
        self._arrived = select.poll()  # a Connection's own poll makes a selector for each reply
        self._arrived.register(self._replies.fileno(), select.POLLIN)
        try:
            with self.log.open("wb") as errors:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-m", PROGRAM, str(replies.fileno())],
                    stdin=orders.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    pass_fds=[replies.fileno()],
                    cwd=folder,
                    env=_environment(folder),
                )
        except OSError as error:
            self._close_pipes()
            self.log.unlink(missing_ok=True)
            raise VerifierError(f"the process that runs SQL does not start ({error})") from error
        finally:
            orders.close()
            replies.close()
        start = {
            "engine": engine,
            "folder": str(folder),
            "log": self.log.name,
            "databases": {name: str(path) for name, path in databases.items()},
            "memory_mb": memory_mb,
        }
        try:
            problem = self._exchange(start, START_SECONDS)
        except Gone as gone:
            said = self.log.read_text(errors="replace").strip().splitlines()
            problem = said[-1][:300] if said else str(gone)
        if problem is not None:
            self.close()
            raise VerifierError(
                f"the process that runs SQL over {', '.join(map(str, databases.values()))} does not start: {problem}"
            )

    def ask(self, order: Mapping[str, Any], patience: float) -> tuple[list[Any], bool]:
        outcomes, going = self._exchange(order, patience)
        return outcomes, going

    def close(self) -> None:
        self.alive = False
        self._close_pipes()
        self.process.kill()
        self.process.wait()
        self.log.unlink(missing_ok=True)

    def forget(self) -> None:
        """In a fork: it is the parent's, and lives until the parent closes its own ends of the pipes."""
        self.alive = False
        self._close_pipes()
        self.process.returncode = 0  # not ours to wait for

    def _close_pipes(self) -> None:
        self._orders.close()
        self._replies.close()

    def _exchange(self, order: Mapping[str, Any], patience: float) -> Any:
        try:
            self._orders.send_bytes(json.dumps(order).encode())
            if not self._arrived.poll(patience * 1000):
                raise Gone("timeout", f"no reply in {patience} s", outside=True)  # its own limits would have ended it
            return _Plain(BytesIO(self._replies.recv_bytes())).load()
        except pickle.UnpicklingError as error:
            raise Gone("failed", str(error), outside=False) from error
        except (EOFError, OSError) as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
            code = self.process.poll()
            failure = "timeout" if code in LATE else "failed"
            raise Gone(failure, f"its process ended with {code}", outside=code not in (*LATE, *CRASHED)) from error


class _Plain(pickle.Unpickler):
    """Reads numbers, strings, tuples and lists only: a process that runs a model's SQL is not believed to send more."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"{module}.{name} is not plain data")


def _environment(folder: Path) -> dict[str, str]:
    places = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if Path(place).is_absolute()]
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {
        "PYTHONPATH": os.pathsep.join([*places, str(PACKAGE)]),
        "HOME": str(folder),
        "TZ": "UTC",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


def _pipe() -> tuple[Connection, Connection]:
    reader, writer = os.pipe()
    return Connection(reader, writable=False), Connection(writer, readable=False)
