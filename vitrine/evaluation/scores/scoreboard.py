"""From the answers of every model to the numbers that are published, in `metrics/benchmark.json`.

    board = scoreboard({"base": rows, "sft": rows, "grpo": rows}, {"sql": sql_headline}, suite="vitrine", seed=7)
    board["models"]["grpo"]["tasks"]["sql"]      {"score": 0.61, "low": 0.55, "high": 0.67, "n": 120, …}
    board["differences"][0]                      {"better": "sft", "than": "base", "task": "overall", "mean": 0.52, …}
    board["controls"]["sql"]                     {"constant": 0.21, "copy": 0.0, "shuffled": {"sft": 0.2, …}, …}

The rows are those of `tables.answers`. The overall score is the mean over the prompts of all graded tasks; a task whose
scores are null is not graded: it keeps its headline metrics and has no part in the overall score or in a comparison.
Each model is compared with the one before it, prompt by prompt, on greedy answers and on samples. The overall comparison
is the one that was announced beforehand, so its p-value stands; those of the tasks are adjusted together (Holm) within
one pair of models and one way of decoding. A difference is shown if its adjusted p-value says so.

A model that has learned to read earns more with its answers at their own prompts than at others: `reads_prompt` says whether
(own - shuffled) grew too, by the same test, and `own_less_shuffled` by how much. Samples are compared with shuffled samples.
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
Key = tuple[str, str]  # task and id: one row may be asked about in several tasks

READING = {
    f"own_less_shuffled{end}": key for end, key in {"": "mean", "_low": "low", "_high": "high", "_p_holm": "p_holm"}.items()
}
DECODING = {"greedy": "score", "sampled": "sampled"}  # how it is called -> the column of `answers`
SHUFFLED = {"greedy": "shuffled", "sampled": "sampled_shuffled"}  # the column of the same answers given to other prompts
OVERALL = "overall"
OURS = ("score", "low", "high", "n", "sampled", "sampled_low", "sampled_high", "sampled_n")
INTERVALS = "intervals"  # of a task's headline metrics, by name
CONTROLS = ("constant", "majority", "copy", "baseline", "how")  # beside `shuffled`: what evaluation.controls knows of a task
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

    `controls` are those that stand on no model's name, by task (`evaluation.controls.controls.summary`). `version` is the content
    hash of the prompts and gold answers; it is computed unless the caller has a reason to name it.
    """
    asked = {model: by_prompt(model, rows) for model, rows in answers.items()}
    if not asked:
        raise EmptyError("there are no answers to score; run the benchmark with at least one model")
    _same_prompts(asked)
    first = next(iter(asked.values()))
    board = {
        "suite": {"name": suite, "version": version or suite_version(list(first.values())), "n": len(first)},
        "models": {model: _scores(model, list(rows.values()), headlines, seed) for model, rows in asked.items()},
        "differences": [row for than, better in pairwise(asked) for row in _compare(better, than, asked, seed)],
        "controls": _controls(asked, controls or {}),
        "seed": seed,
    }
    published: dict[str, Any] = _published(board)
    return published


