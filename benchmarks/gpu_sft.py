"""Supervised fine-tuning on one GPU: tokens a second, peak memory and FLOPs utilisation, for each method, layout and backend.

python -m benchmarks.gpu_sft                  # at most eight minutes; needs a CUDA device, and nothing of the pipeline
python -m benchmarks.gpu_sft --only lora      # the cells whose name contains a word
python -m benchmarks.gpu_sft --device cpu     # a tiny model on a processor: does every line run? The figures mean nothing

The model has the shape of Qwen3-0.6B, its 151,936 embeddings included, and random weights; the rows are made up, of about 200
tokens each. Each cell is one training by the sft stage's own code with the settings of `scale=full hardware=gpu`, in a process of
its own. Without flash_attn every cell has SDPA (`used` says so), and the cell that compares them is skipped; so is a cell whose
package (bitsandbytes, unsloth) is not installed. A cell that fails says why, and the others go on. Without a CUDA device the exit
code is 2.

The clock runs from the end of the third step to the end of the last one, after all kernels are done. Utilisation (mfu) is useful
FLOPs over the card's dense bfloat16 peak: 6ND for `full`; 4ND for adapters, which need no gradients of weights. N counts
parameters without embeddings, D tokens without padding. The last line is one JSON object.
"""

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from stages.sft import Sft
from vitrine.params import composition
from vitrine.settings import parse

ROOT = Path(__file__).resolve().parents[1]
SHAPE = {"hidden": 1024, "layers": 28, "heads": 16, "kv_heads": 8, "head": 128, "feed_forward": 3072}
EMBEDDINGS = 151_936
TINY = {"hidden": 64, "layers": 2, "heads": 4, "kv_heads": 2, "head": 16, "feed_forward": 96}  # with --device cpu
TINY_EMBEDDINGS, TINY_BATCH = 4096, {"batch": 8, "micro_batch": 4, "context": 256}
STEPS, WARM = 8, 3  # optimizer steps of a cell, and those before the clock starts
BUDGET_S = 460
PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "L4": 121e12, "4090": 165e12}  # dense bfloat16 FLOPs/s

COMPARED = "lora, packed, sdpa"  # is the same as "lora, packed" without flash_attn
# name -> overrides of the sft section
CELLS: dict[str, dict[str, Any]] = {
    "lora, padded, sdpa": {"packing": False, "load.attention": "sdpa"},
    COMPARED: {"load.attention": "sdpa"},
    "lora, packed": {},
    "lora, packed, whole batch at once": {"micro_batch": 32},
    "lora, packed, checkpointing": {"checkpointing": True},
    "lora, unsloth": {"backend": "unsloth", "packing": False},
    "full, padded, sdpa": {"method.name": "full", "packing": False, "load.attention": "sdpa"},
    "full, packed": {"method.name": "full"},
    "qlora, packed": {"method.name": "qlora", "load.quantisation": "nf4", "optimizer": "paged_adamw_8bit"},
    "qlora, unsloth": {"backend": "unsloth", "packing": False, "method.name": "qlora", "load.quantisation": "nf4"},
}


def settings_of(cell: str, device: str = "cuda") -> Sft:
    """The settings of a cell: those of the recipe on a GPU, packed and with FlashAttention, changed as CELLS says."""
    section = composition(["recipe=vitrine", "scale=full", "hardware=gpu"])["sft"] | {
        "packing": True,
        "steps": STEPS,
        "log_every": 1,
    }
    changes = (TINY_BATCH if device == "cpu" else {}) | CELLS[cell] | {"load.device": device}
    for key, value in changes.items():
        group, _, name = key.rpartition(".")
        section = section | ({group: section[group] | {name: value}} if group else {name: value})
    return parse(Sft, "sft", section)


def packages_of(cell: str, settings: Sft) -> list[str]:
    """Packages that a cell is about: without them it could not run, or would repeat another one."""
    needed = {
        "flash_attn": cell == COMPARED,
        "bitsandbytes": settings.load.quantisation is not None or settings.optimizer.endswith("8bit"),
        "unsloth": settings.backend == "unsloth",
    }
    return [name for name, is_needed in needed.items() if is_needed]


def made_up_rows(count: int) -> list[dict[str, Any]]:
    from benchmarks.decoding import texts
    from vitrine.chat.messages import user_message

    words, rng = " ".join(texts(4000)).split(), random.Random(7)

    def text(mean: float) -> str:
        length = min(200, max(8, round(rng.lognormvariate(math.log(mean), 0.6))))
        start = rng.randrange(len(words) - length)
        return " ".join(words[start : start + length])

    return [{"id": str(n), "messages": user_message(text(50)), "gold": text(50)} for n in range(count)]


def make_model(folder: Path, device: str) -> dict[str, Any]:
    import torch

    from benchmarks.decoding import texts
    from vitrine.chat.template import TEMPLATES
    from vitrine.lm import decoder, tokenizer
    from vitrine.lm.settings import Load, Scratch

    learned = tokenizer.train(texts(2000), TEMPLATES["chatml"], vocabulary=2048, context=2048)
    shape, embeddings = (SHAPE, EMBEDDINGS) if device == "cuda" else (TINY, TINY_EMBEDDINGS)
    lm = Scratch(origin="scratch", template="chatml", vocabulary=len(learned), context=2048, **shape)
    with torch.device(device):  # on a GPU random weights take no time
        model = decoder.build(lm, learned, Load(dtype="bfloat16", device=device), seed=7)
        model.weights.resize_token_embeddings(embeddings, mean_resizing=False)
    model.save(folder)
    return {"parameters": model.weights.num_parameters()}


