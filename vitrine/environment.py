"""What holds for a whole process: defaults that only count before a library is imported, and how it keeps memory and ends.

`vitrine/__init__.py` imports this module first, so that whatever room a program enters by (a stage, the command line, a
test, a notebook) the switches are there before torch, transformers or mlflow read them. It is a room of its own and not
part of `stage.py` because `vitrine serve` and a notebook never pass through a stage. Nothing here shapes an output.

    import vitrine  # os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1" from here on, unless you had set it yourself
    keep_memory()   # for a process that works on one thing, as a stage does
    end_at_once()   # and for one whose work is done and has gone well
"""

import atexit
import ctypes
import gc
import logging
import os
import sys
from contextlib import suppress

# Nothing phones home: each library's own switch, by the name it reads.
PRIVATE = {
    "DO_NOT_TRACK": "1",
    "DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DVC_NO_ANALYTICS": "1",
    "ITERATIVE_DO_NOT_TRACK": "1",
    "UNSLOTH_DISABLE_STATISTICS": "1",
    "AXOLOTL_DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "VLLM_NO_USAGE_STATS": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}

# A thread that waits by spinning steals from its sibling on a busy machine; one that sleeps at once wakes too late, and two
# are then slower than one. Spinning for some microseconds before sleeping keeps nearly all of the gain of a quiet machine
# (benchmarks/threads.py). Forked tokenizer threads only warn and stall.
THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "20000", "TOKENIZERS_PARALLELISM": "false"}

# What a batch of texts has freed is asked for again at once; clearing other pages instead is a twentieth of cleaning. So Polars
# gives memory back after ten seconds and not after a half, and Arrow asks the C library, which `keep_memory` tells to keep it.
MEMORY = {"_RJEM_MALLOC_CONF": "dirty_decay_ms:10000,muzzy_decay_ms:10000", "ARROW_DEFAULT_MEMORY_POOL": "system"}

# Progress bars are for eyes: in a log file they are noise. Every library's bars are tqdm's, and tqdm reads this.
BARS = {} if sys.stderr.isatty() else {"TQDM_DISABLE": "1"}

for name, value in (PRIVATE | THREADS | MEMORY | BARS).items():
    os.environ.setdefault(name, value)

# Imports make hundreds of thousands of objects that stay; Python would look through them after every 700 new ones, which is a
# fifth of what torch's trainers take to import and a third of MLflow.
gc.set_threshold(50_000, 100, 10)

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of <malloc.h>


def keep_memory() -> None:
    """Let this process keep what it has freed, up to a gigabyte at a time, where its allocator is glibc's.

    A stage frees and asks again for blocks of megabytes all the time (a batch of texts, the logits of a step), and each time
    the kernel would hand out other pages and clear them: a twentieth of a training's time, a tenth of cleaning's.
    """
    with suppress(OSError, AttributeError):  # another C library: it has its own ways
        allocator = ctypes.CDLL(None)
        for option, most in ((_MMAP_THRESHOLD, 1 << 30), (_TRIM_THRESHOLD, (1 << 31) - 1)):
            allocator.mallopt(option, most)


_well = False  # whether this process has been told that it may end at once


def end_at_once() -> None:
    """Let this process, whose work has gone well, end without taking apart all that it has imported: torch's trainers took
    two seconds to do so. What other libraries and their threads have to do at the end is done first."""
    global _well
    _well = True


@atexit.register  # before all others, so that it comes last
def _end() -> None:
    if _well:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
