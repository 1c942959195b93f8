"""Computes controls for graded answers whose tables have none, from the facts of the prompts.

    result = add_controls(answers, Path("data/chat/test.parquet"), seed=7)
    result.answers[0]["shuffled"], result.controls["sql"]["constant"]

The training prompts are read from the folder of the test prompts. Without them the constant reply is chosen on the test prompts,
and there is no baseline. No controls are computed for answers to prompts that are not in the file or have another version, nor
for tasks whose grader has changed since: old scores must not be compared with new controls.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from vitrine.evaluation.audit.tables import test_prompts
from vitrine.evaluation.controls.controls import control_answers, facts_of, summary, training_rows
from vitrine.evaluation.controls.shuffles import shuffles
from vitrine.tables.answers import SCORE_TOLERANCE
from vitrine.tasks import TASKS
from vitrine.tasks.task import grade_batch

Row = Mapping[str, Any]
SHUFFLES = 4


class WithControls(NamedTuple):
    answers: list[dict[str, Any]]  # with the column `shuffled`
    controls: dict[str, dict[str, Any]]  # by task
    regraded: list[str]  # tasks whose graders now give the answers other scores


def add_controls(answers: Sequence[Row], test: Path, *, seed: int) -> WithControls:
    """The answers with their shuffled scores, and the other controls by task."""
    by_key = {(row["task"], row["id"]): row for row in test_prompts(test)}
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    rows = [dict(row) for row in answers]
    for row in rows:
        groups.setdefault((row["model"], row["task"]), []).append(row)
    graded: dict[tuple[str, str], Row] = {}
    by_model: dict[str, list[Row]] = {}
    regraded: list[str] = []
    for (model, name), own in groups.items():
        prompts = [prompt for row in own if (prompt := by_key.get((name, row["id"]))) is not None and _same_version(row, prompt)]
        task = TASKS.get(name)
        if task is None or task.grade is None or len(prompts) < len(own):
            continue
        facts = [facts_of(task, row) for row in prompts]
        orders = [list(range(len(own))), *shuffles(prompts, SHUFFLES, seed=seed)]  # first in their own order
        earned = iter(
            grade_batch(task, [(own[i]["answer"], known) for order in orders for i, known in zip(order, facts, strict=True)])
        )
        as_given, *shuffled = [[next(earned).score for _ in own] for _ in orders]
        if any(abs(now - row["score"]) > SCORE_TOLERANCE for now, row in zip(as_given, own, strict=True)):
            regraded.append(name)
            continue
        graded |= {(name, row["id"]): row for row in prompts}
        by_model.setdefault(model, []).extend(own)
        for row, *scores in zip(own, *shuffled, strict=True) if shuffled else ():
            row["shuffled"] = fmean(scores)
    train_file = test.with_name("train.parquet")
    train = training_rows(train_file) if train_file.exists() else []
    controls = control_answers(list(graded.values()), train, by_model, seed=seed)
    return WithControls(rows, summary(controls), sorted(set(regraded)))


def _same_version(answer: Row, prompt: Row) -> bool:
    return answer.get("version") in (None, prompt["version"])
