"""What the choices behind a small model are worth: one changed at a time, everything else as it is.

python -m benchmarks.choices                       # three models at a third of the steps; about eight minutes
python -m benchmarks.choices base.steps=250 sft.steps=350

Each line is a choice, the loss that SFT ends with and the greedy score of its model. The last line is one JSON object.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from benchmarks.checkout import clone, run

SHORTER = ["base.steps=90", "sft.steps=120", "format.test_rows=60"]
CHOICES = {
    "as it is": [],
    "AdamW for the matrices": [
        "base.optimizer=adamw",
        "sft.optimizer=adamw",
        "base.learning_rate=4e-3",
        "sft.learning_rate=2e-3",
    ],
    "narrow heads": ["lm.head=32"],
}


def score(folder: Path, overrides: list[str]) -> dict[str, Any]:
    run(folder, " ".join(["vitrine compose", *SHORTER, *overrides]))
    run(folder, "dvc repro sft")
    params = yaml.safe_load((folder / "params.yaml").read_text())
    params["benchmark"] |= {"models": {"sft": "models/sft"}, "samples": 0}
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    run(folder, "python -m stages.benchmark")
    board = json.loads((folder / "metrics" / "benchmark.json").read_text())["models"]["sft"]["overall"]
    timings = {name: json.loads((folder / "timings" / f"{name}.json").read_text()) for name in ("base", "sft")}
    return {
        "loss": round(json.loads((folder / "metrics" / "sft.json").read_text())["loss"], 3),
        "greedy": [round(board[key], 3) for key in ("score", "low", "high")],
        "seconds": {name: record["seconds"] for name, record in timings.items()},
    }


def main() -> None:
    found = {}
    with clone() as folder:
        for name, overrides in CHOICES.items():
            found[name] = score(folder, [*overrides, *sys.argv[1:]])
            print(json.dumps({name: found[name]}), flush=True)
    print(json.dumps({"choices": found}))


if __name__ == "__main__":
    main()
