"""Process-wide defaults that only count when they are set before a library is imported.

`vitrine/__init__.py` imports this module first, so that whatever room a program enters by (a stage, the command line, a
test, a notebook) the switches are there before torch, transformers or mlflow read them. It is a room of its own and not
part of `stage.py` because `vitrine serve` and a notebook never pass through a stage. Nothing here shapes an output.

    import vitrine  # os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1" from here on, unless you had set it yourself
"""

import os

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

# Two spinning threads on a busy two-core machine are slower than one; forked tokenizer threads only warn and stall.
THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false"}

for name, value in (PRIVATE | THREADS).items():
    os.environ.setdefault(name, value)
