"""Tokens per second and memory of one GPU with the settings `scale=full hardware=gpu`, for SFT, GRPO and decoding.

dvc repro format base                # the training rows and the tokenizer
python -m benchmarks.gpu_train       # two minutes; needs a CUDA device

The model has the shape of Qwen3-0.6B, including its 151,936 embeddings, and random weights. Speed and memory do not depend on
the weights, with one exception: this model never learned to stop, so every reply has the maximum length. The time of a step is
the difference between a longer and a shorter training, which excludes one-time costs. The last line is one JSON object.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from stages.grpo import Grpo
from stages.sft import Sft
from vitrine import tables
from vitrine.engines.engine import Sampling
from vitrine.engines.settings import Transformers
from vitrine.lm import decoder
from vitrine.lm.model import Model
from vitrine.lm.settings import Load, Scratch
from vitrine.params import composition
from vitrine.settings import parse
from vitrine.tables.chat import CHAT
from vitrine.tasks import GRADED
from vitrine.training.grpo.trainer import grpo
from vitrine.training.sft.trainer import sft

SHAPE = {"hidden": 1024, "layers": 28, "heads": 16, "kv_heads": 8, "head": 128, "feed_forward": 3072}
EMBEDDINGS = 151_936
SHORT, LONG = 2, 8  # steps of the two trainings
REPLY = 128  # tokens; `scale=full` allows 512, but no gold reply of the sample is that long


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    if not torch.cuda.is_available():
        sys.exit("benchmarks.gpu_train needs a CUDA device; torch finds none")
    tokenizer = Model.load(Path("models/base"), Load()).tokenizer
    rows = [
        row
        for row in tables.read(Path("data/chat/train.parquet"), CHAT, why_needed="there is nothing to train on")
        if row["gold"]
    ]
    lm = Scratch(origin="scratch", template="chatml", vocabulary=len(tokenizer), context=2048, **SHAPE)

    def fresh(load: Load) -> Model:
        with torch.device("cuda"):  # fast random initialization
            model = decoder.build(lm, tokenizer, load, seed=7)
            model.weights.resize_token_embeddings(EMBEDDINGS, mean_resizing=False)
        return model

    figures: dict[str, Any] = {
        "device": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "parameters": fresh(Load()).weights.num_parameters(),
    }
    composed = composition(["scale=full", "hardware=gpu"])
    with tempfile.TemporaryDirectory(prefix="vitrine-gpu-") as scratch:
        curves = Path(scratch) / "curves.csv"
        for method in ("lora", "full"):
            section = composed["sft"] | {"method": composed["sft"]["method"] | {"name": method}}

            def train(steps: int, section: dict[str, Any] = section) -> float:
                settings = parse(Sft, "sft", section | {"steps": steps})
                _, metrics = sft(
                    fresh(settings.load), rows, settings, settings.method, max_length=settings.context, seed=7, curves=curves
                )
                return metrics["mean_tokens"] * settings.batch

            figures |= printed(f"sft_{method}", *measure(train))

        def train_grpo(steps: int) -> float:
            settings = parse(Grpo, "grpo", composed["grpo"] | {"steps": steps, "max_tokens": REPLY, "prompts": "unused"})
            graded = [row for row in rows if row["task"] in GRADED][:200]
            grpo(fresh(settings.load), graded, settings, settings, settings, seed=7, curves=curves)
            return float(settings.batch)

        figures |= printed("grpo", *measure(train_grpo, short=1, long=3), unit="replies")
        fresh(Load()).save(Path(scratch) / "model")
        engine = Transformers(name="transformers", batch=128).open(Path(scratch) / "model", Load())
        prompts = [row["messages"] for row in rows[:128]]
        engine.answer(prompts, Sampling(max_tokens=8))
        torch.cuda.reset_peak_memory_stats()
        started = time.perf_counter()
        replies = engine.answer(prompts, Sampling(max_tokens=REPLY))
        seconds = time.perf_counter() - started
        figures |= printed("answers", sum(answer.tokens for (answer,) in replies), seconds, peak_gb())
    print(json.dumps(figures))


def measure(train: Callable[[int], float], *, short: int = SHORT, long: int = LONG) -> tuple[float, float, float]:
    """The amount of work of one step, its seconds, and the peak memory of the training."""
    train(1)  # loads kernels and allocates memory
    torch.cuda.reset_peak_memory_stats()
    seconds = []
    for steps in (short, long):
        torch.cuda.synchronize()
        started = time.perf_counter()
        amount = train(steps)
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    return amount, (seconds[1] - seconds[0]) / (long - short), peak_gb()


def peak_gb() -> float:
    return round(torch.cuda.max_memory_allocated() / 1e9, 1)


def printed(name: str, amount: float, seconds: float, peak: float, *, unit: str = "tokens") -> dict[str, float]:
    figures = {f"{name}_{unit}_per_s": round(amount / seconds, 1), f"{name}_s": round(seconds, 2), f"{name}_peak_gb": peak}
    print("\n".join(f"{key:32}{value}" for key, value in figures.items()), flush=True)
    return figures


if __name__ == "__main__":
    main()
