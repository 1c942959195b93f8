"""A process that runs SQL, seen from the one that asks it: started, asked, ended.

    fork_server = ForkServer(folder, {"original": Path("data/facts/shop/original")}, engine="duckdb", memory_mb=700)
    process = Process(fork_server)
    process.ask({"sql": "select 1", "databases": ["original"], …}, patience=10.0)    ->  ([(None, ("1",), [(1,)], "", ())], True)
    process.close()
    fork_server.close()    and the folder is gone

`WorkerExited` is raised where it ended during a query: by its own limits, by a crash, or killed from outside (`outside`), in which case
the query has had no fair hearing. VerifierError means that no process can be started.
"""

import contextlib
import json
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from vitrine.errors import VerifierError
from vitrine.verifiers.sql.fork_server import ANSWER, FORK, KILL, REQUEST, WAIT

PROGRAM = "vitrine.verifiers.sql.fork_server"
PACKAGE = Path(__file__).resolve().parents[3]
INHERITED_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "LANG")  # of the environment; no secret gets near a query
START_TIMEOUT_S = 120.0
# Small blocks of memory of each size that a thread keeps for itself when they are freed. A query plan is thousands of them,
# freed at its end and asked for by the next one; with glibc's seven, a third of a query over the small shop is the allocator.
MALLOC_CACHED_BLOCKS = 1_000
FORK_SERVER_EXIT_TIMEOUT_S = 5.0  # seconds in which a fork_server that nobody asks has ended
TIMED_OUT = (-signal.SIGPROF,)  # how a process ends whose query did not stop when asked
CRASHED = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGILL)


class WorkerExited(Exception):
    """The process ended, or had to be ended, during a query."""

    def __init__(self, failure: str, why: str, *, outside: bool) -> None:
        super().__init__(why)
        self.failure, self.outside = failure, outside


