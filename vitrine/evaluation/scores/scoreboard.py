"""Computes the published numbers of `metrics/benchmark.json` from the answers of every model.

    board = scoreboard({"base": rows, "sft": rows, "grpo": rows}, {"sql": sql_headline}, suite="vitrine", seed=7)
    board["models"]["grpo"]["tasks"]["sql"]      {"score": 0.61, "low": 0.55, "high": 0.67, "n": 120, …}
    board["differences"][0]                      {"better": "sft", "than": "base", "task": "overall", "mean": 0.52, …}
    board["controls"]["sql"]                     {"constant": 0.21, "copy": 0.0, "shuffled": {"sft": 0.2, …}, …}

The rows come from `tables.answers`. The overall score is the mean over the prompts of all graded tasks. A task with null scores
is not graded: it has headline metrics, but no part in the overall score or in comparisons. Each model is compared with the one
before it, prompt by prompt, on greedy answers and on samples. The overall comparison is planned, so its p-value is not adjusted;
the p-values of the tasks are adjusted together (Holm) within one pair of models and one way of decoding. A difference is shown if
its adjusted p-value is below 0.05.

A model that reads its prompts earns more with its answers on their own prompts than on others. `reads_prompt` is true if
(own - shuffled) grew too, by the same test; `own_less_shuffled` is the growth. Samples are compared with shuffled samples.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from statistics import fmean
from typing import Any

from vitrine.errors import EmptyError, TableError, VerifierError
from vitrine.evaluation.scores.headline_intervals import intervals
from vitrine.evaluation.scores.statistics import Difference, difference, holm, interval, shown

Row = Mapping[str, Any]
Headline = Callable[[list[Row]], Mapping[str, float]]
Key = tuple[str, str]  # task and id: several tasks may use the same id

READING = {
    f"own_less_shuffled{end}": key for end, key in {"": "mean", "_low": "low", "_high": "high", "_p_holm": "p_holm"}.items()
}
DECODING = {"greedy": "score", "sampled": "sampled"}  # way of decoding -> column of `answers`
SHUFFLED = {"greedy": "shuffled", "sampled": "sampled_shuffled"}  # column of the same answers given to other prompts
OVERALL = "overall"
OURS = ("score", "low", "high", "n", "sampled", "sampled_low", "sampled_high", "sampled_n")
INTERVALS = "intervals"  # the key of the intervals of a task's headline metrics
CONTROLS = ("constant", "majority", "copy", "baseline", "how")  # besides `shuffled`; from evaluation.controls
REMEDY = "every model must answer the same test split: run `dvc repro benchmark`"


def scoreboard(
    answers: Mapping[str, Sequence[Row]],
    headlines: Mapping[str, Headline],
    *,
    suite: str,
    version: str | None = None,
    controls: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int,
) -> dict[str, Any]:
    """The scores of each model and the differences between each model and the one before it, in the order given.

    `controls` are the controls by task that no model answered (`evaluation.controls.controls.summary`). `version` is by default
    the content hash of the prompts and gold replies.
    """
    by_model = {model: by_prompt(model, rows) for model, rows in answers.items()}
    if not by_model:
        raise EmptyError("there are no answers to score; run the benchmark with at least one model")
    _check_same_prompts(by_model)
    first = next(iter(by_model.values()))
    board = {
        "suite": {"name": suite, "version": version or suite_version(list(first.values())), "n": len(first)},
        "models": {model: _scores(model, list(rows.values()), headlines, seed) for model, rows in by_model.items()},
        "differences": [row for than, better in pairwise(by_model) for row in _compare(better, than, by_model, seed)],
        "controls": _controls(by_model, controls or {}),
        "seed": seed,
    }
    published: dict[str, Any] = _published(board)
    return published


def suite_version(rows: Sequence[Row]) -> str:
    """A hash of twelve characters over task, id, prompt and gold reply of all rows, in any order."""
    lines = sorted(json.dumps([row["task"], row["id"], row["prompt"], row["gold"]]) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def headline(board: Mapping[str, Any]) -> dict[str, Any]:
    """The few numbers for comparing experiments: each model's overall score, and its gain over the model before."""
    gains = [row for row in board["differences"] if row["task"] == OVERALL and row["decoding"] == "greedy"]
    return {
        "suite": board["suite"]["version"],
        "n": board["suite"]["n"],
        **{model: scores["overall"]["score"] for model, scores in board["models"].items()},
        **{f"{row['better']}_over_{row['than']}": row["mean"] for row in gains},
        **{f"{row['better']}_over_{row['than']}_{key}": row[key] for row in gains for key in ("p", "shown", "reads_prompt")},
    }


