"""A process that is ready to run SQL and never does: those that do are forked from it, and it sees them end.

    python -P -m vitrine.verifiers.sql.fork_server 3 '{"folder": "/tmp/…", "engine": "duckdb", "databases": {…}, "memory_mb": 700}'
    -> 0                                                   ready; asked by the Unix socket that is file descriptor 3
    <- fork, and the two pipes of `worker.serve`       -> the process id of a new worker
    <- wait or kill, and a process id                      -> how that worker ended, as `subprocess` tells it

Starting Python, importing DuckDB and opening databases takes fifty times as long as forking a process that has done so, and
hostile SQL ends many. Nothing that a model wrote gets here: a worker has none of this process but a copy of its memory. When
whoever asks is gone, it ends the workers that are left and deletes the folder that they worked in. The fork server of
`multiprocessing` is one for the whole program: it has the caller's environment, and no database open.
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
PIPES = 2  # of a worker: its orders, its replies
WORKER_EXIT_TIMEOUT_S = 1.0  # seconds in which a worker that has closed its pipe has ended by itself


class Server:
    def __init__(self, asked: socket.socket, engine: Callable[[], worker.Engine], memory_mb: int) -> None:
        self.asked, self.engine, self.memory_mb = asked, engine, memory_mb
        self.children: set[int] = set()

    def serve(self) -> None:
        """Until nobody is left to ask."""
        self.asked.sendall(ANSWER.pack(0))
        while True:
            request, pipes, _, _ = socket.recv_fds(self.asked, REQUEST.size, PIPES)
            if len(request) < REQUEST.size:
                return
            what, child = REQUEST.unpack(request)
            self.asked.sendall(ANSWER.pack(self.fork(pipes) if what == FORK else self.end(child, kill=what == KILL)))

    def fork(self, pipes: list[int]) -> int:
        child = os.fork()
        if child == 0:
            self.work(pipes)
        self.children.add(child)
        for pipe in pipes:
            os.close(pipe)
        return child

    def work(self, pipes: list[int]) -> None:
        """In the fork: what a worker does, and the end of it."""
        code = 1
        try:
            self.asked.close()
            orders, replies = pipes
            worker.serve(orders, replies, self.engine, memory_mb=self.memory_mb)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def end(self, child: int, *, kill: bool) -> int:
        until = time.monotonic() + (0.0 if kill else WORKER_EXIT_TIMEOUT_S)
        while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < until:
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
    for meant_for_the_parent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # its end closes the socket, and is ours
        signal.signal(meant_for_the_parent, signal.SIG_IGN)
    start = json.loads(sys.argv[2])
    folder = Path(start["folder"])
    try:
        engine = worker.ready(start["engine"], folder, start["databases"])
    except (duckdb.Error, sqlite3.Error, OSError) as error:
        sys.exit(first_line(error))
    gc.freeze()  # what is here now is shared with every worker, and need not be looked through
    server = Server(socket.socket(fileno=int(sys.argv[1])), engine, start["memory_mb"])
    with suppress(OSError):
        server.serve()
    server.close()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