class ForkServer:
    """The process that those which run SQL over some databases are forked from; its end is theirs, and that of its folder."""

    def __init__(self, folder: Path, databases: Mapping[str, Path], *, engine: str, memory_mb: int) -> None:
        self.folder, self.log, self.databases = folder, folder / "fork_server.log", databases
        start = {
            "folder": str(folder),
            "engine": engine,
            "databases": {name: str(path) for name, path in databases.items()},
            "memory_mb": memory_mb,
        }
        self._asking = threading.Lock()
        self._socket, theirs = socket.socketpair()
        try:
            with self.log.open("wb") as errors, theirs:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-m", PROGRAM, str(theirs.fileno()), json.dumps(start)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    pass_fds=[theirs.fileno()],
                    cwd=folder,
                    env=_environment(folder),
                )
        except OSError as error:
            self._socket.close()
            raise VerifierError(f"the process that runs SQL does not start ({error})") from error
        self._socket.settimeout(START_TIMEOUT_S)
        if self._answer() is None:
            problem = self.said() or f"it ended with {self.process.poll()}"
            self.close()
            raise self.unfit(problem)

    def fork(self, pipes: tuple[Connection, Connection]) -> int:
        """The id of a new process at the other ends of the pipes; WorkerExited: this one has ended."""
        with self._asking, contextlib.suppress(OSError):
            socket.send_fds(self._socket, [REQUEST.pack(FORK, 0)], [pipe.fileno() for pipe in pipes])
            if (child := self._answer()) is not None:
                return child
        self.close()
        raise WorkerExited("failed", f"the process to fork from ended with {self.process.returncode}", outside=True)

    def end(self, child: int, *, kill: bool) -> int | None:
        """How a process ended that had to, or that has closed its pipe; None if nobody can tell."""
        with self._asking, contextlib.suppress(OSError):
            self._socket.sendall(REQUEST.pack(KILL if kill else WAIT, child))
            return self._answer()
        return None

    def is_fit(self) -> bool:
        """Whether it lives, and its folder has not been swept away."""
        return self.process.poll() is None and self.log.exists()

    def unfit(self, problem: str) -> VerifierError:
        places = ", ".join(map(str, self.databases.values()))
        return VerifierError(f"the process that runs SQL over {places} does not start: {problem}")

    def said(self) -> str:
        """The last line of what went wrong in it or in a process of it."""
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1][:300] if lines else ""

    def close(self) -> None:
        self._socket.close()
        try:
            self.process.wait(FORK_SERVER_EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def detach(self) -> None:
        """In a fork: it is the parent's, and lives until the parent closes its own end of the socket."""
        self._socket.close()
        self.process.returncode = 0  # not ours to wait for

    def _answer(self) -> int | None:
        with contextlib.suppress(OSError):
            if len(answer := self._socket.recv(ANSWER.size, socket.MSG_WAITALL)) == ANSWER.size:
                return int(ANSWER.unpack(answer)[0])
        return None


class WorkerProcess:
    """A process of `worker` and the two pipes to it, beside others over the same databases."""

    def __init__(self, fork_server: ForkServer) -> None:
        self.alive, self.fork_server = True, fork_server
        orders, self._orders = _pipe()
        self._replies, replies = _pipe()
        self._arrived = select.poll()  # a Connection's own poll makes a selector for each reply
        self._arrived.register(self._replies.fileno(), select.POLLIN)
        self.pid: int | None = None
        try:
            with orders, replies:
                self.pid = fork_server.fork((orders, replies))
        except BaseException:
            self.alive = False
            self._close_pipes()
            raise
        try:
            problem = self._reply(START_TIMEOUT_S)
        except WorkerExited as gone:
            problem = fork_server.said() or str(gone)
        if problem is not None:
            self.close()
            raise fork_server.unfit(problem)

    def ask(self, order: Mapping[str, Any], patience: float) -> tuple[list[Any], bool]:
        outcomes, going = self._reply(patience, order)
        return outcomes, going

    def close(self) -> None:
        self.alive = False
        self._close_pipes()
        self._ended(kill=True)

    def detach(self) -> None:
        """In a fork: it is the parent's, and lives until the parent closes its own ends of the pipes."""
        self.alive = False
        self._close_pipes()

    def _ended(self, *, kill: bool) -> int | None:
        """How it ended; it is waited for once, since its id may be another process's from then on."""
        pid, self.pid = self.pid, None
        return self.fork_server.end(pid, kill=kill) if pid is not None else None

    def _close_pipes(self) -> None:
        self._orders.close()
        self._replies.close()

    def _reply(self, patience: float, order: Mapping[str, Any] | None = None) -> Any:
        try:
            if order is not None:
                self._orders.send_bytes(json.dumps(order).encode())
            if not self._arrived.poll(patience * 1000):
                raise WorkerExited("timeout", f"no reply in {patience} s", outside=True)  # its own limits would have ended it
            return _PlainUnpickler(BytesIO(self._replies.recv_bytes())).load()
        except pickle.UnpicklingError as error:
            raise WorkerExited("failed", str(error), outside=False) from error
        except (EOFError, OSError) as error:
            code = self._ended(kill=False)
            failure = "timeout" if code in TIMED_OUT else "failed"
            raise WorkerExited(failure, f"its process ended with {code}", outside=code not in (*TIMED_OUT, *CRASHED)) from error


class _PlainUnpickler(pickle.Unpickler):
    """Reads numbers, strings, tuples and lists only: a process that runs a model's SQL is not believed to send more."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"{module}.{name} is not plain data")


def _environment(folder: Path) -> dict[str, str]:
    places = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if Path(place).is_absolute()]
    return {name: os.environ[name] for name in INHERITED_ENVIRONMENT if name in os.environ} | {
        "PYTHONPATH": os.pathsep.join([*places, str(PACKAGE)]),
        "HOME": str(folder),
        "TZ": "UTC",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "GLIBC_TUNABLES": f"glibc.malloc.tcache_count={MALLOC_CACHED_BLOCKS}",
    }


def _pipe() -> tuple[Connection, Connection]:
    reader, writer = os.pipe()
    return Connection(reader, writable=False), Connection(writer, readable=False)
