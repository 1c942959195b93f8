"""The controls of a benchmark: what answers earn that no model wrote for the prompt.

    rows = control_answers(test_rows, training_rows(path), answers, seed=7)     # {"constant": rows of tables.answers, "copy": …}
    summary(rows)["sql"]      {"constant": 0.21, "copy": 0.0, "majority": 0.19, "baseline": {"name": …, "score": 0.4}, "how": {…}}

constant   one reply to every prompt of a task: the one that earns most on training prompts, among the most frequent gold replies
           of the training split and the most frequent answers of the models. A task without training prompts chooses it on the
           test prompts, where it may earn a little more than it should.
majority   the most frequent gold reply, or the most frequent value of each field, or the most central reply
copy       the prompt itself
baseline   the gold reply to the most similar training prompt

The fifth control, a model's own answers shuffled, is graded with the answers (`scores.runner`, column `shuffled`).
The replies are the gold side's and the models' words: they are kept in the answers table, and no metric quotes them.
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
NEEDED = pa.schema([CHAT.field(name) for name in ("id", "task", "messages", "gold", "facts")])  # of a training prompt
CONTROLS = ("constant", "majority", "copy", "baseline")
TRAINING = 20_000  # training prompts of a task that are read; more make the nearest one slow to find


def training_rows(path: Path) -> list[dict[str, Any]]:
    """The training prompts that controls are made from: of each task the first `TRAINING`."""
    return tables.scan(path, NEEDED).group_by("task", maintain_order=True).head(TRAINING).collect().to_dicts()


def control_answers(
    test: Sequence[Row], train: Sequence[Row], answers: Mapping[str, Sequence[Row]], *, seed: int
) -> dict[str, list[dict[str, Any]]]:
    """For each control its graded answers to the prompts of every graded task, where the task has the control."""
    made: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTROLS}
    for name, task in TASKS.items():
        asked = [row for row in test if row["task"] == name]
        if task.grade is None or not asked:
            continue
        learned = [row for row in train if row["task"] == name]
        said = {model: [row["answer"] for row in rows if row["task"] == name] for model, rows in answers.items()}
        facts = [facts_of(task, row) for row in asked]
        for control, (how, replies) in _replies(task, asked, facts, learned, said, seed).items():
            earned = grade_batch(task, list(zip(replies, facts, strict=True)))
            made[control] += [
                _row(control, row, reply, grade.score, grade.components | {"how": how})
                for row, reply, grade in zip(asked, replies, earned, strict=True)
            ]
    return made


def facts_of(task: Task, row: Row) -> Facts:
    """What the benchmark grades a reply to this prompt on."""
    return task.benchmark_facts(json.loads(row["facts"]))


def summary(made: Mapping[str, Sequence[Row]]) -> dict[str, dict[str, Any]]:
    """The mean score of each control by task, and how its replies were found; null where the task lacks the control."""
    found: dict[str, dict[str, Any]] = {}
    for control in CONTROLS:
        by_task: dict[str, list[Row]] = {}
        for row in made.get(control, ()):
            by_task.setdefault(row["task"], []).append(row)
        for task, rows in by_task.items():
            own = found.setdefault(task, dict.fromkeys(CONTROLS) | {"how": {}})
            score = fmean(row["score"] for row in rows)
            how = json.loads(rows[0]["components"])["how"]
            own[control] = {"name": how, "score": score} if control == "baseline" else score
            if control in ("constant", "majority"):
                own["how"][control] = how
    return found


def _replies(
    task: Task,
    asked: Sequence[Row],
    facts: Sequence[Facts],
    learned: Sequence[Row],
    said: Mapping[str, Sequence[str]],
    seed: int,
) -> dict[str, tuple[str, list[str]]]:
    """By control, how its replies were found, and one reply to each prompt that is asked."""
    taught = [row for row in learned if row["gold"] is not None]
    golds = [str(row["gold"]) for row in taught]
    found = {"copy": ("the prompt", [_prompt(row) for row in asked])}
    if tried := constants.candidates(golds, said):
        known, where = ([json.loads(row["facts"]) for row in _sample(learned, seed)], "training") if learned else (facts, "test")
        chosen = constants.best(task, tried, known)
        found["constant"] = (f"{chosen.how}, best on {where} prompts", [chosen.reply] * len(asked))
    if template := constants.majority(golds):
        found["majority"] = (template.how, [template.reply] * len(asked))
    if taught:
        replies = neighbour.nearest([_prompt(row) for row in taught], golds, [_prompt(row) for row in asked])
        found["baseline"] = (neighbour.NAME, replies)
    return found


def _sample(rows: Sequence[Row], seed: int) -> list[Row]:
    """As many training prompts as choose the best constant, the same ones in whatever order the rows are."""
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
