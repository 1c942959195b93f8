"""The controls of a benchmark: scores of replies that no model wrote for the prompt.

    rows = control_answers(test_rows, training_rows(path), answers, seed=7)     # {"constant": rows of tables.answers, "copy": …}
    summary(rows)["sql"]      {"constant": 0.21, "copy": 0.0, "majority": 0.19, "baseline": {"name": …, "score": 0.4}, "how": {…}}

constant   the best single reply for every prompt of a task: the one with the highest mean score on training prompts, among the
           most frequent gold replies of the training split and the most frequent answers of the models. Without training prompts
           it is chosen on the test prompts, which makes its score slightly too high.
majority   the most frequent gold reply, or the most frequent value of each field, or the most central reply
copy       the prompt itself
baseline   the gold reply to the most similar training prompt

The fifth control, a model's own answers shuffled, is graded with the answers (`scores.runner`, column `shuffled`). The replies
may quote gold replies and models: they are kept in the answers table, and no metrics file quotes them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pyarrow as pa

from vitrine import tables
from vitrine.evaluation.controls import constants, neighbour
from vitrine.tables.chat import CHAT
from vitrine.tasks import TASKS
from vitrine.tasks.task import Facts, Task, grade_batch

Row = Mapping[str, Any]
NEEDED = pa.schema([CHAT.field(name) for name in ("id", "task", "messages", "gold", "facts")])  # columns of a training prompt
CONTROLS = ("constant", "majority", "copy", "baseline")
TRAINING = 20_000  # training prompts read per task; with more the nearest one is slow to compute


def training_rows(path: Path) -> list[dict[str, Any]]:
    """The training prompts that the controls use: the first `TRAINING` of each task."""
    return tables.scan(path, NEEDED).group_by("task", maintain_order=True).head(TRAINING).collect().to_dicts()


def control_answers(
    test: Sequence[Row], train: Sequence[Row], answers: Mapping[str, Sequence[Row]], *, seed: int
) -> dict[str, list[dict[str, Any]]]:
    """For each control, its graded answers to the prompts of every graded task that has this control."""
    answers_of: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTROLS}
    for name, task in TASKS.items():
        prompts = [row for row in test if row["task"] == name]
        if task.grade is None or not prompts:
            continue
        training = [row for row in train if row["task"] == name]
        replies_of = {model: [row["answer"] for row in rows if row["task"] == name] for model, rows in answers.items()}
        facts = [facts_of(task, row) for row in prompts]
        for control, (how, replies) in _replies(task, prompts, facts, training, replies_of, seed).items():
            earned = grade_batch(task, list(zip(replies, facts, strict=True)))
            answers_of[control] += [
                _row(control, row, reply, grade.score, grade.components | {"how": how})
                for row, reply, grade in zip(prompts, replies, earned, strict=True)
            ]
    return answers_of


def facts_of(task: Task, row: Row) -> Facts:
    """The facts on which the benchmark grades a reply to this prompt."""
    return task.benchmark_facts(json.loads(row["facts"]))


def summary(answers: Mapping[str, Sequence[Row]]) -> dict[str, dict[str, Any]]:
    """The mean score of each control by task, and how its replies were chosen; null if the task lacks the control."""
    by_control: dict[str, dict[str, Any]] = {}
    for control in CONTROLS:
        by_task: dict[str, list[Row]] = {}
        for row in answers.get(control, ()):
            by_task.setdefault(row["task"], []).append(row)
        for task, rows in by_task.items():
            own = by_control.setdefault(task, dict.fromkeys(CONTROLS) | {"how": {}})
            score = fmean(row["score"] for row in rows)
            how = json.loads(rows[0]["components"])["how"]
            own[control] = {"name": how, "score": score} if control == "baseline" else score
            if control in ("constant", "majority"):
                own["how"][control] = how
    return by_control


def _replies(
    task: Task,
    prompts: Sequence[Row],
    facts: Sequence[Facts],
    training: Sequence[Row],
    answers: Mapping[str, Sequence[str]],
    seed: int,
) -> dict[str, tuple[str, list[str]]]:
    """By control, how its replies were chosen, and one reply to each prompt."""
    with_gold = [row for row in training if row["gold"] is not None]
    golds = [str(row["gold"]) for row in with_gold]
    controls = {"copy": ("the prompt", [_prompt(row) for row in prompts])}
    if candidates := constants.candidates(golds, answers):
        known, split = (
            ([json.loads(row["facts"]) for row in _sample(training, seed)], "training") if training else (facts, "test")
        )
        best = constants.best(task, candidates, known)
        controls["constant"] = (f"{best.how}, best on {split} prompts", [best.reply] * len(prompts))
    if template := constants.majority(golds):
        controls["majority"] = (template.how, [template.reply] * len(prompts))
    if with_gold:
        replies = neighbour.nearest([_prompt(row) for row in with_gold], golds, [_prompt(row) for row in prompts])
        controls["baseline"] = (neighbour.NAME, replies)
    return controls


def _sample(rows: Sequence[Row], seed: int) -> list[Row]:
    """The training prompts on which the best constant is chosen; they do not depend on the order of the rows."""
    most = max(prompts for prompts, _ in constants.ROUNDS)
    return sorted(rows, key=lambda row: hashlib.sha256(f"{seed}:{row['id']}".encode()).hexdigest())[:most]


def _prompt(row: Row) -> str:
    return str(row["messages"][-1]["content"])


def _row(control: str, row: Row, reply: str, score: float, components: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "model": control,
        "task": row["task"],
        "id": row["id"],
        "entity": row["entity"],
        "cluster": row.get("cluster"),
        "prompt": _prompt(row),
        "answer": reply,
        "gold": row["gold"],
        "score": score,
        "sampled": None,
        "shuffled": None,
        "sampled_shuffled": None,
        "components": json.dumps(components, sort_keys=True),
        "tokens": None,
        "version": row.get("version"),
    }
