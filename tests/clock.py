"""The CPU time of a call. Tests compare it with a limit; wall-clock time would also measure the machine's other work.

assert cpu_seconds(lambda: read(text), limit=1.0) < 1.0
"""

import gc
import time
from collections.abc import Callable

TRIES = 5  # the quickest counts: a neighbour on the same core also slows CPU time, through its caches


def cpu_seconds(call: Callable[[], object], *, limit: float = 0.0, tries: int = TRIES) -> float:
    """CPU seconds of the quickest of several calls, without garbage collection. A call below `limit` is the last one."""
    best = float("inf")
    collects = gc.isenabled()
    for _ in range(tries):
        gc.disable()
        try:
            started = time.process_time()
            call()
            best = min(best, time.process_time() - started)
        finally:
            if collects:
                gc.enable()
        if best < limit:
            break
    return best
