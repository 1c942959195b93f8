"""Defaults that only count before a library is imported.

`vitrine/__init__.py` imports this module first, so that they are there before torch, transformers or mlflow read them, whatever
a program imports first: a stage, the command line, a test, a notebook. Nothing here shapes an output.

    import vitrine  # os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1" from here on, unless you had set it yourself
"""

import os
import sys

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

# Progress bars are for eyes: in a log file they are noise. Every library's bars are tqdm's, and tqdm reads this.
BARS = {} if sys.stderr.isatty() else {"TQDM_DISABLE": "1"}

for name, value in (PRIVATE | THREADS | BARS).items():
    os.environ.setdefault(name, value)
