"""The processes around a stage: it ends when the DVC that started it ends, and whether another one is still alive.

    end_with_starter()                 # a thread watches; SIGTERM when the starter is gone, and a hard exit 10 s later
    is_alive("4711 1764510021.5")      # identity() of another process on this machine: its id and when it started

Without this, a stage outlives a `kill -9` of DVC and writes its outputs over those of the next run.
"""

import os
import signal
import threading
import time
from contextlib import suppress

import psutil

SHELLS = {"sh", "dash", "bash", "zsh", "ksh", "mksh", "fish", "busybox", "ash"}  # one that stands between outlives DVC
POLL_S = 0.5
EXIT_TIMEOUT_S = 10.0  # a stage that was told to end gets this long to close its run


def end_with_starter() -> None:
    """Watch the nearest ancestor that is no shell. When it ends, end this process as SIGTERM would."""
    starter = next((one for one in psutil.Process().parents() if one.name() not in SHELLS), None)
    if starter:
        threading.Thread(target=_end_after, args=(identity(starter),), daemon=True, name="ends with its starter").start()


def _end_after(starter: str) -> None:
    while is_alive(starter):
        time.sleep(POLL_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(EXIT_TIMEOUT_S)
    os._exit(143)


def identity(process: psutil.Process | None = None) -> str:
    """A process, this one by default: its id, and when it started, since ids are used again."""
    process = process or psutil.Process()
    return f"{process.pid} {process.create_time()}"


def is_alive(identity: str) -> bool:
    """Whether the process of this identity still runs on this machine. A zombie has ended, though nobody asked how."""
    pid, started = identity.split()
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(int(pid))
        same = abs(process.create_time() - float(started)) < 2  # seconds: the clock may have been set since
        return same and process.status() != psutil.STATUS_ZOMBIE
    return False
