"""vitrine diff: the scores of two runs side by side, and the settings that differ."""

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vitrine.cli.checkout import checkout, shown
from vitrine.cli.runs import WORKSPACE, Rows, RunRecord, read_run
from vitrine.errors import VitrineError
from vitrine.params import leaves

OVERALL = "overall"
COMMON = "overall, common prompts"  # the difference over the prompts of both runs, if either run has others
LISTED_PARAMS = 40  # differing settings that are printed
LISTED_BLOCKS = 8  # parts of params.yaml that only one run has


def add_parser(commands: Any) -> None:
    command = commands.add_parser("diff", help="compare the scores of two runs", description=diff.__doc__)
    run = "a Git revision, an experiment, a folder or a benchmark.json"
    command.add_argument("a", nargs="?", default="HEAD", metavar="A", help=f"{run}; HEAD")
    command.add_argument("b", nargs="?", default=WORKSPACE, metavar="B", help=f"{run}; the working tree")
    command.add_argument("--model", metavar="MODEL", help="base, sft, grpo, …; the last model of B")
    command.set_defaults(run=diff)


def diff(chosen: argparse.Namespace) -> int:
    """Print each task's score in A and in B, the difference B - A with its 95 % interval, and the settings that differ.

    Answers are paired prompt by prompt if both runs' answers are in their folder or in DVC's cache."""
    from vitrine.reporting.scores.models import models_of  # Polars and Jinja, which other commands need not load

    root = checkout(Path.cwd())
    a, b = read_run(chosen.a, root), read_run(chosen.b, root)
    model = chosen.model or models_of(b.board)[-1].key
    for run in (a, b):
        if model not in run.board["models"]:
            raise VitrineError(f"{run.name} has no model {model!r}; choose one of {', '.join(run.board['models'])}")
    stale = [f"{run.name}: {run.stale}; below are the scores of the last run" for run in (a, b) if run.stale]
    print("\n".join([*stale, *_scores(a, b, model), "", *_params(a, b)]))
    return 0


def _scores(a: RunRecord, b: RunRecord, model: str) -> list[str]:
    ours, theirs = b.answers(model), a.answers(model)
    paired = _paired(theirs, ours, int(b.board["seed"])) if ours is not None and theirs is not None else {}
    rows = [["task", a.name, b.name, f"{b.name} - {a.name}", "n", ""]]
    for task in _tasks(a, b, model):
        scores = [_score(run, model, task) for run in (a, b)]
        if not any(scores):
            continue
        known = [own["score"] for own in scores if own]
        gap = f"{known[1] - known[0]:+.3f}" if len(known) == 2 else ""
        count, word = "", "" if gap else "in one run only"
        if task in paired:
            result, word = paired[task]
            ends = f" [{result.low:+.3f}, {result.high:+.3f}]" if math.isfinite(result.low) else ""
            paired_gap, paired_count = f"{result.mean:+.3f}{ends}", str(result.n)
            if task == OVERALL and any(result.n < own["n"] for own in scores if own):  # the scores are over all prompts
                rows.append([task, *(_written(own) for own in scores), "", "", ""])
                rows.append([COMMON, "", "", paired_gap, paired_count, word])
                continue
            gap, count = paired_gap, paired_count
        rows.append([task, *(_written(own) for own in scores), gap, count, word])
    missing = [run for run, answers in ((a, theirs), (b, ours)) if answers is None]
    return [f"model {model}", *_aligned(rows), *_notes(a, b, paired, missing)]


def _notes(a: RunRecord, b: RunRecord, paired: Mapping[str, Any], missing: Sequence[RunRecord]) -> list[str]:
    notes = []
    if paired:
        notes.append("paired prompt by prompt (n prompts in common), 95 % intervals by cluster, p adjusted over the tasks (Holm)")
    else:
        notes.append("not paired, so no difference is shown: both runs' answers are needed, with prompts in common")
    for run in missing:
        remedy = f": `{run.remedy}` may get them" if run.remedy else ""
        notes.append(f"the answers of {run.name} are not on this machine, or have the columns of another version{remedy}")
    versions = [run.board["suite"]["version"] for run in (a, b)]
    if versions[0] != versions[1]:
        notes.append(
            f"the test prompts differ (version {versions[0]} and {versions[1]}): the two scores are not of the same prompts"
        )
    return notes


