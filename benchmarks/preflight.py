"""How well `vitrine preflight` predicts memory and time: ten trainings that its constants were not fitted on.

python -m benchmarks.preflight                  # the ten settings; at most five minutes of processor time
python -m benchmarks.preflight --set fitted     # the settings that the constants come from
python -m benchmarks.preflight --only lora      # the settings whose name contains a word

Each setting is a training by the sft stage's own code in a process of its own, three steps on a model with random weights. The
measured memory is the peak of the whole process (resident set). The measured time is processor time of one thread per step, after
the first step, so that a busy machine changes it little. The prediction is made before, in this process, by the code of the
command. The last line is one JSON object; `within`: every memory error is at most 15 %, and every time error at most 25 %.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SEED, STEPS = 7, 3
MEMORY_LIMIT, TIME_LIMIT = 0.15, 0.25
SHAPES: dict[str, dict[str, int]] = {
    "1m": {"hidden": 128, "layers": 4, "heads": 4, "kv_heads": 2, "head": 64, "feed_forward": 384, "vocabulary": 2048},
    "5m": {"hidden": 256, "layers": 6, "heads": 4, "kv_heads": 2, "head": 64, "feed_forward": 768, "vocabulary": 4096},
    "25m": {"hidden": 384, "layers": 8, "heads": 6, "kv_heads": 2, "head": 64, "feed_forward": 1152, "vocabulary": 24576},
    "60m": {"hidden": 512, "layers": 12, "heads": 8, "kv_heads": 4, "head": 64, "feed_forward": 1536, "vocabulary": 32768},
    "100m": {"hidden": 640, "layers": 16, "heads": 10, "kv_heads": 2, "head": 64, "feed_forward": 1920, "vocabulary": 32768},
}


@dataclass(frozen=True)
class Setting:
    shape: str
    words: int  # at most, of a row
    changes: dict[str, Any] = field(default_factory=dict)  # of the sft section; "lora" for method.name


def _setting(shape: str, words: int, **changes: Any) -> Setting:
    return Setting(shape, words, changes)


FITTED = {
    "1m full": _setting("1m", 120, batch=8, micro_batch=4),
    "1m lora packed": _setting("1m", 60, batch=16, micro_batch=16, method="lora", packing=True),
    "5m full muon checkpointing": _setting("5m", 120, batch=8, micro_batch=8, optimizer="muon", checkpointing=True),
    "25m lora": _setting("25m", 60, batch=4, micro_batch=4, method="lora"),
    "60m full": _setting("60m", 40, batch=2, micro_batch=2),
}
HELD_OUT = {
    "1m full packed": _setting("1m", 120, batch=16, micro_batch=8, packing=True),
    "1m full muon": _setting("1m", 60, batch=32, micro_batch=32, optimizer="muon"),
    "1m full long rows": _setting("1m", 250, batch=4, micro_batch=4),
    "5m lora": _setting("5m", 60, batch=8, micro_batch=8, method="lora"),
    "5m full": _setting("5m", 120, batch=4, micro_batch=2),
    "5m lora packed checkpointing": _setting("5m", 60, batch=8, micro_batch=8, method="lora", packing=True, checkpointing=True),
    "25m full checkpointing": _setting("25m", 40, batch=4, micro_batch=4, checkpointing=True),
    "25m lora packed": _setting("25m", 60, batch=4, micro_batch=4, method="lora", packing=True),
    "60m lora": _setting("60m", 40, batch=2, micro_batch=2, method="lora"),
    "100m full": _setting("100m", 30, batch=1, micro_batch=1),
}
SETS = {"held_out": HELD_OUT, "fitted": FITTED}


def section(setting: Setting, folder: Path) -> dict[str, Any]:
    from vitrine.params import composition

    own = dict(setting.changes)
    values = composition(["user=nobody", "recipe=vitrine", "scale=cpu"])["sft"]
    values |= {
        "train": str(folder / f"{setting.words}.parquet"),
        "base": str(folder / setting.shape),
        "model": str(folder / "trained"),
        "curves": str(folder / "curves.csv"),
        "steps": STEPS,
        "log_every": 1,
        "optimizer": "adamw",
        "learning_rate": 1e-4,
        "seed": SEED,
        "method": values["method"] | {"name": own.pop("method", "full"), "rank": 16},
    }
    return values | own


def make(setting: Setting, folder: Path) -> None:
    """The model and the rows of a setting, unless they are there."""
    from benchmarks.decoding import texts
    from vitrine import tables
    from vitrine.chat.messages import user_message
    from vitrine.chat.template import TEMPLATES
    from vitrine.lm import decoder, tokenizer
    from vitrine.lm.settings import Load, Scratch
    from vitrine.tables.chat import CHAT

    if not (folder / setting.shape).exists():
        shape = Scratch(origin="scratch", template="chatml", context=1024, **SHAPES[setting.shape])
        pieces = tokenizer.train(texts(500), TEMPLATES["chatml"], vocabulary=2048, context=1024)
        model = decoder.build(shape, pieces, Load(device="cpu"), seed=SEED)
        model.weights.resize_token_embeddings(shape.vocabulary, mean_resizing=False)
        model.save(folder / setting.shape)
    if not (folder / f"{setting.words}.parquet").exists():
        words = " ".join(texts(400)).split()
        rows = []
        for number in range(256):
            length = setting.words // 4 + number * 7919 % max(1, setting.words - setting.words // 4)
            own = [words[(number * 31 + place) % len(words)] for place in range(length)]
            prompt, gold = " ".join(own[: length * 2 // 3]), " ".join(own[length * 2 // 3 :])
            name = f"made:{number}"
            rows.append(
                {
                    "id": name, "task": "sentiment", "entity": name, "cluster": name, "messages": user_message(prompt),
                    "gold": gold, "facts": "{}", "version": "1",
                }
            )  # fmt: skip
        tables.write(folder / f"{setting.words}.parquet", rows, CHAT)


def measure(setting: Setting, folder: Path) -> dict[str, float]:
    """One training in this process: its peak memory, and the processor time of a step after the first."""
    from stages.sft import Sft, main
    from vitrine.settings import parse
    from vitrine.stage import keep_freed_memory
    from vitrine.training.preflight.machine import resident_peak

    keep_freed_memory()  # as in a stage
    import torch
    import transformers.trainer

    torch.set_num_threads(1)
    marks: list[float] = []

    class Clock(transformers.trainer.TrainerCallback):
        def on_step_begin(self, *_: Any, **__: Any) -> None:
            marks.append(time.process_time())

        def on_train_end(self, *_: Any, **__: Any) -> None:
            marks.append(time.process_time())

    transformers.trainer.DEFAULT_CALLBACKS.append(Clock)
    settings = parse(Sft, "sft", section(setting, folder))
    ends: list[float] = []

    class End(transformers.trainer.TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            ends.append(time.process_time())

    transformers.trainer.DEFAULT_CALLBACKS.append(End)
    main.body(settings)
    steps = [end - start for start, end in zip(marks, ends, strict=False)]
    return {"memory_mb": resident_peak() / 2**20, "step_s": sum(steps[1:]) / len(steps[1:])}


def worker(name: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.preflight", "--measure", name, "--folder", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    if done.returncode:
        sys.exit(f"{name} did not train: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--set", choices=SETS, default="held_out")
    words.add_argument("--only", default="", help="a word of the names of the settings to run")
    words.add_argument("--measure", help=argparse.SUPPRESS)
    words.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = words.parse_args()
    if chosen.measure:
        print(json.dumps(measure((FITTED | HELD_OUT)[chosen.measure], chosen.folder)))
        return
    import torch

    from vitrine.stage import keep_freed_memory

    keep_freed_memory()  # as the command does
    torch.set_num_threads(1)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="vitrine-preflight-") as scratch:
        folder = chosen.folder or Path(scratch)
        for name, setting in SETS[chosen.set].items():
            if chosen.only in name:
                make(setting, folder)
                found[name] = compared(predict(setting, folder), worker(name, folder))
                print(f"{name:30}{json.dumps(found[name])}", flush=True)
    print(json.dumps(summary(found)))


def predict(setting: Setting, folder: Path) -> dict[str, Any]:
    """What `vitrine preflight` says, and the parts of it."""
    from stages.sft import Sft
    from vitrine.settings import parse
    from vitrine.training.preflight.machine import here
    from vitrine.training.preflight.plan import make_plan

    started = time.process_time()
    settings = parse(Sft, "sft", section(setting, folder))
    plan = make_plan("sft", settings, machine=here("cpu"))
    assert plan.clock
    size = plan.job.schedule.accumulate
    passes = plan.work.passes
    steps = [plan.clock.step_s(passes[start : start + size]) for start in range(size, len(passes), size)]  # after the first
    return {
        "memory_mb": plan.peak.total / 2**20,
        "step_s": sum(steps) / len(steps),
        "passes": size,
        "moment": plan.moment,
        "parts_mb": {part: round(size / 2**20, 1) for part, size in plan.peak.parts.items()},
        "cpu_s": time.process_time() - started,
    }


def compared(predicted: dict[str, Any], measured: dict[str, float]) -> dict[str, Any]:
    return {
        "predicted_mb": round(predicted["memory_mb"]),
        "measured_mb": round(measured["memory_mb"]),
        "memory_error": round(predicted["memory_mb"] / measured["memory_mb"] - 1, 3),
        "predicted_step_s": round(predicted["step_s"], 3),
        "measured_step_s": round(measured["step_s"], 3),
        "time_error": round(predicted["step_s"] / measured["step_s"] - 1, 3),
        "moment": predicted["moment"],
        "parts_mb": predicted["parts_mb"],
        "cpu_s": round(predicted["cpu_s"], 1),
    }


def summary(found: dict[str, Any]) -> dict[str, Any]:
    memory = max((abs(one["memory_error"]) for one in found.values()), default=0.0)
    duration = max((abs(one["time_error"]) for one in found.values()), default=0.0)
    within = bool(found) and memory <= MEMORY_LIMIT and duration <= TIME_LIMIT
    return {"settings": found, "memory_error_max": memory, "time_error_max": duration, "within": within}


if __name__ == "__main__":
    main()
