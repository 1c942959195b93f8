"""Does the model learn, and does GRPO add anything that more SFT would not? Three seeds, 1,500 held-out prompts and more.

python -m benchmarks.learning                 # seeds 7, 8 and 9; half an hour each
python -m benchmarks.learning --seed 7 grpo.learning_rate=3e-4
python -m benchmarks.learning --into /tmp/learning     # keeps its clones there, and goes on where it was interrupted

Each seed makes its own data, model and rollouts, by the pipeline of this commit in a temporary clone. The control takes
the SFT model and goes on with SFT for as much processor time as GRPO took. The last line is one JSON object.
"""

import argparse
import json
import resource
from pathlib import Path
from typing import Any

import yaml

from benchmarks.checkout import clone, run
from vitrine import tables
from vitrine.evaluation.scores.scoreboard import scoreboard
from vitrine.tables.answers import ANSWERS

STEPS = ["sft.steps=600", "grpo.steps=80"]  # more than ten minutes allow: what is compared should have learnt
PROMPTS = ["format.test=0.2", "format.test_rows=310"]  # of each task: five graded tasks, at least 1,500 prompts
TASKS = "format.tasks.{task}.rows"
# The test side is larger than the pipeline's, so that as many rows as there are left for training.
MORE = [
    TASKS.format(task=task) + f"={rows}"
    for task, rows in {"extract": 3000, "sentiment": 3000, "sql": 2000, "describe": 3000}.items()
]


def learn(folder: Path, seed: int, overrides: list[str]) -> dict[str, Any]:
    run(folder, " ".join(["vitrine compose", f"seed={seed}", *STEPS, *PROMPTS, *MORE, *overrides]))
    run(folder, "dvc repro base")
    seconds = {name: processor_seconds(folder, name) for name in ("sft", "grpo")}
    steps = train_control(folder, seconds["grpo"] / seconds["sft"])
    board = benchmark(folder, ["control", "sft", "grpo"])
    base = benchmark(folder, ["base"], samples=0)
    answers = {name: tables.read(folder / "data" / "answers" / f"{name}.parquet", ANSWERS) for name in ("control", "grpo")}
    against_control = scoreboard(answers, {}, suite="control", seed=seed)
    return {
        "n": board["models"]["grpo"]["overall"]["n"],
        "base": round(base["models"]["base"]["overall"]["score"], 4),
        "overall": scores(board, "overall"),
        "insights": scores(board, "insights"),
        "grpo_minus_sft": differences(board, "grpo", "sft"),
        "control_steps": steps,
        "grpo_minus_control": differences(against_control, "grpo", "control"),
        "processor_seconds": {name: round(value) for name, value in seconds.items()},
    }


def processor_seconds(folder: Path, stage: str) -> float:
    """What a stage takes of the processors, whoever else is using them; of one that needs no new run, what it took."""
    kept = folder / "timings" / f"processor-{stage}.json"
    before, made = resource.getrusage(resource.RUSAGE_CHILDREN), modified(folder, stage)
    run(folder, f"dvc repro {stage}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if modified(folder, stage) != made:
        kept.write_text(json.dumps(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    return float(json.loads(kept.read_text()))


def modified(folder: Path, stage: str) -> float:
    """When a stage last ran."""
    record = folder / "metrics" / f"{stage}.json"
    return record.stat().st_mtime if record.exists() else 0.0


def train_control(folder: Path, share: float) -> int:
    """SFT that goes on from where it stopped for `share` of its steps."""
    params = yaml.safe_load((folder / "params.yaml").read_text())
    steps = max(1, round(params["sft"]["steps"] * share))
    moved = {
        "base": "models/sft",
        "model": "models/control",
        "curves": "metrics/curves/control.csv",
        "steps": steps,
        "warmup": 0.0,
    }
    params["sft"] |= moved
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    run(folder, "python -m stages.sft")
    return steps


def benchmark(folder: Path, models: list[str], **changes: int) -> dict[str, Any]:
    """The board of these models; their answers stay in data/answers."""
    params = yaml.safe_load((folder / "params.yaml").read_text())
    params["benchmark"] |= {"models": {name: f"models/{name}" for name in models}, "sampled": models, **changes}
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    run(folder, "python -m stages.benchmark")
    return dict(json.loads((folder / "metrics" / "benchmark.json").read_text()))


def scores(board: dict[str, Any], task: str) -> dict[str, dict[str, float]]:
    """model -> its greedy and sampled score"""
    found = {name: model["overall"] if task == "overall" else model["tasks"][task] for name, model in board["models"].items()}
    return {name: {key: round(model[key], 4) for key in ("score", "sampled")} for name, model in found.items()}


def differences(board: dict[str, Any], better: str, than: str) -> dict[str, list[float]]:
    """task.decoding -> mean, low, high"""
    return {
        f"{row['task']}.{row['decoding']}": [round(row[key], 4) for key in ("mean", "low", "high")]
        for row in board["differences"]
        if (row["better"], row["than"]) == (better, than)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, action="append", help="one of the seeds; without it 7, 8 and 9")
    parser.add_argument("overrides", nargs="*", help="as of `vitrine compose`")
    parser.add_argument("--into", type=Path, help="a folder to keep each seed's clone in")
    asked = parser.parse_args()
    found = {}
    for seed in asked.seed or [7, 8, 9]:
        with clone(asked.into and asked.into / f"seed-{seed}") as folder:
            found[str(seed)] = learn(folder, seed, asked.overrides)
        print(json.dumps({str(seed): found[str(seed)]}, indent=1), flush=True)
    print(json.dumps({"seeds": found}))


if __name__ == "__main__":
    main()