def plot_rows(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per model and task for a bar plot: model, task, score, low, high. Ungraded tasks are left out."""
    return [
        {"model": model, "task": task, **{key: numbers[key] for key in ("score", "low", "high")}}
        for model, scores in board["models"].items()
        for task, numbers in [(OVERALL, scores["overall"]), *scores["tasks"].items()]
        if numbers["score"] is not None
    ]


def by_prompt(model: str, rows: Sequence[Row]) -> dict[Key, Row]:
    """A model's answers by prompt. Raises an error if a prompt has two answers, or a score is not in [0, 1]."""
    answers: dict[Key, Row] = {}
    for row in rows:
        key = (row["task"], row["id"])
        if key in answers:
            raise TableError(f"{model} answers {_name(key)} twice; each prompt is answered once")
        for column in (*DECODING.values(), *SHUFFLED.values()):
            score = row.get(column)
            if score is not None and not 0 <= score <= 1:  # NaN fails this too
                raise VerifierError(f"{model} has {column} {score} for {_name(key)}; a score lies in [0, 1]: fix its grader")
        answers[key] = row
    if not answers:
        raise EmptyError(f"{model} has no answers, and a score needs one; check the test split and the benchmark's limits")
    return answers


def _check_same_prompts(answers: Mapping[str, Mapping[Key, Row]]) -> None:
    """Raises an error unless all models answered, and were graded on, the same prompts."""
    for than, better in pairwise(answers):
        for one, other in ((than, better), (better, than)):
            missing = [key for key in answers[one] if key not in answers[other]]
            if missing:
                more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
                raise TableError(f"{other} has no answer to {_name(missing[0])}{more}, which {one} answers; {REMEDY}")
        for key, row in answers[than].items():
            same_prompt = answers[better][key]
            for column in ("prompt", "gold"):
                if row[column] != same_prompt[column]:
                    raise TableError(f"{than} and {better} were given a different {column} for {_name(key)}; {REMEDY}")
            if (row["score"] is None) != (same_prompt["score"] is None):
                raise VerifierError(f"{_name(key)} is graded for only one of {than} and {better}; grade all or none")


def _scores(model: str, rows: list[Row], headlines: Mapping[str, Headline], seed: int) -> dict[str, Any]:
    by_task = _by_task(rows)
    graded = []
    for task, own in by_task.items():
        missing = sum(row["score"] is None for row in own)
        if 0 < missing < len(own):
            raise VerifierError(f"{model} has no score for {missing} of {len(own)} answers to {task}; grade all or none")
        graded += own if not missing else []
    if not graded:
        raise EmptyError(f"none of the tasks {', '.join(by_task)} is graded, so {model} has no overall score")
    tasks = {}
    for task, own in by_task.items():
        tasks[task] = _summary(own)
        parsed = [parse_components(row) for row in own]
        metrics = dict(headlines[task](parsed)) if task in headlines else {}
        taken = sorted(metrics.keys() & {*OURS, INTERVALS})
        if taken:
            raise VerifierError(
                f"the headline of {task} returns {', '.join(taken)}, names that the scoreboard uses itself; rename them"
            )
        tasks[task] |= metrics
        if metrics:
            tasks[task][INTERVALS] = intervals(headlines[task], parsed, [cluster(row) for row in own], seed=seed)
    return {"overall": _summary(graded), "tasks": tasks}


def _summary(rows: list[Row]) -> dict[str, Any]:
    summary: dict[str, Any] = dict.fromkeys(OURS) | {"n": len(rows), "sampled_n": 0}
    for column, prefix in (("score", ""), ("sampled", "sampled_")):
        scored = [row for row in rows if row.get(column) is not None]
        if scored:
            own = interval([row[column] for row in scored], [cluster(row) for row in scored])
            # with too few clusters the interval is unbounded, but a score lies in [0, 1]
            low, high = max(own.low, 0.0), min(own.high, 1.0)
            summary |= {column: own.mean, f"{prefix}low": low, f"{prefix}high": high, f"{prefix}n": own.n}
    return summary


def _compare(better: str, than: str, answers: Mapping[str, Mapping[Key, Row]], seed: int) -> Iterator[dict[str, Any]]:
    for decoding, column in DECODING.items():
        reading = _differences(answers[better], answers[than], partial(_own_less_shuffled, column, SHUFFLED[decoding]), seed)
        for task, result in _differences(answers[better], answers[than], partial(_score, column), seed).items():
            names = {"better": better, "than": than, "task": task, "decoding": decoding}
            yield names | result | {"shown": shown(result["p_holm"])} | _reads_prompt(reading.get(task))


def _reads_prompt(result: Mapping[str, Any] | None) -> dict[str, Any]:
    """Whether (own - shuffled) grew, and by how much; null if no answers were shuffled."""
    if result is None:
        return {"reads_prompt": None, **dict.fromkeys(READING)}
    grew = shown(result["p_holm"]) and result["low"] > 0
    return {"reads_prompt": grew, **{name: result[key] for name, key in READING.items()}}


def _score(column: str, row: Row) -> float | None:
    score: float | None = row.get(column)
    return score


def _own_less_shuffled(own_column: str, shuffled_column: str, row: Row) -> float | None:
    own, shuffled = row.get(own_column), row.get(shuffled_column)
    return None if own is None or shuffled is None else float(own - shuffled)


def _differences(
    ours: Mapping[Key, Row], theirs: Mapping[Key, Row], value: Callable[[Row], float | None], seed: int
) -> dict[str, dict[str, Any]]:
    """The paired differences of `value`, overall and by task, over the prompts for which both models have a value."""
    pairs = {key: (value(ours[key]), value(theirs[key])) for key in ours}
    paired = {key: (one, other) for key, (one, other) in pairs.items() if one is not None and other is not None}
    if not paired:
        return {}
    tasks = sorted({task for task, _ in paired})
    results = {OVERALL: _difference(ours, paired, seed)}
    results |= {task: _difference(ours, {key: pair for key, pair in paired.items() if key[0] == task}, seed) for task in tasks}
    adjusted = dict(zip(tasks, holm([results[task].p for task in tasks]), strict=True))
    return {task: result._asdict() | {"p_holm": adjusted.get(task, result.p)} for task, result in results.items()}


def _difference(rows: Mapping[Key, Row], pairs: Mapping[Key, tuple[float, float]], seed: int) -> Difference:
    better, than = zip(*pairs.values(), strict=True)
    result = difference(better, than, [cluster(rows[key]) for key in pairs], seed=seed)
    largest = 2.0 if min(better + than) < 0 else 1.0  # of (own - shuffled), which may be negative; or of scores
    # with too few clusters the interval is unbounded
    return result._replace(low=max(result.low, -largest), high=min(result.high, largest))


def _controls(answers: Mapping[str, Mapping[Key, Row]], known: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """For each graded task, its known controls and each model's mean shuffled score; null if unknown."""
    graded = sorted({task for rows in answers.values() for (task, _), row in rows.items() if row["score"] is not None})
    return {
        task: {name: known.get(task, {}).get(name) for name in CONTROLS}
        | {
            "shuffled": {
                model: _shuffled([row for (own, _), row in rows.items() if own == task]) for model, rows in answers.items()
            }
        }
        for task in graded
    }


def _shuffled(rows: Sequence[Row]) -> float | None:
    scores = [row["shuffled"] for row in rows if row.get("shuffled") is not None]
    return fmean(scores) if scores else None


def _by_task(rows: list[Row]) -> dict[str, list[Row]]:
    by_task: dict[str, list[Row]] = {}
    for row in rows:
        by_task.setdefault(row["task"], []).append(row)
    return by_task


def parse_components(row: Row) -> Row:
    """The row with its components as a dict, as headlines expect; the table holds them as JSON."""
    parts = row["components"]
    try:
        components = json.loads(parts) if isinstance(parts, str) else parts or {}
    except json.JSONDecodeError as error:
        name = _name((row["task"], row["id"]))
        raise TableError(f"the components of {name} are not a JSON object ({error}); run `dvc repro benchmark`") from error
    return {**row, "components": components}


def cluster(row: Row) -> Key:
    """The cluster of a row: its `cluster`, otherwise its entity, otherwise the row itself."""
    for column in ("cluster", "entity"):
        if row.get(column) is not None:
            return ("cluster", row[column])
    return (row["task"], row["id"])


def _name(key: Key) -> str:
    return f"prompt {key[1]!r} of {key[0]}"


def _published(value: Any) -> Any:
    """The value for JSON: sorted keys, numbers rounded to six digits, and null for numbers that are not finite."""
    if isinstance(value, Mapping):
        return {str(key): _published(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_published(item) for item in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    number = float(value)  # numpy's numbers too
    return round(number, 6) + 0.0 if math.isfinite(number) else None  # adding 0.0 turns -0.0 into 0.0
