"""Supervised fine-tuning on one GPU: tokens a second, peak memory and FLOPs utilisation, for each method, layout and backend.

python -m benchmarks.gpu_sft                  # at most eight minutes; needs a CUDA device, and nothing of the pipeline
python -m benchmarks.gpu_sft --only lora      # the cells whose name contains a word

The model has the shape of Qwen3-0.6B, its 151,936 embeddings included, and random weights; the texts are made up. Each cell is
one training by the sft stage's own code with the settings of `scale=full hardware=gpu`, in a process of its own. A cell without
its package (flash_attn, bitsandbytes, unsloth) is listed as skipped. Without a CUDA device the exit code is 2.

Utilisation (mfu) is useful FLOPs over the card's dense bfloat16 peak: 6ND for `full`; 4ND for adapters, which need no gradients
of weights. N counts parameters without embeddings, D tokens without padding. The last line is one JSON object.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from stages.sft import Sft
from vitrine.params import composition
from vitrine.settings import parse

ROOT = Path(__file__).resolve().parents[1]
SHAPE = {"hidden": 1024, "layers": 28, "heads": 16, "kv_heads": 8, "head": 128, "feed_forward": 3072}
EMBEDDINGS = 151_936
STEPS, WARM = 8, 3  # optimizer steps of a cell, and those before the clock starts
BUDGET_S = 460
PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "L4": 121e12, "4090": 165e12}  # dense bfloat16 FLOPs/s

# name -> overrides of the sft section
CELLS: dict[str, dict[str, Any]] = {
    "full, padded, sdpa": {"method.name": "full", "packing": False, "load.attention": "sdpa"},
    "full, packed, flash": {"method.name": "full"},
    "lora, padded, sdpa": {"packing": False, "load.attention": "sdpa"},
    "lora, packed, sdpa": {"load.attention": "sdpa"},
    "lora, packed, flash": {},
    "lora, packed, flash, checkpointing": {"checkpointing": True},
    "qlora, packed, flash": {"method.name": "qlora", "load.quantisation": "nf4", "optimizer": "paged_adamw_8bit"},
    "lora, unsloth": {"backend": "unsloth", "packing": False},
    "qlora, unsloth": {"backend": "unsloth", "packing": False, "method.name": "qlora", "load.quantisation": "nf4"},
}


def settings_of(cell: str) -> Sft:
    """The settings of a cell: those of the recipe on a GPU, packed and with FlashAttention, changed as CELLS says."""
    section = composition(["recipe=vitrine", "scale=full", "hardware=gpu"])["sft"] | {
        "packing": True,
        "steps": STEPS,
        "log_every": 1,
    }
    for key, value in CELLS[cell].items():
        group, _, name = key.rpartition(".")
        section = section | ({group: section[group] | {name: value}} if group else {name: value})
    return parse(Sft, "sft", section)


def packages_of(settings: Sft) -> list[str]:
    """Packages that a cell is about: without them a substitute would be measured."""
    needed = {
        "flash_attn": settings.load.attention == "flash_attention_2" and settings.backend == "trl",
        "bitsandbytes": settings.load.quantisation is not None or settings.optimizer.endswith("8bit"),
        "unsloth": settings.backend == "unsloth",
    }
    return [name for name, is_needed in needed.items() if is_needed]


def made_up_rows(count: int) -> list[dict[str, Any]]:
    from benchmarks.decoding import texts
    from vitrine.chat.messages import user_message

    prompts, replies = texts(2 * count)[:count], texts(2 * count)[count:]
    return [{"messages": user_message(prompt), "gold": answer} for prompt, answer in zip(prompts, replies, strict=True)]


def make_model(folder: Path) -> dict[str, Any]:
    import torch

    from benchmarks.decoding import texts
    from vitrine.chat.template import TEMPLATES
    from vitrine.lm import decoder, tokenizer
    from vitrine.lm.settings import Load, Scratch

    learned = tokenizer.train(texts(2000), TEMPLATES["chatml"], vocabulary=2048, context=2048)
    lm = Scratch(origin="scratch", template="chatml", vocabulary=len(learned), context=2048, **SHAPE)
    with torch.device("cuda"):  # where random weights take no time
        model = decoder.build(lm, learned, Load(dtype="bfloat16"), seed=7)
        model.weights.resize_token_embeddings(EMBEDDINGS, mean_resizing=False)
    model.save(folder)
    return {}


def measure(cell: str, folder: Path) -> dict[str, Any]:
    settings = settings_of(cell)
    from vitrine.training.sft import unsloth

    if settings.backend == "unsloth":
        unsloth.start()
    import torch
    import transformers.trainer

    from vitrine.lm.model import Model
    from vitrine.training.sft.trainer import sft

    marks: list[tuple[float, float]] = []

    class Clock(transformers.TrainerCallback):
        def on_log(self, *_: Any, logs: Mapping[str, float], **__: Any) -> None:
            if "num_tokens" in logs:
                torch.cuda.synchronize()
                marks.append((time.perf_counter(), logs["num_tokens"]))

    transformers.trainer.DEFAULT_CALLBACKS.append(Clock)
    if settings.backend == "unsloth":
        model = unsloth.load(folder, settings.load, settings.method, max_length=settings.context)
    else:
        model = Model.load(folder, settings.load)
    embeddings = model.weights.get_input_embeddings().weight.numel()
    parameters = model.weights.num_parameters() - embeddings
    with tempfile.TemporaryDirectory() as scratch:
        curves = Path(scratch) / "curves.csv"
        options = {"max_length": settings.context, "seed": 7, "curves": curves}
        options |= {"packing": settings.packing, "backend": settings.backend}
        _, metrics = sft(model, made_up_rows(512), settings, settings.method, **options)
    (start, before), (end, after) = marks[WARM - 1], marks[-1]
    rate = (after - before) / (end - start)
    per_token = (6 if settings.method.name == "full" else 4) * parameters
    peak = next((flops for name, flops in PEAKS.items() if name in torch.cuda.get_device_name()), None)
    return {
        "tokens_per_s": round(rate),
        "peak_gb": round(torch.cuda.max_memory_allocated() / 1e9, 1),
        "mfu": round(rate * per_token / peak, 4) if peak else None,
        "flops_per_token": f"{6 if settings.method.name == 'full' else 4}ND",
        "padding_share": round(metrics["padding_share"], 3),
        "used": metrics["used"],
    }


def worker(*args: str, limit_s: float) -> dict[str, Any]:
    """Run this module in a process of its own; the JSON object on its last line, or the reason why there is none."""
    command = [sys.executable, "-m", "benchmarks.gpu_sft", *args]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit_s)
    except subprocess.TimeoutExpired:
        return {"failed": f"took more than {limit_s:.0f} s"}
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return json.loads(lines[-1]) if done.returncode == 0 else {"failed": lines[-1] if lines else f"exit code {done.returncode}"}


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--only", default="", help="a word of the names of the cells to run")
    words.add_argument("--cell", help=argparse.SUPPRESS)
    words.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    options = words.parse_args()
    if options.model:
        found = measure(options.cell, options.model) if options.cell else make_model(options.model)
        print(json.dumps(found))
        return 0
    import torch

    if not torch.cuda.is_available():
        print("benchmarks.gpu_sft needs a CUDA device, and torch sees none", file=sys.stderr)
        return 2
    started = time.monotonic()
    figures: dict[str, Any] = {"device": torch.cuda.get_device_name(), "torch": torch.__version__}
    with tempfile.TemporaryDirectory(prefix="vitrine-gpu-") as scratch:
        folder = Path(scratch) / "model"
        if failed := worker("--model", str(folder), limit_s=120):
            print(f"the model could not be made: {failed['failed']}", file=sys.stderr)
            return 1
        for cell in (name for name in CELLS if options.only in name):
            missing = [name for name in packages_of(settings_of(cell)) if find_spec(name) is None]
            left = BUDGET_S - (time.monotonic() - started)
            if missing:
                figures[cell] = {"skipped": f"{', '.join(missing)} is not installed"}
            elif left < 20:
                figures[cell] = {"skipped": "no time left"}
            else:
                figures[cell] = worker("--cell", cell, "--model", str(folder), limit_s=min(120, left))
            print(f"{cell:36}{json.dumps(figures[cell])}", flush=True)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
