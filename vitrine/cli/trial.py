"""One real step on the longest rows, in a process of its own: the measured peak beside the predicted one.

    run_trial("sft", settings)         # bytes; of a GPU if the step ran on one, else of the process

The stage's own code trains two forward passes of `micro_batch` rows with a copy of the settings. Nothing of the pipeline is
written: the model goes to a temporary folder.
"""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vitrine import tables
from vitrine.errors import VitrineError, first_line
from vitrine.settings import parse
from vitrine.tables.chat import CHAT
from vitrine.tables.prompts import PROMPTS

ROWS = {"base": ("train", CHAT), "sft": ("train", CHAT), "grpo": ("prompts", PROMPTS)}


def run_trial(kind: str, settings: Any) -> int:
    """Peak memory of one step on the longest rows, in bytes."""
    key, schema = ROWS[kind]
    size = settings.micro_batch
    batch = size if settings.batch == size else 2 * size
    with TemporaryDirectory(prefix="vitrine-preflight-") as scratch:
        folder = Path(scratch)
        table = tables.read(getattr(settings, key), schema, why_needed="a trial needs the rows of the training")
        if kind == "sft":
            table = [row for row in table if row["gold"] is not None]
        table.sort(key=_characters, reverse=True)
        # a model from scratch learns its tokenizer from all rows
        tables.write(folder / "rows.parquet", table if kind == "base" else table[:batch], schema)
        own = {key: str(folder / "rows.parquet"), "model": str(folder / "model"), "curves": str(folder / "curves.csv")}
        changed: dict[str, Any] = {"steps": 1, "batch": batch, "log_every": 1}
        if kind != "base":
            changed["evaluate"] = {"prompts": 0, "every": 0, "patience": 0, "max_tokens": None}
        values = settings.model_dump(mode="json") | own | changed
        (folder / "settings.json").write_text(json.dumps(values), encoding="utf-8")
        command = [sys.executable, "-m", "vitrine.cli.trial", kind, str(folder / "settings.json")]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(Path.cwd())})
        if done.returncode:
            last = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
            raise VitrineError(f"the step on the longest rows failed: {first_line(RuntimeError(last))}")
        return int(json.loads(done.stdout.strip().splitlines()[-1])["peak"])


def _characters(row: Mapping[str, Any]) -> int:
    return sum(len(message["content"]) for message in row["messages"]) + len(row.get("gold") or "")


def _step(kind: str, file: Path) -> int:
    from vitrine.stage import keep_freed_memory
    from vitrine.training.preflight.machine import resident_peak

    keep_freed_memory()  # as in a stage
    stage = importlib.import_module(f"stages.{kind}").main
    stage.body(parse(stage.kind, kind, json.loads(file.read_text(encoding="utf-8"))))
    import torch

    if torch.cuda.is_available() and torch.cuda.max_memory_reserved():
        return int(torch.cuda.max_memory_reserved())
    return resident_peak()


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"peak": _step(sys.argv[1], Path(sys.argv[2]))}) + "\n")
