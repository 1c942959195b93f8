"""The process in which llama.cpp runs: it opens a server for each line of its standard input, and ends with its parent.

python -m vitrine.engines.llama_server        # {"file": "sft.gguf", "socket": "/tmp/…/llama.sock", "slots": 8, …} -> "ready"

Each line closes the server before it, so that answers never depend on what an earlier one left in the key-value cache. The
server listens on a Unix socket in a private folder, never on a port. When standard input closes, or when the parent has ended
even by `kill -9`, the process exits.
"""

import json
import os
import select
import signal
import sys
from typing import Any

import xllamacpp as llama

PARENT_POLL_S = 1.0


def parameters(asked: dict[str, Any]) -> Any:
    """What llama.cpp is told. Everything that it would guess from the machine or carry from prompt to prompt is off."""
    params = llama.CommonParams()
    params.model.path = asked["file"]
    params.hostnames = [asked["socket"]]
    params.n_parallel = asked["slots"]
    params.n_ctx = asked["slots"] * asked["context"]
    params.n_gpu_layers = asked["gpu_layers"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = asked["threads"]
    # float32 caches and plain attention: with the defaults, close calls between two tokens fall otherwise than in transformers
    params.cache_type_k = params.cache_type_v = llama.ggml_type.GGML_TYPE_F32
    params.flash_attn_type = llama.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.fit_params = False  # would shrink the context to the memory that is free
    params.cache_ram_mib = 0  # prompts of earlier requests
    params.warmup = params.ui = False
    params.verbosity = 1  # errors only
    return params


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which closes standard input
    parent = os.getppid()
    server = None
    while os.getppid() == parent:
        if not select.select([sys.stdin], [], [], PARENT_POLL_S)[0]:
            continue
        line = sys.stdin.readline()
        if not line:
            break
        try:
            del server
            server = llama.Server(parameters(json.loads(line)))
            reply = "ready"
        except RuntimeError as error:
            server, reply = None, str(error)
        sys.stdout.write(reply.splitlines()[0] + "\n")
        sys.stdout.flush()
    os._exit(0)  # at once: the server's threads would be waited for


if __name__ == "__main__":
    main()
