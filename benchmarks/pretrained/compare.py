"""Scores, paired differences and a verdict for each task of the comparison.

    results = compare({"sql": {"zero_shot": rows, "few_shot": rows, "sft": rows, "baseline": rows, "majority": rows}}, seed=7)
    results["sql"]["verdict"]       "not worth tuning"
    results["sql"]["sentence"]      "sql: not worth tuning. SFT scores …: it is not shown to be above the nearest question …"

A task is worth tuning if the fine-tuned model is shown to be above few-shot prompts of its base *and* above the baseline, and is
shown to read its prompt: its own answers earn more than the same answers shuffled among the prompts. Otherwise it is not worth
tuning, and the sentence says what is missing. "Shown" means p < 0.05 in a paired test by cluster, over the prompts that both
answered, adjusted over all pairs of all tasks (Holm); the readings are adjusted among themselves.
"""

import json
import math
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from benchmarks.pretrained.rows import facts_of
from vitrine.evaluation.controls.shuffles import shuffles
from vitrine.evaluation.scores.headline_intervals import intervals
from vitrine.evaluation.scores.scoreboard import cluster, parse_components
from vitrine.evaluation.scores.statistics import Difference, difference, holm, interval, shown
from vitrine.tasks import TASKS
from vitrine.tasks.task import grade_batch

Row = Mapping[str, Any]
WORTH, NOT_WORTH = "worth tuning", "not worth tuning"
OTHERS = {"few_shot": "few-shot prompts of the base model", "baseline": "the baseline"}
SHUFFLES = 4
METRICS = {
    "sentiment": ("macro_f1", "accuracy", "parse_rate"),
    "extract": ("text_f1", "exact", "parse_rate"),
    "atributos": ("micro_f1", "exact", "parse_rate"),
    "sql": ("execution_accuracy", "execution_accuracy_seen", "execution_accuracy_unseen", "runs"),
}


def graded(
    rows: Sequence[Row], replies: Sequence[str], *, seed: int, ended: Sequence[bool] | None = None
) -> list[dict[str, Any]]:
    """A graded answer for each row, with its mean score as answer to other prompts."""
    task, facts = TASKS[rows[0]["task"]], [facts_of(row) for row in rows]
    orders = shuffles(rows, SHUFFLES, seed=seed)
    given = [list(replies), *([replies[other] for other in order] for order in orders)]
    earned = iter(grade_batch(task, [pair for texts in given for pair in zip(texts, facts, strict=True)]))
    own, *others = [[next(earned) for _ in rows] for _ in given]
    return [
        {
            **{name: row[name] for name in ("task", "id", "entity", "cluster", "gold")},
            "answer": replies[place],
            "ended": None if ended is None else ended[place],
            "score": grade.score,
            "shuffled": fmean(other[place].score for other in others) if others else None,
            "components": json.dumps(grade.components),
        }
        for place, (row, grade) in enumerate(zip(rows, own, strict=True))
    ]


def summary(rows: Sequence[Row], *, seed: int) -> dict[str, Any]:
    """The score of one system with its interval, its metrics, and the share of its replies that end."""
    task, clusters = TASKS[rows[0]["task"]], [cluster(row) for row in rows]
    own = interval([row["score"] for row in rows], clusters)
    parsed = [parse_components(row) for row in rows]
    assert task.headline is not None
    metrics, ends = task.headline(parsed), intervals(task.headline, parsed, clusters, seed=seed)
    return {
        **_numbers({"score": own.mean, "low": own.low, "high": own.high}),
        "n": own.n,
        "clusters": own.clusters,
        "shuffled": _rounded(fmean(row["shuffled"] for row in rows)),
        "ended": _rounded(fmean(row["ended"] for row in rows)) if rows[0]["ended"] is not None else None,
        "metrics": {
            name: _numbers({"value": metrics[name], "low": ends[name][0], "high": ends[name][1]})
            for name in METRICS[task.name]
            if name in metrics
        },
    }