def _paired(theirs: Rows, ours: Rows, seed: int) -> dict[str, tuple[Any, str]]:
    """The difference of each task, and overall, over the prompts that both runs were graded on with the same words."""
    from vitrine.evaluation.scores.scoreboard import cluster
    from vitrine.evaluation.scores.statistics import difference, holm
    from vitrine.evaluation.scores.statistics import shown as is_shown

    known = {(row["task"], row["id"]): row for row in theirs}
    pairs = []
    for row in ours:
        other = known.get((row["task"], row["id"]))
        same = other and all(row[column] == other[column] for column in ("prompt", "gold"))
        if other and same and row["score"] is not None and other["score"] is not None:
            pairs.append((row, other))

    def compared(own: Sequence[tuple[Any, Any]]) -> Any:
        scores = [row["score"] for row, _ in own], [other["score"] for _, other in own]
        return difference(*scores, [cluster(row) for row, _ in own], seed=seed)

    if not pairs:
        return {}
    tasks = sorted({row["task"] for row, _ in pairs})
    results = {task: compared([pair for pair in pairs if pair[0]["task"] == task]) for task in tasks}
    adjusted = dict(zip(tasks, holm([results[task].p for task in tasks]), strict=True))
    results[OVERALL] = compared(pairs)
    adjusted[OVERALL] = results[OVERALL].p
    changed = {row["task"] for row, other in pairs if (row["answer"], row["score"]) != (other["answer"], other["score"])}
    changed |= {OVERALL} if changed else set()
    words = {
        task: "shown" if is_shown(adjusted[task]) else "not shown" if task in changed else "same replies" for task in results
    }
    return {task: (result, words[task]) for task, result in results.items()}


def _tasks(a: RunRecord, b: RunRecord, model: str) -> list[str]:
    return [OVERALL, *sorted({task for run in (a, b) for task in run.board["models"][model]["tasks"]})]


def _score(run: RunRecord, model: str, task: str) -> Mapping[str, Any] | None:
    own = run.board["models"][model]
    score: Mapping[str, Any] | None = own["overall"] if task == OVERALL else own["tasks"].get(task)
    return score if score and score["score"] is not None else None


def _written(own: Mapping[str, Any] | None) -> str:
    return f"{own['score']:.3f} [{own['low']:.3f}, {own['high']:.3f}]" if own else "-"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _params(a: RunRecord, b: RunRecord) -> list[str]:
    """The settings that differ, those that only one run has as a number, and copies of a setting in other sections once."""
    if not a.params or not b.params:
        return ["settings: not compared, because one of the runs has no params.yaml"]
    left, right = leaves(a.params), leaves(b.params)
    changes: dict[tuple[str, str, str], str] = {}
    for key in left:
        if key in right and left[key] != right[key]:
            last = ".".join(key.split(".")[-2:])
            change = (last, shown(left[key]), shown(right[key]))
            changes[change] = min(changes.get(change, key), key, key=len)
    lines = [f"settings that differ ({a.name} -> {b.name}):" if changes else "settings: no difference in the keys of both runs"]
    lines += [f"  {key}: {old} -> {new}" for (_, old, new), key in list(changes.items())[:LISTED_PARAMS]]
    lines += [f"  … and {len(changes) - LISTED_PARAMS} more"] if len(changes) > LISTED_PARAMS else []
    for run, own, other in ((a, left, right), (b, right, left)):
        keys = [key for key in own if key not in other]
        if keys:
            blocks = dict.fromkeys(".".join(key.split(".")[:2]) for key in keys)
            names = ", ".join([*list(blocks)[:LISTED_BLOCKS], *(["…"] if len(blocks) > LISTED_BLOCKS else [])])
            lines.append(f"  only in {run.name}: {len(keys)} keys ({names})")
    return lines
