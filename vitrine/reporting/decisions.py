"""Decide for each task whether the delivered model is fit for it: one verdict and one sentence.

    for decision in decide(board, answers, controls, minimum=0.5):
        print(decision.sentence)
    # extract: fit. GRPO scores 0.826 [0.797, 0.851] on 125 prompts. It is 0.283 [0.233, 0.334] above the best baseline …

The rule. The model is the last one of the pipeline, the one that is delivered: to pick the best model by its test scores would
be a choice on the test split. The best baseline is the control with the highest score: constant, majority, copy or nearest.

fit        All three hold: the model is shown to be above the best baseline; its own answers are shown to earn more than the
           same answers shuffled among the prompts; and the 95 % interval of its score lies at or above `minimum`.
not fit    One of these holds: the model is shown to be below the best baseline, or its interval lies below `minimum`.
not shown  Everything else: these prompts do not settle it.

"Shown" means p < 0.05 in a paired test by cluster (statistics.difference), adjusted over all graded tasks (Holm). If the answers
of the best baseline are not at hand, nothing is shown about it: the sentence then says "not paired". The answers must be those of
the scoreboard: another number of prompts or another mean score is an error.
A task without a reward, such as `general`, is not graded and gets no verdict.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from vitrine.errors import TableError
from vitrine.evaluation.scores.scoreboard import cluster
from vitrine.evaluation.scores.statistics import Difference, difference, holm, shown
from vitrine.reporting import verdicts

Row = Mapping[str, Any]
FIT, NOT_FIT, NOT_SHOWN, NOT_GRADED = "fit", "not fit", "not shown", "not graded"
FEW_CLUSTERS = "there are too few clusters for a test"
NOT_PAIRED = "it is not shown to be above the best baseline, because it is not paired with it"
SAME_SCORE = 1e-6  # means that differ by less are equal: the scoreboard rounds to six digits


@dataclass(frozen=True)
class Gap:
    """How far a model's score is above another one. Too few clusters give no interval."""

    mean: float
    low: float | None
    high: float | None
    paired: bool  # if not, neither `above` nor `below` is shown
    above: bool  # shown to be above 0
    below: bool

    def facts(self) -> dict[str, Any]:
        """The gap as values for JSON."""
        ends = {"mean": self.mean, "low": self.low, "high": self.high}
        numbers = {name: None if value is None else round(value, 6) for name, value in ends.items()}
        return {**numbers, "paired": self.paired, "shown": self.above or self.below}


@dataclass(frozen=True)
class Decision:
    task: str
    verdict: str
    score: Mapping[str, Any]  # the scoreboard's numbers of the delivered model
    baseline: str  # name of the best baseline; empty if the scoreboard has no controls
    baseline_score: float | None
    gap: Gap | None  # to the best baseline
    reading: Gap | None  # to the model's own answers shuffled
    reasons: Sequence[str]  # of "not fit": what rules the model out; of "not shown": the conditions of "fit" that are not met

    def facts(self) -> dict[str, Any]:
        """The verdict and its evidence as values for JSON."""
        return {
            "verdict": self.verdict,
            "baseline": self.baseline or None,
            "baseline_score": self.baseline_score,
            "above_baseline": self.gap.facts() if self.gap else None,
            "above_shuffled": self.reading.facts() if self.reading else None,
            "reasons": list(self.reasons),
        }


def decide(
    board: Mapping[str, Any],
    model: str,
    answers: Mapping[str, Sequence[Row]],
    controls: Mapping[str, Sequence[Row]],
    *,
    minimum: float,
) -> list[Decision]:
    """A decision for each task of `model`, graded ones first. `controls` are the answers of the controls by name."""
    tasks = board["models"][model]["tasks"]
    graded = sorted(task for task, own in tasks.items() if own["score"] is not None)
    for name, rows in answers.items():
        _check_answers(name, rows, board)
    own = _by_task(answers.get(model, ()))
    others = {name: _by_task(rows) for name, rows in controls.items()}
    best = {task: _best_baseline(board, task) for task in graded}
    seed = board["seed"]
    above = {task: _paired(own.get(task, {}), others.get(best[task][0], {}).get(task, {}), "score", seed) for task in graded}
    read = {task: _paired(own.get(task, {}), own.get(task, {}), "shuffled", seed) for task in graded}
    gaps, readings = _adjusted(above), _adjusted(read)
    decisions = []
    for task in graded:
        name, score = best[task]
        gap = gaps.get(task) or _unpaired(tasks[task]["score"], score)
        decisions.append(_decision(task, tasks[task], name, score, gap, readings.get(task), minimum))
    ungraded = sorted(tasks.keys() - set(graded))
    return decisions + [Decision(task, NOT_GRADED, tasks[task], "", None, None, None, []) for task in ungraded]


