"""Start llama.cpp in a process of its own, and talk to it.

    llama = LlamaProcess(Path("sft.gguf"), threads=1, gpu_layers=0)
    with llama.serve(slots=8, context=512) as server:
        server.post("/completion", {"prompt": [1, 5, 9], "n_predict": 16})["tokens"]

Why a process: an assertion that fails in C++ ends that process with a line in its log, instead of this one without a word; its
memory is given back; and Ctrl-C works while it computes. `benchmarks/engine_llama_cpp.py` shows what that costs.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx

from vitrine.errors import CheckpointError, SettingsError

logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs each request: a line for every sampled prompt

EXTRA = "pip install -c constraints.txt -e '.[gguf]'"
MAGIC = b"GGUF"
EXIT_TIMEOUT_S = 5.0  # after its standard input closes, the process gets this long before it is killed


def require(package: str, why: str) -> None:
    if find_spec(package) is None:
        raise SettingsError(f"{why} needs the package {package}, which is not installed: {EXTRA}")


def check_file(file: Path) -> None:
    if not file.is_file():
        raise CheckpointError(
            f"{file} is not there; give the path of a GGUF file, or set engine.file to null to convert the model"
        )
    with file.open("rb") as opened:
        if opened.read(len(MAGIC)) != MAGIC:
            raise CheckpointError(f"{file} is not a GGUF file: it does not begin with {MAGIC.decode()}")


@dataclass(frozen=True)
class Server:
    """An open server: its HTTP client, and what it says of the model."""

    client: httpx.Client
    llama: "LlamaProcess"

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._result(path, "POST", body)

    def get(self, path: str) -> Any:
        return self._result(path, "GET", None)

    def _result(self, path: str, method: str, body: dict[str, Any] | None) -> Any:
        try:
            result = self.client.request(method, path, json=body).json()
        except httpx.HTTPError as error:
            raise CheckpointError(
                f"llama.cpp ended while it answered from {self.llama.file} ({self.llama.last_words()})"
            ) from error
        if isinstance(result, dict) and "error" in result:
            raise CheckpointError(f"llama.cpp refuses a request for {self.llama.file}: {result['error']['message']}")
        return result


class LlamaProcess:
    def __init__(self, file: Path, *, threads: int, gpu_layers: int) -> None:
        require("xllamacpp", "engine.name=llama_cpp")
        check_file(file)
        self.file, self.threads, self.gpu_layers = file, threads, gpu_layers
        scratch = tempfile.TemporaryDirectory(prefix="vitrine-llama-")  # readable by this user only
        self.socket, self.log = Path(scratch.name) / "llama.sock", Path(scratch.name) / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vitrine.engines.llama_server"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | {"OMP_NUM_THREADS": str(threads)},
            )
        self.close = weakref.finalize(self, _end, self.process, scratch)

    @contextmanager
    def serve(self, *, slots: int, context: int) -> Iterator[Server]:
        """A server with empty caches: `slots` replies at once, each with `context` tokens of memory, prompt included."""
        self.socket.unlink(missing_ok=True)
        asked = {
            "file": str(self.file.absolute()),
            "socket": str(self.socket),
            "slots": slots,
            "context": context,
            "threads": self.threads,
            "gpu_layers": self.gpu_layers,
        }
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # its last words follow
        if (reply := self.process.stdout.readline().strip()) != "ready":
            raise CheckpointError(f"llama.cpp cannot load {self.file} ({self.last_words() or reply or 'it ended'})")
        transport = httpx.HTTPTransport(uds=str(self.socket))
        with httpx.Client(transport=transport, base_url="http://llama", timeout=None, trust_env=False) as client:
            yield Server(client, self)

    def last_words(self) -> str:
        """The last line that llama.cpp logged."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1].strip()[-300:] if lines else ""


def _end(process: "subprocess.Popen[str]", scratch: "tempfile.TemporaryDirectory[str]") -> None:
    for stream in (process.stdin, process.stdout):
        if stream:
            with suppress(BrokenPipeError):
                stream.close()
    try:
        process.wait(EXIT_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    scratch.cleanup()
