"""The controls of graded answers where their tables do not hold them: computed from the facts of the prompts.

    found = add_controls(answers, Path("data/chat/test.parquet"), seed=7)
    found.answers[0]["shuffled"], found.controls["sql"]["constant"]

The training prompts lie beside the test prompts; without them a constant reply is chosen on the test prompts, and there is no
reply to the nearest training prompt. Answers to prompts that are not in the file, or to other words, keep what they have. So do
answers that their grader scores differently by now: old scores and new controls are not to be compared.
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
    answers: list[dict[str, Any]]  # with their column `shuffled`
    controls: dict[str, dict[str, Any]]  # by task
    regraded: list[str]  # tasks whose graders give the answers other scores by now


def add_controls(answers: Sequence[Row], test: Path, *, seed: int) -> WithControls:
    """The answers with what they earn when shuffled, and the other controls by task."""
    asked = {(row["task"], row["id"]): row for row in test_prompts(test)}
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    rows = [dict(row) for row in answers]
    for row in rows:
        groups.setdefault((row["model"], row["task"]), []).append(row)
    judged: dict[tuple[str, str], Row] = {}
    said: dict[str, list[Row]] = {}
    regraded: list[str] = []
    for (model, name), own in groups.items():
        prompts = [found for row in own if (found := asked.get((name, row["id"]))) is not None and _same_words(row, found)]
        task = TASKS.get(name)
        if task is None or task.grade is None or len(prompts) < len(own):
            continue
        facts = [facts_of(task, row) for row in prompts]
        orders = [list(range(len(own))), *shuffles(prompts, SHUFFLES, seed=seed)]  # as given first
        earned = iter(
            grade_batch(task, [(own[i]["answer"], known) for order in orders for i, known in zip(order, facts, strict=True)])
        )
        as_given, *shuffled = [[next(earned).score for _ in own] for _ in orders]
        if any(abs(now - row["score"]) > SCORE_TOLERANCE for now, row in zip(as_given, own, strict=True)):
            regraded.append(name)
            continue
        judged |= {(name, row["id"]): row for row in prompts}
        said.setdefault(model, []).extend(own)
        for row, *of_row in zip(own, *shuffled, strict=True) if shuffled else ():
            row["shuffled"] = fmean(of_row)
    beside = test.with_name("train.parquet")
    train = training_rows(beside) if beside.exists() else []
    made = control_answers(list(judged.values()), train, said, seed=seed)
    return WithControls(rows, summary(made), sorted(set(regraded)))


def _same_words(answer: Row, prompt: Row) -> bool:
    return answer.get("version") in (None, prompt["version"])
