"""Fork server for SQL workers: opens the databases once, forks each worker from itself and reaps it.

    python -P -m vitrine.verifiers.sql.fork_server 3 '{"folder": "/tmp/…", "engine": "duckdb", "databases": {…}, "memory_mb": …}'
    -> 0                                                   ready; requests come from the Unix socket at file descriptor 3
    <- fork, and the two pipes of `worker.serve`           -> the process id of a new worker
    <- wait or kill, and a process id                      -> the worker's exit code, as in `subprocess`

A fork is 50 times as fast as starting Python, importing DuckDB and opening the databases, and hostile SQL ends many workers. This
process never sees model-written SQL; a worker shares nothing with it but a copy of its memory. When the client is gone, it kills
the remaining workers and deletes their folder. The fork server of `multiprocessing` does not fit: it is one for the whole
program, with the caller's environment and without open databases.
"""

import gc
import json
import os
import shutil
import signal
import socket
import sqlite3
import struct
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import duckdb

from vitrine.errors import first_line
from vitrine.verifiers.sql import worker

REQUEST, ANSWER = struct.Struct("!cq"), struct.Struct("!q")
FORK, WAIT, KILL = b"f", b"w", b"k"
PIPES = 2  # of a worker: for orders and for replies
WORKER_EXIT_TIMEOUT_S = 1.0  # a worker that closed its pipe gets this long to exit before it is killed


class Server:
    def __init__(self, requests: socket.socket, engine: Callable[[], worker.Engine], memory_mb: int) -> None:
        self.requests, self.engine, self.memory_mb = requests, engine, memory_mb
        self.children: set[int] = set()

    def serve(self) -> None:
        """Serve requests until the client closes the socket."""
        self.requests.sendall(ANSWER.pack(0))
        while True:
            request, pipes, _, _ = socket.recv_fds(self.requests, REQUEST.size, PIPES)
            if len(request) < REQUEST.size:
                return
            kind, child = REQUEST.unpack(request)
            self.requests.sendall(ANSWER.pack(self.fork(pipes) if kind == FORK else self.end(child, kill=kind == KILL)))

    def fork(self, pipes: list[int]) -> int:
        child = os.fork()
        if child == 0:
            self.work(pipes)
        self.children.add(child)
        for pipe in pipes:
            os.close(pipe)
        return child

    def work(self, pipes: list[int]) -> None:
        """In the fork: run the worker, then exit."""
        code = 1
        try:
            self.requests.close()
            orders, replies = pipes
            worker.serve(orders, replies, self.engine, memory_mb=self.memory_mb)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def end(self, child: int, *, kill: bool) -> int:
        """Wait for a worker, or kill it, and return its exit code."""
        deadline = time.monotonic() + (0.0 if kill else WORKER_EXIT_TIMEOUT_S)
        while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
            time.sleep(0.002)
        if ended == (0, 0):
            os.kill(child, signal.SIGKILL)
            ended = os.waitpid(child, 0)
        self.children.discard(child)
        return os.waitstatus_to_exitcode(ended[1])

    def close(self) -> None:
        for child in list(self.children):
            self.end(child, kill=True)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # meant for the client, whose end closes the socket
        signal.signal(number, signal.SIG_IGN)
    start = json.loads(sys.argv[2])
    folder = Path(start["folder"])
    try:
        engine = worker.prepare(start["engine"], folder, start["databases"])
    except (duckdb.Error, sqlite3.Error, OSError) as error:
        sys.exit(first_line(error))
    gc.freeze()  # these objects are shared with all workers; the collector need not scan them
    server = Server(socket.socket(fileno=int(sys.argv[1])), engine, start["memory_mb"])
    with suppress(OSError):
        server.serve()
    server.close()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
