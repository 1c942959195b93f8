"""Compare GRPO with more SFT: three seeds, at least 1,500 held-out prompts each.

python -m benchmarks.learning                           # seeds 7, 8 and 9; half an hour each
python -m benchmarks.learning --seed 7 grpo.learning_rate=3e-4
python -m benchmarks.learning --into /tmp/learning      # keeps the clones there; a second start resumes from them

Each seed gets its own data, models and sampled replies, made by the committed pipeline in a temporary clone. The control is the
SFT model with further SFT for as much processor time as GRPO took. The last line is one JSON object.
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

STEPS = ["sft.steps=600", "grpo.steps=80"]
PROMPTS = ["format.test=0.2", "format.test_rows=310"]  # per task: at least 1,500 prompts over five graded tasks
# The test split is larger than the pipeline's. More rows, so that training gets no fewer.
MORE = [
    f"format.tasks.{task}.rows={rows}"
    for task, rows in {"extract": 3000, "sentiment": 3000, "sql": 2000, "describe": 3000}.items()
]
# The function of a stage with any paths. `python -m stages.sft` accepts only paths that dvc.yaml declares.
CALL_STAGE = """
import importlib, json, sys
from pathlib import Path
from vitrine.settings import parse
stage = importlib.import_module(f"stages.{sys.argv[1]}").main
print(json.dumps(stage.body(parse(stage.kind, stage.name, json.loads(Path(sys.argv[2]).read_text())))))
"""


def learn(folder: Path, seed: int, overrides: list[str]) -> dict[str, Any]:
    """Train SFT, GRPO and the control with one seed, and compare them."""
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
    """Run a stage and return its processor time, which other work on the machine does not change.

    If DVC does not run the stage again, this is the time of its last run. GRPO's includes the stage `prompts`.
    """
    record = folder / "timings" / f"processor-{stage}.json"
    before, last_run = resource.getrusage(resource.RUSAGE_CHILDREN), modified(folder, stage)
    run(folder, f"dvc repro {stage}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if modified(folder, stage) != last_run:
        record.write_text(json.dumps(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    return float(json.loads(record.read_text()))


def modified(folder: Path, stage: str) -> float:
    """When a stage last ran."""
    metrics = folder / "metrics" / f"{stage}.json"
    return metrics.stat().st_mtime if metrics.exists() else 0.0


def train_control(folder: Path, share: float) -> int:
    """Continue SFT for `share` of its steps, and return the number of steps."""
    settings = yaml.safe_load((folder / "params.yaml").read_text())["sft"]
    steps = max(1, round(settings["steps"] * share))
    paths = {"base": "models/sft", "model": "models/control", "curves": "metrics/curves/control.csv"}
    call_stage(folder, "sft", settings | paths | {"steps": steps, "warmup": 0.0})
    return steps


def benchmark(folder: Path, models: list[str], **changes: int) -> dict[str, Any]:
    """The scoreboard of these models. Their answers stay in data/answers."""
    settings = yaml.safe_load((folder / "params.yaml").read_text())["benchmark"]
    paths = {name: f"models/{name}" for name in models}
    return call_stage(folder, "benchmark", settings | {"models": paths, "sampled": models} | changes)


def call_stage(folder: Path, stage: str, settings: dict[str, Any]) -> dict[str, Any]:
    """What a stage of the clone returns with these settings."""
    file = folder / "timings" / f"settings-{stage}.json"  # a folder that Git ignores
    file.write_text(json.dumps(settings))
    script = file.with_name("call_stage.py")
    script.write_text(CALL_STAGE)
    _, output = run(folder, f"python {script} {stage} {file}")
    metrics: dict[str, Any] = json.loads(output.splitlines()[-1])
    return metrics


def scores(board: dict[str, Any], task: str) -> dict[str, dict[str, float]]:
    """model -> its greedy and sampled score"""
    own = {name: model["overall"] if task == "overall" else model["tasks"][task] for name, model in board["models"].items()}
    return {name: {key: round(model[key], 4) for key in ("score", "sampled")} for name, model in own.items()}


def differences(board: dict[str, Any], better: str, than: str) -> dict[str, list[float]]:
    """task.decoding -> mean, low, high"""
    return {
        f"{row['task']}.{row['decoding']}": [round(row[key], 4) for key in ("mean", "low", "high")]
        for row in board["differences"]
        if (row["better"], row["than"]) == (better, than)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, action="append", help="one seed; may be repeated (default: 7, 8 and 9)")
    parser.add_argument("overrides", nargs="*", help="as for `vitrine compose`")
    parser.add_argument("--into", type=Path, help="keep the clone of each seed in this folder")
    args = parser.parse_args()
    results = {}
    for seed in args.seed or [7, 8, 9]:
        with clone(args.into and args.into / f"seed-{seed}") as folder:
            results[str(seed)] = learn(folder, seed, args.overrides)
        print(json.dumps({str(seed): results[str(seed)]}, indent=1), flush=True)
    print(json.dumps({"seeds": results}))


if __name__ == "__main__":
    main()
