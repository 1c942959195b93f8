"""The reward audit: judges from graded answers whether a reward is worth training on, before any GPU is used.

    report = audit(answer_rows, prompt_rows, tasks=TASKS, group=8, seed=7)
    report["tasks"]["sql"]["models"]["sft"]["metric"]    {"name": "execution_accuracy", "value": 0.61, "rho": 0.88, …}
    report["tasks"]["sql"]["prompts"]                    {"n": 250, "replies": 8, "continuous": 0.21, "binary": 0.48}
    report["tasks"]["sql"]["controls"]                   {"constant": 0.21, "copy": 0.0, "baseline": {…}, …} or None
    report["warnings"]                                   ["sql, sft: 96% of the answers earn 1.0, so …"]

The rows come from `tables.answers` (one greedy reply per prompt) and, optionally, from `tables.prompts` (the scores of several
replies). The headline metric is the first that the task names. An answer's value is the metric of that answer alone: its F1, or
whether its class is right. For a metric where lower is better, the value is negated.
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

LOWER_IS_BETTER = ("brier", "loss", "error")  # parts of a metric's name


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
    """The report on each task's reward: numbers by model, the task's controls, and warnings.

    `regraded` are tasks whose graders have changed since the answers were graded.
    """
    warnings = [
        f"{name}: no task has this name, so its rows are left out"
        for name in sorted({str(row["task"]) for row in (*answers, *prompts)} - tasks.keys())
    ]
    warnings += [
        f"{name}: its grader now gives these answers other scores, so they have no controls; run `dvc repro benchmark`"
        for name in regraded
    ]
    by_task: dict[str, Any] = {}
    for name, task in tasks.items():
        own = [row for row in answers if row["task"] == name and row["score"] is not None]
        drawn = [row["samples"] for row in prompts if row["task"] == name and row["samples"]]
        if not (own or drawn):
            continue
        report: dict[str, Any] = {
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
        by_task[name] = report
        warnings += prompt_warnings(name, report["prompts"], group) if drawn else []
        for model, numbers in report["models"].items():
            warnings += model_warnings(name, model, numbers)
        models = {model: (numbers["reward"]["mean"], numbers["shuffled"]) for model, numbers in report["models"].items()}
        warnings += [f"{name}: {warning}" for warning in control_warnings(models, (report["controls"] or {}).get("constant"))]
        if len(versions := sorted({str(row["version"]) for row in own if row.get("version")})) > 1:
            warnings.append(
                f"{name}: the answers belong to different versions of the prompt ({', '.join(versions)}): do not compare them"
            )
    if not by_task:
        raise EmptyError("no answer of any task has a score, so there is nothing to audit; run `dvc repro benchmark`")
    return {"group": group, "seed": seed, "tasks": by_task, "warnings": warnings}


def _by_model(rows: Sequence[Row]) -> dict[str, list[Row]]:
    by_model: dict[str, list[Row]] = {}
    for row in rows:
        by_model.setdefault(row["model"], []).append(row)
    return {model: [parse_components(row) for row in by_prompt(model, own).values()] for model, own in by_model.items()}


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
    """The mean score of the answers as answers to other prompts; None if unknown."""
    scores = [row["shuffled"] for row in rows if row.get("shuffled") is not None]
    return fmean(scores) if scores else None


def _of_components(rows: Sequence[Row], scores: Sequence[float]) -> dict[str, Any]:
    components = {}
    for name in sorted({name for row in rows for name in row["components"]}):
        pairs = [(row["components"][name], score) for row, score in zip(rows, scores, strict=True) if name in row["components"]]
        values = [value for value, _ in pairs if math.isfinite(value)]
        if len(values) < len(pairs):
            raise VerifierError(f"the component {name} is not finite in {len(pairs) - len(values)} answers: fix its grader")
        correlation = _or_none(rho(values, [score for _, score in pairs]))
        components[name] = {"mean": fmean(values), "spread": pstdev(values), "rho": correlation}
    return components


def _of_metric(rows: Sequence[Row], task: Task, seed: int) -> dict[str, Any] | None:
    """The headline metric and its rank correlation with the reward; None for a task without one."""
    if task.headline is None or not rows:
        return None
    name, value = next(iter(task.headline(list(rows)).items()))
    alone = [task.headline([row]).get(name, math.nan) for row in rows]
    values = [-own for own in alone] if any(part in name for part in LOWER_IS_BETTER) else alone
    metric = {"name": name, "value": _or_none(value), "n": len(rows)}
    if not all(map(math.isfinite, values)):  # such as the area under a curve, which a single answer lacks
        return metric | {"rho": None, "low": None, "high": None}
    order = spearman([row["score"] for row in rows], values, [cluster(row) for row in rows], seed=seed)
    return metric | {"rho": _or_none(order.rho), "low": _or_none(order.low), "high": _or_none(order.high)}


def _or_none(number: float) -> float | None:
    """None for a number that JSON cannot hold."""
    return number if math.isfinite(number) else None
