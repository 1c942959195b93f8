"""Differences and controls in words, shared by the report, the cards and the table of results.

outcome(row)                  "shown" | "not shown" | "not shown to read the prompt"
overall(board)["shuffled"] {"sft": 0.31, …}     # the controls over all graded prompts, which the board holds by task
"""

from collections.abc import Mapping
from typing import Any

from vitrine.evaluation.scores.statistics import shown

Row = Mapping[str, Any]
SHOWN, NOT_SHOWN, NOT_READ = "shown", "not shown", "not shown to read the prompt"
CONSTANT, MAJORITY, COPY, BASELINE = "constant", "majority", "copy", "baseline"
NAMES = {CONSTANT: "Constant", MAJORITY: "Majority", COPY: "Copy", BASELINE: "Nearest"}


def is_shown(row: Row) -> bool:
    """Whether a difference is shown. A scoreboard without that key is judged by its p-value."""
    return bool(row["shown"]) if row.get("shown") is not None else shown(row.get("p_holm", row["p"]))


def outcome(row: Row) -> str:
    """A difference in a few words. A gain counts as learned only if (own - shuffled) grew too."""
    if not is_shown(row):
        return NOT_SHOWN
    return NOT_READ if row["mean"] > 0 and row.get("reads_prompt") is False else SHOWN


def controls(board: Mapping[str, Any], task: str) -> dict[str, Any]:
    """The scores of one task's controls by name, and of the shuffled answers by model; None if the board has no such number."""
    own = board.get("controls", {}).get(task) or {}
    baseline = own.get(BASELINE) or {}
    numbers = {name: own.get(name) for name in (CONSTANT, MAJORITY, COPY)} | {BASELINE: baseline.get("score")}
    return {**numbers, "shuffled": {model: (own.get("shuffled") or {}).get(model) for model in board["models"]}}


def overall(board: Mapping[str, Any]) -> dict[str, Any]:
    """Each control's mean over the prompts of all graded tasks; None if a task has no such number."""
    models = board["models"]
    graded = {task: own["n"] for scores in models.values() for task, own in scores["tasks"].items() if own["score"] is not None}
    by_task = [(controls(board, task), count) for task, count in graded.items()]
    means: dict[str, Any] = {name: _mean([(own[name], count) for own, count in by_task]) for name in NAMES}
    return means | {"shuffled": {model: _mean([(own["shuffled"][model], count) for own, count in by_task]) for model in models}}


def _mean(weighted: list[tuple[float | None, int]]) -> float | None:
    if any(value is None for value, _ in weighted):
        return None
    return sum(value * count for value, count in weighted if value is not None) / sum(count for _, count in weighted)
