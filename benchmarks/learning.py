"""Does the model learn, and does GRPO add anything that more SFT would not? Three seeds, 1,500 held-out prompts and more.

python -m benchmarks.learning                 # seeds 7, 8 and 9; about ten minutes each
python -m benchmarks.learning --seeds 7 grpo.learning_rate=1e-4

Each seed makes its own data, model and rollouts, by the pipeline of this commit in a temporary clone. The control takes
the SFT model and goes on with SFT for as many seconds as GRPO took. The last line is one JSON object.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import yaml

from benchmarks.checkout import clone, run

PROMPTS = ["format.test=0.2", "format.test_rows=310"]  # of each task: five graded tasks, at least 1,500 prompts
TASKS = "format.tasks.{task}.rows"
# The test side is larger than the pipeline's, so that as many rows as there are left for training.
MORE = [
    TASKS.format(task=task) + f"={rows}"
    for task, rows in {"extract": 3000, "sentiment": 3000, "sql": 2000, "describe": 3000}.items()
]


def learn(folder: Path, seed: int, overrides: list[str]) -> dict[str, Any]:
    run(folder, " ".join(["vitrine compose", f"seed={seed}", *PROMPTS, *MORE, *overrides]))
    run(folder, "dvc repro benchmark")
    metrics = {name: json.loads((folder / "metrics" / f"{name}.json").read_text()) for name in ("sft", "grpo", "benchmark")}
    more_steps = control(folder, metrics["grpo"]["seconds"] / metrics["sft"]["seconds"])
    board = metrics["benchmark"]
    against_control = json.loads((folder / "metrics" / "control.json").read_text())
    return {
        "n": board["models"]["grpo"]["overall"]["n"],
        "overall": {
            model: {key: scores["overall"][key] for key in ("score", "sampled")} for model, scores in board["models"].items()
        },
        "insights": {
            model: {key: scores["tasks"]["insights"][key] for key in ("score", "sampled")}
            for model, scores in board["models"].items()
        },
        "grpo_minus_sft": differences(board, "grpo", "sft"),
        "control_steps": more_steps,
        "control": {key: against_control["models"]["control"]["overall"][key] for key in ("score", "sampled")},
        "grpo_minus_control": differences(against_control, "grpo", "control"),
        "seconds": {name: metrics[name]["seconds"] for name in ("sft", "grpo")},
    }


def control(folder: Path, share: float) -> int:
    """SFT that goes on for `share` of its time from where it stopped; its benchmark in metrics/control.json."""
    params = yaml.safe_load((folder / "params.yaml").read_text())
    steps = max(1, round(params["sft"]["steps"] * share))
    params["sft"] |= {
        "base": "models/sft",
        "model": "models/control",
        "curves": "metrics/curves/control.csv",
        "steps": steps,
        "warmup": 0.0,
    }
    params["benchmark"]["models"] = {"control": "models/control", "grpo": "models/grpo"}
    params["benchmark"] |= {"answers": "data/control", "scores": "metrics/curves/control_scores.csv"}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    kept = (folder / "metrics" / "benchmark.json").read_text()
    run(folder, "python -m stages.sft")
    run(folder, "python -m stages.benchmark")
    (folder / "metrics" / "benchmark.json").rename(folder / "metrics" / "control.json")
    (folder / "metrics" / "benchmark.json").write_text(kept)
    return steps


def differences(board: dict[str, Any], better: str, than: str) -> dict[str, list[float]]:
    """task.decoding -> mean, low, high"""
    return {
        f"{row['task']}.{row['decoding']}": [round(row[key], 4) for key in ("mean", "low", "high")]
        for row in board["differences"]
        if (row["better"], row["than"]) == (better, than)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("overrides", nargs="*", help="as of `vitrine compose`")
    asked = parser.parse_args()
    found = {}
    with clone() as folder:
        for seed in asked.seeds:
            found[str(seed)] = learn(folder, seed, asked.overrides)
            print(json.dumps({str(seed): found[str(seed)]}, indent=1), flush=True)
    print(json.dumps({"seeds": found}))


if __name__ == "__main__":
    main()
