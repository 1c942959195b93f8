"""The client side of the SQL processes: start, ask and end them.

    fork_server = ForkServer(folder, {"original": Path("data/facts/shop/original")}, engine="duckdb", memory_mb=700)
    process = Process(fork_server)
    process.ask({"sql": "select 1", "databases": ["original"], …}, timeout_s=10.0)    ->  ([(None, ("1",), [(1,)], "", ())], True)
    process.close()
    fork_server.close()    deletes the folder

`WorkerExited` is raised if the worker ended during a query: by its own limits, by a crash, or killed from outside
(`killed_from_outside`), which is not the query's fault. VerifierError means that no process can be started.
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
INHERITED_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "LANG")  # no secret gets near a query
START_TIMEOUT_S = 120.0
# Freed memory blocks of each small size that a thread keeps for reuse. A query plan allocates and frees thousands of them; with
# glibc's default of 7, the allocator takes a third of the time of a query over the small shop.
MALLOC_CACHED_BLOCKS = 1_000
FORK_SERVER_EXIT_TIMEOUT_S = 5.0  # a fork server whose socket is closed gets this long to exit before it is killed
TIMED_OUT = (-signal.SIGPROF,)  # exit code of a worker whose query did not stop when interrupted
CRASHED = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGILL)


class WorkerExited(Exception):
    """The worker exited, or had to be killed, during a query."""

    def __init__(self, failure: str, why: str, *, killed_from_outside: bool) -> None:
        super().__init__(why)
        self.failure, self.killed_from_outside = failure, killed_from_outside


class ForkServer:
    """Client of a fork server. When the server ends, so do its workers, and their folder is deleted."""

    def __init__(self, folder: Path, databases: Mapping[str, Path], *, engine: str, memory_mb: int) -> None:
        self.folder, self.log, self.databases = folder, folder / "fork_server.log", databases
        start = {
            "folder": str(folder),
            "engine": engine,
            "databases": {name: str(path) for name, path in databases.items()},
            "memory_mb": memory_mb,
        }
        self._request_lock = threading.Lock()
        self._socket, server_end = socket.socketpair()
        try:
            with self.log.open("wb") as errors, server_end:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-m", PROGRAM, str(server_end.fileno()), json.dumps(start)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    pass_fds=[server_end.fileno()],
                    cwd=folder,
                    env=_environment(folder),
                )
        except OSError as error:
            self._socket.close()
            raise VerifierError(f"the process that runs SQL does not start ({error})") from error
        self._socket.settimeout(START_TIMEOUT_S)
        if self._answer() is None:
            problem = self.last_error() or f"it ended with {self.process.poll()}"
            self.close()
            raise self.start_error(problem)

    def fork(self, pipes: tuple[Connection, Connection]) -> int:
        """Fork a worker at the other ends of the pipes and return its process id. WorkerExited: the fork server has ended."""
        with self._request_lock, contextlib.suppress(OSError):
            socket.send_fds(self._socket, [REQUEST.pack(FORK, 0)], [pipe.fileno() for pipe in pipes])
            if (child := self._answer()) is not None:
                return child
        self.close()
        raise WorkerExited("failed", f"the fork server ended with {self.process.returncode}", killed_from_outside=True)

    def end(self, child: int, *, kill: bool) -> int | None:
        """Kill a worker, or wait for one that closed its pipe. Return its exit code; None if unknown."""
        with self._request_lock, contextlib.suppress(OSError):
            self._socket.sendall(REQUEST.pack(KILL if kill else WAIT, child))
            return self._answer()
        return None

    def is_usable(self) -> bool:
        """Whether it is running and its folder still exists."""
        return self.process.poll() is None and self.log.exists()

    def start_error(self, problem: str) -> VerifierError:
        folders = ", ".join(map(str, self.databases.values()))
        return VerifierError(f"the process that runs SQL over {folders} does not start: {problem}")

    def last_error(self) -> str:
        """The last line of the error log of the fork server and its workers."""
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
        """In a fork: close our copy of the socket. The server belongs to the parent."""
        self._socket.close()
        self.process.returncode = 0  # not our child

    def _answer(self) -> int | None:
        with contextlib.suppress(OSError):
            if len(answer := self._socket.recv(ANSWER.size, socket.MSG_WAITALL)) == ANSWER.size:
                return int(ANSWER.unpack(answer)[0])
        return None


class WorkerProcess:
    """A worker process and the two pipes to it."""

    def __init__(self, fork_server: ForkServer) -> None:
        self.alive, self.fork_server = True, fork_server
        orders, self._orders = _pipe()
        self._replies, replies = _pipe()
        self._arrived = select.poll()  # Connection.poll would create a selector for each reply
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
        except WorkerExited as exited:
            problem = fork_server.last_error() or str(exited)
        if problem is not None:
            self.close()
            raise fork_server.start_error(problem)

    def ask(self, order: Mapping[str, Any], timeout_s: float) -> tuple[list[Any], bool]:
        """Send an order; return the outcomes and whether the worker can go on."""
        outcomes, can_continue = self._reply(timeout_s, order)
        return outcomes, can_continue

    def close(self) -> None:
        self.alive = False
        self._close_pipes()
        self._end(kill=True)

    def detach(self) -> None:
        """In a fork: close our copies of the pipes. The worker belongs to the parent."""
        self.alive = False
        self._close_pipes()

    def _end(self, *, kill: bool) -> int | None:
        """End it and return its exit code. Waits only once: afterwards the id may belong to another process."""
        pid, self.pid = self.pid, None
        return self.fork_server.end(pid, kill=kill) if pid is not None else None

    def _close_pipes(self) -> None:
        self._orders.close()
        self._replies.close()

    def _reply(self, timeout_s: float, order: Mapping[str, Any] | None = None) -> Any:
        try:
            if order is not None:
                self._orders.send_bytes(json.dumps(order).encode())
            if not self._arrived.poll(timeout_s * 1000):
                # Its own limits should have ended it.
                raise WorkerExited("timeout", f"no reply in {timeout_s} s", killed_from_outside=True)
            return _PlainUnpickler(BytesIO(self._replies.recv_bytes())).load()
        except pickle.UnpicklingError as error:
            raise WorkerExited("failed", str(error), killed_from_outside=False) from error
        except (EOFError, OSError) as error:
            code = self._end(kill=False)
            failure = "timeout" if code in TIMED_OUT else "failed"
            raise WorkerExited(
                failure, f"its process ended with {code}", killed_from_outside=code not in (*TIMED_OUT, *CRASHED)
            ) from error


class _PlainUnpickler(pickle.Unpickler):
    """Reads only numbers, strings, tuples and lists: a process that runs model-written SQL is not trusted."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"{module}.{name} is not plain data")


def _environment(folder: Path) -> dict[str, str]:
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if Path(path).is_absolute()]
    return {name: os.environ[name] for name in INHERITED_ENVIRONMENT if name in os.environ} | {
        "PYTHONPATH": os.pathsep.join([*paths, str(PACKAGE)]),
        "HOME": str(folder),
        "TZ": "UTC",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "GLIBC_TUNABLES": f"glibc.malloc.tcache_count={MALLOC_CACHED_BLOCKS}",
    }


def _pipe() -> tuple[Connection, Connection]:
    reader, writer = os.pipe()
    return Connection(reader, writable=False), Connection(writer, readable=False)
