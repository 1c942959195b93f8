"""Whether a reward is worth training on, read from answers that were already graded: before a GPU is paid for.

    report = audit(answer_rows, prompt_rows, tasks=TASKS, group=8, seed=7)
    report["tasks"]["sql"]["models"]["sft"]["metric"]    {"name": "execution_accuracy", "value": 0.61, "rho": 0.88, …}
    report["tasks"]["sql"]["prompts"]                    {"n": 250, "replies": 8, "continuous": 0.21, "binary": 0.48}
    report["tasks"]["sql"]["controls"]                   {"constant": 0.21, "copy": 0.0, "baseline": {…}, …} or None
    report["warnings"]                                   ["sql, sft: 96% of the answers earn 1.0, so …"]

The rows are those of `tables.answers` (one greedy reply a prompt) and, where there are any, of `tables.prompts` (the
scores of several replies). The headline metric is the first that the task names. What one answer is worth to it is the
metric of that answer alone: its F1, whether its class is right. Where less is better, the order is turned round.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, pstdev
from typing import Any

from vitrine.errors import EmptyError, VerifierError
from vitrine.evaluation.audit import groups
from vitrine.evaluation.audit.ranks import rho, spearman
from vitrine.evaluation.audit.warnings import model_warnings, prompt_warnings
from vitrine.evaluation.scores.control_warnings import warnings as control_warnings
from vitrine.evaluation.scores.scoreboard import by_prompt, cluster, parse_components
from vitrine.evaluation.scores.statistics import interval
from vitrine.tables.answers import SCORE_TOLERANCE
from vitrine.tasks.task import Task

Row = Mapping[str, Any]

LESS_IS_BETTER = ("brier", "loss", "error")  # in a metric's name


def audit(
    answers: Sequence[Row],
    prompts: Sequence[Row] = (),
    *,
    controls: Mapping[str, Mapping[str, Any]] | None = None,
    regraded: Sequence[str] = (),
    tasks: Mapping[str, Task],
    group: int,
    seed: int,
) -> dict[str, Any]:
    """What the scores of each model on each task, and the controls of the task, say of the task's reward.

    `regraded` are tasks whose graders have changed since the answers were graded.
    """
    warnings = [
        f"{name}: no task of this name is known here, so its rows are left out"
        for name in sorted({str(row["task"]) for row in (*answers, *prompts)} - tasks.keys())
    ]
    warnings += [
        f"{name}: its grader gives these answers other scores now, so that they have no controls; run `dvc repro benchmark`"
        for name in regraded
    ]
    found: dict[str, Any] = {}
    for name, task in tasks.items():
        own = [row for row in answers if row["task"] == name and row["score"] is not None]
        drawn = [row["samples"] for row in prompts if row["task"] == name and row["samples"]]
        if not (own or drawn):
            continue
        found[name] = {
            "prompts": {
                "n": len(drawn),
                "replies": min(map(len, drawn)),
                "continuous": groups.share_from_samples(drawn, group),
                "binary": groups.share_from_samples([groups.solved_or_not(scores, task.solved) for scores in drawn], group),
            }
            if drawn
            else None,
            "controls": (controls or {}).get(name),
            "models": {model: _of_model(rows, task, group, seed) for model, rows in _by_model(own).items()},
        }
        warnings += prompt_warnings(name, found[name]["prompts"], group) if drawn else []
        for model, numbers in found[name]["models"].items():
            warnings += model_warnings(name, model, numbers)
        models = {model: (own["reward"]["mean"], own["shuffled"]) for model, own in found[name]["models"].items()}
        warnings += [f"{name}: {said}" for said in control_warnings(models, (found[name]["controls"] or {}).get("constant"))]
        if len(versions := sorted({str(row["version"]) for row in own if row.get("version")})) > 1:
            warnings.append(
                f"{name}: its answers are to different words of the prompt ({', '.join(versions)}): do not compare them"
            )
    if not found:
        raise EmptyError("no answer of a task known here has a score, so there is nothing to audit; run `dvc repro benchmark`")
    return {"group": group, "seed": seed, "tasks": found, "warnings": warnings}


def _by_model(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["model"], []).append(row)
    return {model: [parse_components(row) for row in by_prompt(model, own).values()] for model, own in found.items()}


def _of_model(rows: Sequence[Row], task: Task, group: int, seed: int) -> dict[str, Any]:
    scores = [row["score"] for row in rows]
    reward = interval(scores, [cluster(row) for row in rows])
    return {
        "n": len(rows),
        "reward": {
            "mean": reward.mean,
            "low": max(reward.low, 0.0),  # with too few clusters the interval is unbounded
            "high": min(reward.high, 1.0),
            "spread": pstdev(scores),
        },
        "shuffled": _shuffled(rows),
        "solved": fmean(score >= task.solved for score in scores),
        "ceiling": fmean(score >= 1 - SCORE_TOLERANCE for score in scores),
        "floor": fmean(score <= SCORE_TOLERANCE for score in scores),
        "metric": _of_metric(rows, task, seed),
        "components": _of_components(rows, scores),
        "least_same": {
            "continuous": groups.share_from_scores(scores, group),
            "binary": groups.share_from_scores(groups.solved_or_not(scores, task.solved), group),
        },
    }


def _shuffled(rows: Sequence[Row]) -> float | None:
    """What the answers earn as answers to other prompts, if that is known."""
    scores = [row["shuffled"] for row in rows if row.get("shuffled") is not None]
    return fmean(scores) if scores else None


def _of_components(rows: Sequence[Row], scores: Sequence[float]) -> dict[str, Any]:
    found = {}
    for name in sorted({name for row in rows for name in row["components"]}):
        pairs = [(row["components"][name], score) for row, score in zip(rows, scores, strict=True) if name in row["components"]]
        values = [value for value, _ in pairs if math.isfinite(value)]
        if len(values) < len(pairs):
            raise VerifierError(f"the component {name} is not finite in {len(pairs) - len(values)} answers: mend its grader")
        found[name] = {"mean": fmean(values), "spread": pstdev(values), "rho": _held(rho(values, [score for _, score in pairs]))}
    return found


def _of_metric(rows: Sequence[Row], task: Task, seed: int) -> dict[str, Any] | None:
    """The headline metric, and whether the reward orders the answers as it does; None for a task without one."""
    if task.headline is None or not rows:
        return None
    name, value = next(iter(task.headline(list(rows)).items()))
    alone = [task.headline([row]).get(name, math.nan) for row in rows]
    worth = [-own for own in alone] if any(word in name for word in LESS_IS_BETTER) else alone
    found = {"name": name, "value": _held(value), "n": len(rows)}
    if not all(map(math.isfinite, worth)):  # a curve's area, which one answer has none of
        return found | {"rho": None, "low": None, "high": None}
    order = spearman([row["score"] for row in rows], worth, [cluster(row) for row in rows], seed=seed)
    return found | {"rho": _held(order.rho), "low": _held(order.low), "high": _held(order.high)}


def _held(number: float) -> float | None:
    """What JSON can hold of it."""
    return number if math.isfinite(number) else None