def compare(
    answers: Mapping[str, Mapping[str, Sequence[Row]]], *, names: Mapping[str, str], seed: int
) -> dict[str, dict[str, Any]]:
    """By task, every system's summary, the differences of SFT and the verdict. `names` are the baselines' names."""
    pairs = {(task, other): paired(own["sft"], own[other], seed=seed) for task, own in answers.items() for other in OTHERS}
    readings = {task: _reading(own["sft"], seed) for task, own in answers.items()}
    pair_facts = _adjusted(pairs)
    reading_facts = _adjusted(readings)
    results = {}
    for task, own in answers.items():
        differences = {other: pair_facts[task, other] for other in OTHERS}
        systems = {name: summary(rows, seed=seed) for name, rows in own.items()}
        reasons = _reasons(differences, reading_facts[task], {**OTHERS, "baseline": f"the baseline ({names[task]})"})
        verdict = NOT_WORTH if reasons else WORTH
        results[task] = {
            "systems": systems,
            "differences": differences,
            "reading": reading_facts[task],
            "verdict": verdict,
            "reasons": reasons,
            "sentence": sentence(task, verdict, reasons, systems["sft"], differences, names[task]),
        }
    return results


def paired(ours: Sequence[Row], theirs: Sequence[Row], *, seed: int) -> Difference:
    """Ours minus theirs over the prompts that both answered."""
    other = {row["id"]: row for row in theirs}
    both = [(row, other[row["id"]]) for row in ours if row["id"] in other]
    own_scores, their_scores = [own["score"] for own, _ in both], [their["score"] for _, their in both]
    return difference(own_scores, their_scores, [cluster(own) for own, _ in both], seed=seed)


def sentence(
    task: str, verdict: str, reasons: Sequence[str], sft: Mapping[str, Any], differences: Mapping[str, Any], baseline: str
) -> str:
    few, base = differences["few_shot"], differences["baseline"]
    begin = f"{task}: {verdict}. SFT scores {_range(sft['score'], sft)} on {sft['n']} prompts"
    gaps = f"{_signed(few)} to few-shot prompts of the base model, {_signed(base)} to the baseline ({baseline})"
    end = f": {', and '.join(reasons)}." if reasons else ", and it reads its prompt."
    return f"{begin}, {gaps}{end}"


def _reasons(differences: Mapping[str, Any], reading: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """What is missing for "worth tuning"."""
    reasons = []
    for other, own in differences.items():
        if own["low"] is None:
            reasons.append(f"there are too few clusters for a test against {names[other]}")
        elif own["shown"] and own["mean"] < 0:
            reasons.append(f"it is shown to be below {names[other]}")
        elif not own["shown"]:
            reasons.append(f"it is not shown to be above {names[other]}")
    if not (reading["shown"] and reading["mean"] > 0):
        reasons.append("it is not shown to read the prompt")
    return reasons


def _adjusted(results: Mapping[Any, Difference]) -> dict[Any, dict[str, Any]]:
    adjusted = holm([result.p for result in results.values()])
    return {
        key: _numbers({"mean": result.mean, "low": result.low, "high": result.high, "p": result.p, "p_holm": p})
        | {"n": result.n, "clusters": result.clusters, "shown": shown(p)}
        for (key, result), p in zip(results.items(), adjusted, strict=True)
    }


def _reading(rows: Sequence[Row], seed: int) -> Difference:
    own, shuffled = [row["score"] for row in rows], [row["shuffled"] for row in rows]
    return difference(own, shuffled, [cluster(row) for row in rows], seed=seed)


def _numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _rounded(value) for name, value in values.items()}


def _rounded(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None


def _range(value: float, ends: Mapping[str, Any]) -> str:
    return f"{value:.3f}" if ends["low"] is None else f"{value:.3f} [{ends['low']:.3f}, {ends['high']:.3f}]"


def _signed(gap: Mapping[str, Any]) -> str:
    return f"{gap['mean']:+.3f}" if gap["low"] is None else f"{gap['mean']:+.3f} [{gap['low']:+.3f}, {gap['high']:+.3f}]"