def suite_version(rows: Sequence[Row]) -> str:
    """Twelve characters that change with any task, id, prompt or gold answer, and not with the order of the rows."""
    lines = sorted(json.dumps([row["task"], row["id"], row["prompt"], row["gold"]]) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def headline(board: Mapping[str, Any]) -> dict[str, Any]:
    """The few numbers by which experiments are compared: each model's overall score, and its gain over the one before."""
    gains = [row for row in board["differences"] if row["task"] == OVERALL and row["decoding"] == "greedy"]
    return {
        "suite": board["suite"]["version"],
        "n": board["suite"]["n"],
        **{model: scores["overall"]["score"] for model, scores in board["models"].items()},
        **{f"{row['better']}_over_{row['than']}": row["mean"] for row in gains},
        **{f"{row['better']}_over_{row['than']}_{key}": row[key] for row in gains for key in ("p", "shown", "reads_prompt")},
    }


def plot_rows(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per model and task for a bar plot: model, task, score, low, high. Tasks that are not graded have no bar."""
    return [
        {"model": model, "task": task, **{key: found[key] for key in ("score", "low", "high")}}
        for model, scores in board["models"].items()
        for task, found in [(OVERALL, scores["overall"]), *scores["tasks"].items()]
        if found["score"] is not None
    ]


def by_prompt(model: str, rows: Sequence[Row]) -> dict[Key, Row]:
    """A model's answers by prompt, each answered once and scored from 0 to 1."""
    found: dict[Key, Row] = {}
    for row in rows:
        key = (row["task"], row["id"])
        if key in found:
            raise TableError(f"{model} answers {_name(key)} twice; each prompt is answered once")
        for column in (*DECODING.values(), *SHUFFLED.values()):
            score = row.get(column)
            if score is not None and not 0 <= score <= 1:  # NaN fails this too
                raise VerifierError(f"{model} has {column} {score} for {_name(key)}; a score lies in [0, 1]: mend its grader")
        found[key] = row
    if not found:
        raise EmptyError(f"{model} has no answers, and a score needs one; check the test split and the benchmark's limits")
    return found


def _same_prompts(asked: Mapping[str, Mapping[Key, Row]]) -> None:
    """Models are compared on the same prompts or not at all."""
    for than, better in pairwise(asked):
        for one, other in ((than, better), (better, than)):
            lacking = [key for key in asked[one] if key not in asked[other]]
            if lacking:
                more = f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""
                raise TableError(f"{other} has no answer to {_name(lacking[0])}{more}, which {one} answers; {REMEDY}")
        for key, row in asked[than].items():
            twin = asked[better][key]
            for column in ("prompt", "gold"):
                if row[column] != twin[column]:
                    raise TableError(f"{than} and {better} were given a different {column} for {_name(key)}; {REMEDY}")
            if (row["score"] is None) != (twin["score"] is None):
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
        rows_opened = [parse_components(row) for row in own]
        metrics = dict(headlines[task](rows_opened)) if task in headlines else {}
        taken = sorted(metrics.keys() & {*OURS, INTERVALS})
        if taken:
            raise VerifierError(
                f"the headline of {task} returns {', '.join(taken)}, which the scoreboard itself writes; rename it"
            )
        tasks[task] |= metrics
        if metrics:
            tasks[task][INTERVALS] = intervals(headlines[task], rows_opened, [cluster(row) for row in own], seed=seed)
    return {"overall": _summary(graded), "tasks": tasks}


def _summary(rows: list[Row]) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(OURS) | {"n": len(rows), "sampled_n": 0}
    for column, prefix in (("score", ""), ("sampled", "sampled_")):
        scored = [row for row in rows if row.get(column) is not None]
        if scored:
            own = interval([row[column] for row in scored], [cluster(row) for row in scored])
            # too few clusters have an unbounded interval; a score cannot leave [0, 1]
            low, high = max(own.low, 0.0), min(own.high, 1.0)
            found |= {column: own.mean, f"{prefix}low": low, f"{prefix}high": high, f"{prefix}n": own.n}
    return found


def _compare(better: str, than: str, asked: Mapping[str, Mapping[Key, Row]], seed: int) -> Iterator[dict[str, Any]]:
    for decoding, column in DECODING.items():
        reading = _differences(asked[better], asked[than], partial(_own_less_shuffled, column, SHUFFLED[decoding]), seed)
        for task, found in _differences(asked[better], asked[than], partial(_score, column), seed).items():
            names = {"better": better, "than": than, "task": task, "decoding": decoding}
            yield names | found | {"shown": shown(found["p_holm"])} | _reads(reading.get(task))


def _reads(found: Mapping[str, Any] | None) -> dict[str, Any]:
    """Whether (own - shuffled) grew, and by how much; null where no answers were shuffled."""
    if found is None:
        return {"reads_prompt": None, **dict.fromkeys(READING)}
    rose = shown(found["p_holm"]) and found["low"] > 0
    return {"reads_prompt": rose, **{name: found[key] for name, key in READING.items()}}


def _score(column: str, row: Row) -> float | None:
    score: float | None = row.get(column)
    return score


def _own_less_shuffled(own_column: str, shuffled_column: str, row: Row) -> float | None:
    own, shuffled = row.get(own_column), row.get(shuffled_column)
    return None if own is None or shuffled is None else float(own - shuffled)


def _differences(
    ours: Mapping[Key, Row], theirs: Mapping[Key, Row], value: Callable[[Row], float | None], seed: int
) -> dict[str, dict[str, Any]]:
    """The paired differences of `value`, overall and by task, over the prompts where both models have one."""
    pairs = {key: (value(ours[key]), value(theirs[key])) for key in ours}
    paired = {key: (one, other) for key, (one, other) in pairs.items() if one is not None and other is not None}
    if not paired:
        return {}
    tasks = sorted({task for task, _ in paired})
    found = {OVERALL: _difference(ours, paired, seed)}
    found |= {task: _difference(ours, {key: pair for key, pair in paired.items() if key[0] == task}, seed) for task in tasks}
    adjusted = dict(zip(tasks, holm([found[task].p for task in tasks]), strict=True))
    return {task: result._asdict() | {"p_holm": adjusted.get(task, result.p)} for task, result in found.items()}


def _difference(rows: Mapping[Key, Row], pairs: Mapping[Key, tuple[float, float]], seed: int) -> Difference:
    better, than = zip(*pairs.values(), strict=True)
    found = difference(better, than, [cluster(rows[key]) for key in pairs], seed=seed)
    most = 2.0 if min(better + than) < 0 else 1.0  # of scores; or of (own - shuffled), which may be negative
    return found._replace(low=max(found.low, -most), high=min(found.high, most))  # too few clusters have an unbounded interval


def _controls(asked: Mapping[str, Mapping[Key, Row]], known: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """For each graded task the controls that are known and each model's mean with its answers shuffled; null where unknown."""
    graded = sorted({task for rows in asked.values() for (task, _), row in rows.items() if row["score"] is not None})
    return {
        task: {name: known.get(task, {}).get(name) for name in CONTROLS}
        | {
            "shuffled": {
                model: _shuffled([row for (own, _), row in rows.items() if own == task]) for model, rows in asked.items()
            }
        }
        for task in graded
    }


def _shuffled(rows: Sequence[Row]) -> float | None:
    scores = [row["shuffled"] for row in rows if row.get("shuffled") is not None]
    return fmean(scores) if scores else None


def _by_task(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["task"], []).append(row)
    return found


def parse_components(row: Row) -> Row:
    """The row as a headline reads it: the components as a dict, not as the JSON that the table holds."""
    parts = row["components"]
    try:
        opened = json.loads(parts) if isinstance(parts, str) else parts or {}
    except json.JSONDecodeError as error:
        name = _name((row["task"], row["id"]))
        raise TableError(f"the components of {name} are not a JSON object ({error}); run `dvc repro benchmark`") from error
    return {**row, "components": opened}


def cluster(row: Row) -> Key:
    """Rows of one cluster stand or fall together; a row without a cluster goes by its entity, one without either stands alone."""
    for column in ("cluster", "entity"):
        if row.get(column) is not None:
            return ("cluster", row[column])
    return (row["task"], row["id"])


def _name(key: Key) -> str:
    return f"prompt {key[1]!r} of {key[0]}"


def _published(value: Any) -> Any:
    """The same with sorted keys and numbers that JSON can hold: six digits, and null for what is not finite."""
    if isinstance(value, Mapping):
        return {str(key): _published(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_published(item) for item in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    number = float(value)  # numpy's numbers among them
    return round(number, 6) + 0.0 if math.isfinite(number) else None  # adding 0.0 turns -0.0 into 0.0