def measure(cell: str, folder: Path, device: str) -> dict[str, Any]:
    settings = settings_of(cell, device)
    from vitrine.training.sft import unsloth

    if settings.backend == "unsloth":
        unsloth.start()
    import torch
    import transformers.trainer

    from vitrine.lm.model import Model
    from vitrine.training.sft.trainer import sft

    ends: list[float] = []
    lengths: list[int] = []

    class Clock(transformers.TrainerCallback):
        """Counts tokens from the rows, which are read in order: not every backend logs them."""

        def on_train_begin(self, *_: Any, train_dataloader: Any = None, **__: Any) -> None:
            lengths.extend(len(ids) for ids in train_dataloader.dataset["input_ids"])

        def on_step_end(self, *_: Any, **__: Any) -> None:
            if device == "cuda":
                torch.cuda.synchronize()
            ends.append(time.perf_counter())

    transformers.trainer.DEFAULT_CALLBACKS.append(Clock)
    if settings.backend == "unsloth":
        model = unsloth.load(folder, settings.load, settings.method, max_length=settings.context)
    else:
        model = Model.load(folder, settings.load)
    embeddings = model.weights.get_input_embeddings().weight.numel()
    parameters = model.weights.num_parameters() - embeddings
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    with tempfile.TemporaryDirectory() as scratch:
        curves = Path(scratch) / "curves.csv"
        options = {"max_length": settings.context, "seed": 7, "curves": curves}
        options |= {"packing": settings.packing, "backend": settings.backend}
        _, metrics = sft(model, made_up_rows(2 * STEPS * settings.batch), settings, settings.method, **options)
    if len(ends) != STEPS or len(lengths) != STEPS * settings.batch:
        raise RuntimeError(f"{len(ends)} steps and {len(lengths)} rows were seen instead of {STEPS} and {STEPS * settings.batch}")
    rate = sum(lengths[WARM * settings.batch :]) / (ends[-1] - ends[WARM - 1])
    factor = 6 if settings.method.name == "full" else 4
    peak = peak_flops(torch.cuda.get_device_name()) if device == "cuda" else None
    return {
        "tokens_per_s": round(rate),
        "peak_gb": round(torch.cuda.max_memory_allocated() / 1e9, 1) if device == "cuda" else None,
        "mfu": round(rate * factor * parameters / peak, 4) if peak else None,
        "flops_per_token": f"{factor}ND",
        "tokens_per_step": round(sum(lengths) / STEPS),
        "padding_share": round(metrics["padding_share"], 3),
        "used": metrics["used"],
    }


def peak_flops(device_name: str) -> float | None:
    words = device_name.replace("-", " ").split()  # "NVIDIA L40S", "NVIDIA A100-SXM4-80GB"
    return next((flops for name, flops in PEAKS.items() if name in words), None)


def worker(*args: str, limit_s: float) -> dict[str, Any]:
    """Run this module in a process of its own; the last JSON object that it prints, or the reason why there is none."""
    command = [sys.executable, "-m", "benchmarks.gpu_sft", *args]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit_s)
    except subprocess.TimeoutExpired:
        return {"failed": f"took more than {limit_s:.0f} s"}
    printed = [line for line in done.stdout.splitlines() if line.startswith("{")] if done.returncode == 0 else []
    for line in reversed(printed):  # a library may print more after it
        try:
            return dict(json.loads(line))
        except json.JSONDecodeError:
            continue
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return {"failed": lines[-1][:500] if lines else f"exit code {done.returncode}"}


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--only", default="", help="a word of the names of the cells to run")
    words.add_argument("--cell", help=argparse.SUPPRESS)
    words.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    words.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="cpu: a tiny model; does every line run?")
    options = words.parse_args()
    if options.model:
        on = options.device
        found = measure(options.cell, options.model, on) if options.cell else make_model(options.model, on)
        print(json.dumps(found))
        return 0
    import torch

    if options.device == "cuda" and not torch.cuda.is_available():
        print("benchmarks.gpu_sft needs a CUDA device, and torch sees none", file=sys.stderr)
        return 2
    started = time.monotonic()
    name = torch.cuda.get_device_name() if options.device == "cuda" else "cpu"
    figures: dict[str, Any] = {"device": name, "torch": torch.__version__}
    with tempfile.TemporaryDirectory(prefix="vitrine-gpu-") as scratch:
        common = ("--device", options.device, "--model", str(Path(scratch) / "model"))
        figures["model"] = worker(*common, limit_s=120)
        for cell in (name for name in CELLS if options.only in name):
            missing = [name for name in packages_of(cell, settings_of(cell, options.device)) if find_spec(name) is None]
            left = BUDGET_S - (time.monotonic() - started)
            if "failed" in figures["model"]:
                figures[cell] = {"skipped": "the model could not be made"}
            elif missing:
                figures[cell] = {"skipped": f"{', '.join(missing)} is not installed"}
            elif left < 20:
                figures[cell] = {"skipped": "no time left"}
            else:
                figures[cell] = worker(*common, "--cell", cell, limit_s=min(120, left))
            print(f"{cell:36}{json.dumps(figures[cell])}", flush=True)
    print(json.dumps(figures))
    return 1 if "failed" in figures["model"] else 0


if __name__ == "__main__":
    sys.exit(main())
