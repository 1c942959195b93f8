"""One training step with each backend of SFT: labels, loss and gradients beside those of `trl`.

make unsloth
python -m benchmarks.backends        # two minutes; trl alone if Unsloth is not installed

Each backend runs in a process of its own, as a stage does. Both start from the same adapter and read the same first batch. The
last line is one JSON object: are the labels equal, the losses, the cosine of the gradients, and tokens a second.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
STEPS = 4


def worker(backend: str, base: Path, rows: Sequence[Mapping[str, Any]], context: int, out: Path) -> None:
    """Train with `backend`; write the first batch's labels, loss and gradients, and the speed of the later steps."""
    import time
    import zlib

    from vitrine.training.sft import unsloth

    if backend == "unsloth":
        unsloth.start()
    import torch
    import transformers.trainer
    from safetensors.torch import save_file

    from vitrine.lm.model import Model
    from vitrine.lm.settings import Load
    from vitrine.training.loop.schedule import Schedule
    from vitrine.training.sft.adapter import Method
    from vitrine.training.sft.trainer import sft

    torch.set_num_threads(1)
    found: dict[str, Any] = {"marks": []}

    class Look(transformers.TrainerCallback):
        def on_train_begin(self, *_: Any, model: Any, train_dataloader: Any, **__: Any) -> None:
            found["labels"] = next(iter(train_dataloader))["labels"].tolist()
            for name, weight in model.named_parameters():
                if "lora_A" in name:  # the same adapter for every backend; lora_B is zero
                    seeded = torch.Generator().manual_seed(zlib.crc32(name.encode()))
                    weight.data = torch.randn(weight.shape, generator=seeded).to(weight) / weight.shape[1] ** 0.5

        def on_pre_optimizer_step(self, *_: Any, model: Any, **__: Any) -> None:
            gradients = {
                name: weight.grad.float().clone() for name, weight in model.named_parameters() if weight.grad is not None
            }
            if "loss" not in found:
                save_file(gradients, out.with_suffix(".safetensors"))

        def on_log(self, *_: Any, logs: Mapping[str, float], **__: Any) -> None:
            if "num_tokens" in logs or "loss" in logs:
                found.setdefault("loss", logs.get("loss"))
                found["marks"].append((time.process_time(), logs.get("num_tokens", 0)))

    transformers.trainer.DEFAULT_CALLBACKS.append(Look)
    method = Method(name="lora", rank=8, alpha=16, dropout=0.0)
    schedule = Schedule(
        steps=STEPS,
        batch=8,
        micro_batch=8,
        optimizer="adamw",
        learning_rate=1e-3,
        warmup=0.0,
        decay="constant",
        weight_decay=0.0,
        clip=1.0,
        precision="float32",
        log_every=1,
    )
    load = Load(device="cpu")
    model = unsloth.load(base, load, method, max_length=context) if backend == "unsloth" else Model.load(base, load)
    curves = out.with_suffix(".csv")
    _, metrics = sft(model, rows, schedule, method, max_length=context, seed=7, curves=curves, backend=backend)
    (start, before), (end, after) = found["marks"][0], found["marks"][STEPS - 1]
    found |= {"mean_loss": metrics["mean_loss"], "tokens_per_s": (after - before) / (end - start), "used": metrics["used"]}
    out.write_text(json.dumps({key: value for key, value in found.items() if key != "marks"}))


def compare(base: Path, rows: Sequence[Mapping[str, Any]], context: int, backends: Sequence[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="vitrine-backends-") as scratch:
        given = Path(scratch) / "rows.json"
        given.write_text(json.dumps(rows))
        for backend in backends:
            out = Path(scratch) / f"{backend}.json"
            command = [sys.executable, "-m", "benchmarks.backends", "--worker", backend, "--base", str(base.resolve())]
            command += ["--rows", str(given), "--context", str(context), "--out", str(out)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"{backend} failed: {done.stderr[-2000:]}")
        found = {backend: json.loads((Path(scratch) / f"{backend}.json").read_text()) for backend in backends}
        gradients = {backend: _flat(Path(scratch) / f"{backend}.safetensors") for backend in backends}
    figures: dict[str, Any] = {}
    for backend in backends:
        own, reference = gradients[backend], gradients["trl"]
        figures[backend] = {
            "labels_equal": found[backend]["labels"] == found["trl"]["labels"],
            "loss": round(found[backend]["loss"], 6),
            "mean_loss": round(found[backend]["mean_loss"], 6),
            "gradient_cosine": round(float((own @ reference) / (own.norm() * reference.norm())), 6),
            "gradient_norm_ratio": round(float(own.norm() / reference.norm()), 4),
            "tokens_per_s": round(found[backend]["tokens_per_s"]),
        }
    return figures


def _flat(path: Path) -> Any:
    import torch
    from safetensors.torch import load_file

    return torch.cat([value.flatten() for _, value in sorted(load_file(path).items())]).double()


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--base", type=Path, default=Path("models/base"))
    words.add_argument("--chat", type=Path, default=Path("data/chat"))
    words.add_argument("--context", type=int, default=512)
    words.add_argument("--worker", help=argparse.SUPPRESS)
    words.add_argument("--rows", type=Path, help=argparse.SUPPRESS)
    words.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = words.parse_args()
    if options.worker:
        worker(options.worker, options.base, json.loads(options.rows.read_text()), options.context, options.out)
        return
    from vitrine import tables
    from vitrine.tables.chat import CHAT

    rows = [row for row in tables.read(options.chat / "train.parquet", CHAT) if row["gold"] is not None][:200]
    backends = ["trl", *(["unsloth"] if find_spec("unsloth") else [])]
    print(json.dumps(compare(options.base, rows, options.context, backends)))


if __name__ == "__main__":
    main()
