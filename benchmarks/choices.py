"""Choose between settings on the validation prompts: what each is worth against the settings as they are, in pairs.

    python -m benchmarks.choices                          # the default grid: five changes, a quarter of an hour to an hour
    python -m benchmarks.choices --try grpo.steps=80 --try "sft.steps=600 sft.learning_rate=3e-3"
    python -m benchmarks.choices scale=smoke --into /tmp/choices       # overrides for all of them; a clone that is kept

It works in a clone of HEAD, takes from this checkout's DVC cache what is made already and runs only the stages that a choice
changes. A choice is judged by the model that it shapes: one of `grpo.` or `prompts.` by the GRPO model, any other by the SFT
model. data/chat/test.parquet is deleted in the clone before a model is asked, so that no choice can have seen it.

The settings stay as they are unless a choice is better by more than chance (Holm over the choices of one model). Print what is
chosen, set it in conf/, and ask the test prompts once. The last line is one JSON object.
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
AS_IT_IS = "as it is"
VALIDATION, TEST = Path("data/chat/validation.parquet"), Path("data/chat/test.parquet")
ANSWERED = Path("timings/validation.parquet")  # in a folder that Git ignores
Answers = dict[tuple[str, str], dict[str, Any]]  # by task and id


def shaped(overrides: Sequence[str]) -> str:
    """The model by which a choice is judged."""
    return "grpo" if any(one.startswith(("grpo.", "prompts.")) for one in overrides) else "sft"


def reuse_cache(folder: Path) -> list[str]:
    """Let the clone take finished outputs from this checkout's cache, which it only reads; the options of `dvc repro` for it."""
    found = subprocess.run(["dvc", "cache", "dir"], cwd=ROOT, text=True, capture_output=True, check=True).stdout.strip()
    if not Path(found).is_dir():
        return []
    run(folder, f"dvc remote add --local --force --default checkout {found}")
    return ["--pull"]


def answered(folder: Path, model: str, overrides: Sequence[str], repro: Sequence[str], samples: int) -> Answers:
    """The model's graded answers to every validation prompt, made with these overrides."""
    run(folder, " ".join(["vitrine compose", *overrides]))
    run(folder, " ".join(["dvc repro", *repro, model]))
    (folder / TEST).unlink(missing_ok=True)
    run(folder, f"python -m benchmarks.validation {model} --samples {samples} --out {ANSWERED}")
    rows = tables.read(folder / ANSWERED, ANSWERS)
    return on_validation(folder, rows)


def on_validation(folder: Path, rows: Sequence[dict[str, Any]]) -> Answers:
    """The graded answers by prompt; each is to a validation prompt, and the test prompts are not there."""
    asked = {(row["task"], row["id"]) for row in tables.read(folder / VALIDATION, CHAT)}
    found = {(row["task"], row["id"]): row for row in rows}
    if (folder / TEST).exists() or set(found) != asked:
        raise VitrineError(f"{folder} answers other prompts than those of {VALIDATION}; nothing may be chosen by them")
    return {key: row for key, row in found.items() if row["score"] is not None}


def judged(name: str, model: str, mine: Answers, usual: Answers, decoding: str, seed: int) -> dict[str, Any]:
    """The score of a choice with its interval, overall and by task, and its paired difference to the settings as they are."""
    keys = sorted(mine.keys() & usual.keys())
    clusters = [cluster(mine[key]) for key in keys]
    scores = {which: [rows[key][decoding] for key in keys] for which, rows in (("mine", mine), ("usual", usual))}
    score, gain = interval(scores["mine"], clusters), difference(*scores.values(), clusters, seed=seed)
    by_task = {
        task: round(sum(mine[key][decoding] for key in keys if key[0] == task) / sum(key[0] == task for key in keys), 4)
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
    """Four digits; null where an interval has no end, because there are too few clusters."""
    return round(number, 4) if math.isfinite(number) else None


def cluster(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["task"], row.get("cluster") or row["entity"]


def choose(tried: Sequence[dict[str, Any]]) -> dict[str, str]:
    """For each model the best choice that is better than the settings as they are, by more than chance; else those."""
    chosen = {}
    for model in sorted({one["model"] for one in tried}):
        own = [one for one in tried if one["model"] == model and one["name"] != AS_IT_IS]
        for one, p in zip(own, holm([one["difference"]["p"] for one in own]), strict=True):
            one["difference"]["p_holm"] = round(p, 4)
        better = [one for one in own if one["difference"]["mean"] > 0 and shown(one["difference"]["p_holm"])]
        chosen[model] = max(better, key=lambda one: one["difference"]["mean"])["name"] if better else AS_IT_IS
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--try", dest="tried", action="append", metavar="OVERRIDES", help=f"instead of the grid: {', '.join(GRID)}"
    )
    parser.add_argument("--samples", type=int, default=0, help="judge by so many sampled replies a prompt; 0: by the greedy one")
    parser.add_argument("--into", type=Path, help="a folder to keep the clone in; it goes on where it was interrupted")
    parser.add_argument("--seed", type=int, default=7, help="of the comparisons")
    parser.add_argument("overrides", nargs="*", help="of all choices, as of `vitrine compose`")
    asked = parser.parse_args()
    decoding = "sampled" if asked.samples else "score"
    usual: dict[str, Answers] = {}
    tried: list[dict[str, Any]] = []
    with clone(asked.into) as folder:
        repro = reuse_cache(folder)
        for name in asked.tried or GRID:
            model = shaped(name.split())
            if model not in usual:
                usual[model] = answered(folder, model, asked.overrides, repro, asked.samples)
                tried.append(judged(AS_IT_IS, model, usual[model], usual[model], decoding, asked.seed))
                print(json.dumps(tried[-1]), flush=True)
            mine = answered(folder, model, [*asked.overrides, *name.split()], repro, asked.samples)
            tried.append(judged(name, model, mine, usual[model], decoding, asked.seed))
            print(json.dumps(tried[-1]), flush=True)
    chosen = choose(tried)
    better = ", ".join(f"{name} ({model})" for model, name in chosen.items() if name != AS_IT_IS)
    print(
        f"better by more than chance: {better}"
        if better
        else "nothing is better by more than chance: keep the settings as they are"
    )
    print(json.dumps({"chosen": chosen, "choices": tried}))


if __name__ == "__main__":
    main()
