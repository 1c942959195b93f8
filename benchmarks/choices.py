"""Choose settings on the validation prompts: compare changes with the current settings, in pairs.

    python -m benchmarks.choices                          # the default grid: five changes, 15 to 60 minutes
    python -m benchmarks.choices --try grpo.steps=80 --try "sft.steps=600 sft.learning_rate=3e-3"
    python -m benchmarks.choices scale=smoke --into /tmp/choices       # overrides for all choices; the clone is kept

The script works in a clone of HEAD, takes finished outputs from this checkout's DVC cache and runs only the stages that a choice
changes. A choice with a `grpo.` or `prompts.` setting is compared by the GRPO model, any other by the SFT model. Before a model
answers, data/chat/test.parquet is deleted in the clone, so that no choice can depend on test prompts.

A choice is recommended only if it is significantly better (Holm correction over the choices of one model). Set it in conf/, and
then run the benchmark on the test prompts once. The last line is one JSON object.
"""

import argparse
import json
import math
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.checkout import ROOT, clone, run
from vitrine import tables
from vitrine.errors import VitrineError
from vitrine.evaluation.scores.statistics import difference, holm, interval, shown
from vitrine.tables.answers import ANSWERS
from vitrine.tables.chat import CHAT

GRID = (
    "base.repeats=1",
    "sft.learning_rate=3e-3",
    "grpo.learning_rate=5e-5",
    "grpo.learning_rate=2e-4",
    "grpo.steps=80",
)
CURRENT = "as it is"
VALIDATION, TEST = Path("data/chat/validation.parquet"), Path("data/chat/test.parquet")
ANSWERS_FILE = Path("timings/validation.parquet")  # in a folder that Git ignores
Answers = dict[tuple[str, str], dict[str, Any]]  # by task and id


def model_for(overrides: Sequence[str]) -> str:
    """The model that shows the effect of a choice."""
    return "grpo" if any(override.startswith(("grpo.", "prompts.")) for override in overrides) else "sft"


def reuse_cache(folder: Path) -> list[str]:
    """Let the clone read finished outputs from this checkout's cache. Returns the options that `dvc repro` needs for this."""
    cache = subprocess.run(["dvc", "cache", "dir"], cwd=ROOT, text=True, capture_output=True, check=True).stdout.strip()
    if not Path(cache).is_dir():
        return []
    run(folder, f"dvc remote add --local --force --default checkout {cache}")
    return ["--pull"]


def answer_prompts(folder: Path, model: str, overrides: Sequence[str], repro: Sequence[str], samples: int) -> Answers:
    """Train a model with these overrides, and return its graded answers to all validation prompts."""
    run(folder, " ".join(["vitrine compose", *overrides]))
    run(folder, " ".join(["dvc repro", *repro, model]))
    (folder / TEST).unlink(missing_ok=True)
    run(folder, f"python -m benchmarks.validation {model} --samples {samples} --out {ANSWERS_FILE}")
    rows = tables.read(folder / ANSWERS_FILE, ANSWERS)
    return on_validation(folder, rows)


def on_validation(folder: Path, rows: Sequence[dict[str, Any]]) -> Answers:
    """The graded answers by prompt. Raises if a prompt is not in the validation split, or if the test split exists."""
    prompts = {(row["task"], row["id"]) for row in tables.read(folder / VALIDATION, CHAT)}
    answers = {(row["task"], row["id"]): row for row in rows}
    if (folder / TEST).exists() or set(answers) != prompts:
        raise VitrineError(
            f"{folder} has answers to prompts outside {VALIDATION}, or holds {TEST}; choose settings on validation prompts only"
        )
    return {key: row for key, row in answers.items() if row["score"] is not None}


def compare(name: str, model: str, own: Answers, current: Answers, decoding: str, seed: int) -> dict[str, Any]:
    """The score of a choice with its interval, its scores by task, and the paired difference to the current settings."""
    keys = sorted(own.keys() & current.keys())
    clusters = [cluster(own[key]) for key in keys]
    scores = {which: [rows[key][decoding] for key in keys] for which, rows in (("own", own), ("current", current))}
    score, gain = interval(scores["own"], clusters), difference(*scores.values(), clusters, seed=seed)
    by_task = {
        task: round(sum(own[key][decoding] for key in keys if key[0] == task) / sum(key[0] == task for key in keys), 4)
        for task in sorted({task for task, _ in keys})
    }
    return {
        "name": name,
        "model": model,
        "n": len(keys),
        **{key: _rounded(getattr(score, source)) for key, source in (("score", "mean"), ("low", "low"), ("high", "high"))},
        "tasks": by_task,
        "difference": {key: _rounded(getattr(gain, key)) for key in ("mean", "low", "high", "p")},
    }


def _rounded(number: float) -> float | None:
    """Four digits; None if there are too few clusters for an interval."""
    return round(number, 4) if math.isfinite(number) else None


def cluster(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["task"], row.get("cluster") or row["entity"]


def choose(tried: Sequence[dict[str, Any]]) -> dict[str, str]:
    """For each model, the best choice that is significantly better than the current settings; otherwise CURRENT."""
    chosen = {}
    for model in sorted({choice["model"] for choice in tried}):
        own = [choice for choice in tried if choice["model"] == model and choice["name"] != CURRENT]
        for choice, p in zip(own, holm([choice["difference"]["p"] for choice in own]), strict=True):
            choice["difference"]["p_holm"] = round(p, 4)
        better = [choice for choice in own if choice["difference"]["mean"] > 0 and shown(choice["difference"]["p_holm"])]
        chosen[model] = max(better, key=lambda choice: choice["difference"]["mean"])["name"] if better else CURRENT
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--try", dest="tried", action="append", metavar="OVERRIDES", help=f"a choice to try (default: {', '.join(GRID)})"
    )
    parser.add_argument(
        "--samples",
        type=int,
        default=0,
        help="compare the mean score of this many sampled replies per prompt; 0: the greedy reply",
    )
    parser.add_argument("--into", type=Path, help="keep the clone in this folder; a second start resumes from it")
    parser.add_argument("--seed", type=int, default=7, help="seed of the statistics")
    parser.add_argument("overrides", nargs="*", help="for all choices, as for `vitrine compose`")
    args = parser.parse_args()
    decoding = "sampled" if args.samples else "score"
    current: dict[str, Answers] = {}
    tried: list[dict[str, Any]] = []
    with clone(args.into) as folder:
        repro = reuse_cache(folder)
        for name in args.tried or GRID:
            model = model_for(name.split())
            if model not in current:
                current[model] = answer_prompts(folder, model, args.overrides, repro, args.samples)
                tried.append(compare(CURRENT, model, current[model], current[model], decoding, args.seed))
                print(json.dumps(tried[-1]), flush=True)
            own = answer_prompts(folder, model, [*args.overrides, *name.split()], repro, args.samples)
            tried.append(compare(name, model, own, current[model], decoding, args.seed))
            print(json.dumps(tried[-1]), flush=True)
    chosen = choose(tried)
    better = ", ".join(f"{name} ({model})" for model, name in chosen.items() if name != CURRENT)
    print(f"significantly better: {better}" if better else "no choice is significantly better: keep the current settings")
    print(json.dumps({"chosen": chosen, "choices": tried}))


if __name__ == "__main__":
    main()
