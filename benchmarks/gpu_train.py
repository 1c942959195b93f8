"""What one GPU does with the settings of `scale=full hardware=gpu`: tokens a second and memory, for SFT, GRPO and answering.

dvc repro format base                # the rows and the tokenizer that it trains with
python -m benchmarks.gpu_train       # two minutes; needs a CUDA device

The model has the shape of Qwen3-0.6B, its 151,936 embeddings included, and random weights: speed and memory do not depend on
what a model knows, except that one which never learnt to stop writes every reply to its limit. A step's time is the
difference of a longer and a shorter training, so that nothing that happens once is in it. The last line is one JSON object.
"""

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
REPLY = 128  # tokens; `scale=full` allows 512, which no reply of the sample's tasks needs


def main() -> None:
    if not torch.cuda.is_available():
        sys.exit("benchmarks.gpu_train needs a CUDA device, and torch sees none")
    words = Model.load(Path("models/base"), Load()).tokenizer
    rows = [
        row
        for row in tables.read(Path("data/chat/train.parquet"), CHAT, why_needed="there is nothing to train on")
        if row["gold"]
    ]
    lm = Scratch(origin="scratch", template="chatml", vocabulary=len(words), context=2048, **SHAPE)

    def fresh(load: Load) -> Model:
        with torch.device("cuda"):  # where random weights cost nothing
            model = decoder.build(lm, words, load, seed=7)
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
                _, found = sft(
                    fresh(settings.load), rows, settings, settings.method, max_length=settings.context, seed=7, curves=curves
                )
                return found["mean_tokens"] * settings.batch

            figures |= shown(f"sft_{method}", *measured(train))

        def pay(steps: int) -> float:
            settings = parse(Grpo, "grpo", composed["grpo"] | {"steps": steps, "max_tokens": REPLY, "prompts": "unused"})
            graded = [row for row in rows if row["task"] in GRADED][:200]
            grpo(fresh(settings.load), graded, settings, settings, settings, seed=7, curves=curves)
            return float(settings.batch)

        figures |= shown("grpo", *measured(pay, short=1, long=3), unit="replies")
        fresh(Load()).save(Path(scratch) / "model")
        engine = Transformers(name="transformers", batch=128).open(Path(scratch) / "model", Load())
        prompts = [row["messages"] for row in rows[:128]]
        engine.answer(prompts, Sampling(max_tokens=8))
        torch.cuda.reset_peak_memory_stats()
        started = time.perf_counter()
        said = engine.answer(prompts, Sampling(max_tokens=REPLY))
        seconds = time.perf_counter() - started
        figures |= shown("answers", sum(answer.tokens for (answer,) in said), seconds, peak_gb())
    print(json.dumps(figures))


def measured(train: Callable[[int], float], *, short: int = SHORT, long: int = LONG) -> tuple[float, float, float]:
    """What one step gets through, its seconds, and the most memory a training held."""
    train(1)  # kernels are loaded and memory is asked for
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


def shown(what: str, amount: float, seconds: float, peak: float, *, unit: str = "tokens") -> dict[str, float]:
    found = {f"{what}_{unit}_per_s": round(amount / seconds, 1), f"{what}_s": round(seconds, 2), f"{what}_peak_gb": peak}
    print("\n".join(f"{name:32}{value}" for name, value in found.items()), flush=True)
    return found


if __name__ == "__main__":
    main()
