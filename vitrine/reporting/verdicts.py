"""Differences and controls in words, the same ones on the page, in a card and in a table of results.

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
    """Whether a difference is shown; of a scoreboard without that key, by its p-value."""
    return bool(row["shown"]) if row.get("shown") is not None else shown(row.get("p_holm", row["p"]))


def outcome(row: Row) -> str:
    """A difference in a word or two. A gain counts as learned only if (own - shuffled) grew too."""
    if not is_shown(row):
        return NOT_SHOWN
    return NOT_READ if row["mean"] > 0 and row.get("reads_prompt") is False else SHOWN


def controls(board: Mapping[str, Any], task: str) -> dict[str, Any]:
    """The numbers of one task's controls by name, and of the shuffled answers by model; None where the board lacks one."""
    found = board.get("controls", {}).get(task) or {}
    baseline = found.get(BASELINE) or {}
    numbers = {name: found.get(name) for name in (CONSTANT, MAJORITY, COPY)} | {BASELINE: baseline.get("score")}
    return {**numbers, "shuffled": {model: (found.get("shuffled") or {}).get(model) for model in board["models"]}}


def overall(board: Mapping[str, Any]) -> dict[str, Any]:
    """Each control's mean over the prompts of all graded tasks; None where a task lacks it."""
    models = board["models"]
    graded = {task: own["n"] for one in models.values() for task, own in one["tasks"].items() if own["score"] is not None}
    by_task = [(controls(board, task), count) for task, count in graded.items()]
    found: dict[str, Any] = {name: _mean([(own[name], count) for own, count in by_task]) for name in NAMES}
    return found | {"shuffled": {one: _mean([(own["shuffled"][one], count) for own, count in by_task]) for one in models}}


def _mean(weighed: list[tuple[float | None, int]]) -> float | None:
    if any(value is None for value, _ in weighed):
        return None
    return sum(value * count for value, count in weighed if value is not None) / sum(count for _, count in weighed)
