"""Environment variables that must be set before a library is imported.

`vitrine/__init__.py` imports this module first, so that torch, transformers and mlflow read these values in every program: a
stage, the command line, a test, a notebook. Nothing here shapes an output.

    import vitrine  # os.environ["HF_HUB_DISABLE_TELEMETRY"] is "1" from here on, unless you set it yourself
"""

import os
import sys

# Switches telemetry off: the variable that each library reads.
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

# On a busy machine, a thread that spins while it waits takes CPU time from the others. A thread that sleeps at once wakes too
# late, so that two threads are slower than one. Spinning for some microseconds, then sleeping, keeps nearly the full gain of an
# idle machine (benchmarks/threads.py). Tokenizer threads only warn and stall after a fork.
THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "20000", "TOKENIZERS_PARALLELISM": "false"}

# No progress bars in log files. All libraries draw theirs with tqdm, which reads this variable.
BARS = {} if sys.stderr.isatty() else {"TQDM_DISABLE": "1"}

for name, value in (PRIVATE | THREADS | BARS).items():
    os.environ.setdefault(name, value)