def _decision(
    task: str,
    score: Mapping[str, Any],
    baseline: str,
    baseline_score: float | None,
    gap: Gap | None,
    reading: Gap | None,
    minimum: float,
) -> Decision:
    refuted, unmet = [], []
    if gap is None:
        unmet.append("no baseline is known")
    elif not gap.paired:
        unmet.append(NOT_PAIRED)
    elif gap.below:
        refuted.append("it is shown to be below the best baseline")
    elif not gap.above:
        unmet.append("it is not shown to be above the best baseline")
    if reading is None:
        unmet.append("no replies were shuffled")
    elif not reading.above:
        unmet.append("it is not shown to read the prompt")
    if score["high"] < minimum:
        refuted.append(f"its score is below the minimum of {minimum:g}")
    elif score["low"] < minimum:
        unmet.append(f"its score is not shown to reach the minimum of {minimum:g}")
    if any(one is not None and one.paired and one.low is None for one in (gap, reading)):
        unmet = [FEW_CLUSTERS]
    verdict = NOT_FIT if refuted else NOT_SHOWN if unmet else FIT
    return Decision(task, verdict, score, baseline, baseline_score, gap, reading, refuted or unmet)


def _best_baseline(board: Mapping[str, Any], task: str) -> tuple[str, float | None]:
    """The control with the highest score; of equal ones the first in the order of `verdicts.NAMES`."""
    numbers = verdicts.controls(board, task)
    known = {name: numbers[name] for name in verdicts.NAMES if numbers[name] is not None}
    return max(known.items(), key=lambda item: item[1]) if known else ("", None)


def _by_task(rows: Sequence[Row]) -> dict[str, dict[str, Row]]:
    tasks: dict[str, dict[str, Row]] = {}
    for row in rows:
        tasks.setdefault(row["task"], {})[row["id"]] = row
    return tasks


def _paired(ours: Mapping[str, Row], theirs: Mapping[str, Row], column: str, seed: int) -> Difference | None:
    """`score` of ours minus `column` of theirs, prompt by prompt; None unless every prompt of ours has both."""
    pairs = [(row, theirs[key]) for key, row in ours.items() if key in theirs]
    if not pairs or len(pairs) < len(ours):
        return None
    if any(row["score"] is None or other.get(column) is None for row, other in pairs):
        return None
    own, other = [row["score"] for row, _ in pairs], [row[column] for _, row in pairs]
    return difference(own, other, [cluster(row) for row, _ in pairs], seed=seed)


def _adjusted(results: Mapping[str, Difference | None]) -> dict[str, Gap]:
    """The differences with p-values adjusted over the tasks that have one."""
    known = {task: result for task, result in results.items() if result is not None}
    adjusted = dict(zip(known, holm([result.p for result in known.values()]), strict=True))
    gaps = {}
    for task, result in known.items():
        sure = shown(adjusted[task])
        low, high = (end if math.isfinite(end) else None for end in (result.low, result.high))
        gaps[task] = Gap(result.mean, low, high, True, sure and result.mean > 0, sure and result.mean < 0)
    return gaps


def _unpaired(score: float, baseline: float | None) -> Gap | None:
    return None if baseline is None else Gap(score - baseline, None, None, paired=False, above=False, below=False)


def _check_answers(model: str, rows: Sequence[Row], board: Mapping[str, Any]) -> None:
    """Raises an error if the answers of a model are not those that the scoreboard was made from."""
    by_task = _by_task(rows)
    tasks = board["models"].get(model, {"tasks": {}})["tasks"] if rows else {}
    for task, own in tasks.items():
        scores = [row["score"] for row in by_task.get(task, {}).values() if row["score"] is not None]
        n, mean = len(by_task.get(task, {})), fmean(scores) if scores else None
        expected = own["score"]
        is_same = mean is None if expected is None else mean is not None and abs(mean - expected) <= SAME_SCORE
        if n != own["n"] or not is_same:
            raise TableError(
                f"the answers of {model} to {task} ({n} prompts, score {_written(mean)}) are not those of the scoreboard "
                f"({own['n']} prompts, score {_written(expected)}); run `dvc repro -f benchmark`"
            )


def _written(score: float | None) -> str:
    return "none" if score is None else f"{score:.6f}"
