"""End a stage when the DVC that started it ends, and tell whether another process is still alive.

    end_with_starter()                 # a thread watches: SIGTERM when the starter has ended, hard exit 10 s later
    is_alive("4711 1764510021.5")      # identity() of another process: its id and its start time

Without this, a stage would survive a `kill -9` of DVC and overwrite the outputs of the next run.
"""

import os
import signal
import threading
import time
from contextlib import suppress

import psutil

SHELLS = {"sh", "dash", "bash", "zsh", "ksh", "mksh", "fish", "busybox", "ash"}  # a shell between DVC and the stage survives DVC
POLL_S = 0.5
EXIT_TIMEOUT_S = 10.0  # after SIGTERM, a stage gets this long to close its run
WATCHER = "ends with its starter"  # a thread
STARTER = "VITRINE_STARTER"  # set by ./stage to the id of its parent, which is that of this process too while it lives


def end_with_starter() -> None:
    """Watch the nearest ancestor that is not a shell. When it ends, or has ended already, send SIGTERM to this process."""
    parent = os.environ.pop(STARTER, "")
    if parent and parent != str(os.getppid()):
        os.kill(os.getpid(), signal.SIGTERM)  # DVC was killed before this process could watch it
    starter = next((parent for parent in psutil.Process().parents() if parent.name() not in SHELLS), None)
    if starter and not any(thread.name == WATCHER for thread in threading.enumerate()):
        threading.Thread(target=_end_after, args=(identity(starter),), daemon=True, name=WATCHER).start()


def _end_after(starter: str) -> None:
    while is_alive(starter):
        time.sleep(POLL_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(EXIT_TIMEOUT_S)
    os._exit(143)


def identity(process: psutil.Process | None = None) -> str:
    """The id and the start time of a process (default: this one). The id alone is not unique: ids are reused."""
    process = process or psutil.Process()
    return f"{process.pid} {process.create_time()}"


def is_alive(identity: str) -> bool:
    """Whether the process with this identity still runs on this machine. A zombie does not."""
    pid, started = identity.split()
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(int(pid))
        same = abs(process.create_time() - float(started)) < 2  # seconds, since the clock may have been adjusted
        return same and process.status() != psutil.STATUS_ZOMBIE
    return False
