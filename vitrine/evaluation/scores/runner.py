"""Lets one model answer every held-out prompt, greedily and sampled, and grades each answer by its task.

rows = run("sft", engine, test_rows, samples=4, temperature=0.9, shuffled=4, seed=7)   # rows of the answers table

Answers, greedy and sampled, are also graded as answers to other prompts of their task, `shuffled` times per prompt. Their score
there was earned without reading the prompt.
"""

import json
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from vitrine.engines.engine import Answer, Engine, Prompt, Sampling
from vitrine.evaluation.controls.shuffles import shuffles
from vitrine.tasks import TASKS
from vitrine.tasks.task import Grade, grade_batch

ChatRow = Mapping[str, Any]


def run(
    model: str,
    engine: Engine,
    rows: Sequence[ChatRow],
    *,
    samples: int,
    temperature: float,
    seed: int,
    shuffled: int = 0,
) -> list[dict[str, Any]]:
    """Answers in the order of `rows`. A task without a grader is answered too; its score is null, and its loss is recorded."""
    by_id: dict[str, dict[str, Any]] = {}
    for name, task in TASKS.items():
        own = [row for row in rows if row["task"] == name]
        prompts: list[Prompt] = [row["messages"] for row in own]
        greedy = [answer for (answer,) in engine.answer(prompts, Sampling(max_tokens=task.max_tokens))]
        for row, answer in zip(own, greedy, strict=True):
            by_id[row["id"]] = _row(model, row, answer)
        if task.grade is None:
            for row, loss in zip(own, engine.losses(prompts, [row["gold"] for row in own]), strict=True):
                by_id[row["id"]] |= {"components": json.dumps({"loss": loss})}
            continue
        sampling = Sampling(max_tokens=task.max_tokens, temperature=temperature, samples=samples, seed=seed)
        drawn = engine.answer(prompts, sampling) if samples else [[] for _ in own]
        facts = [task.benchmark_facts(json.loads(row["facts"])) for row in own]
        given = _given(shuffles(own, shuffled, seed=seed), greedy, drawn)
        replies = [(a.text, f) for a, others, f in zip(greedy, drawn, facts, strict=True) for a in (a, *others)]
        replies += [pair for orders in given.values() for texts in orders for pair in zip(texts, facts, strict=True)]
        earned = iter(grade_batch(task, replies))
        for row, answer, others in zip(own, greedy, drawn, strict=True):
            by_id[row["id"]] |= _scored(answer, next(earned), [next(earned) for _ in others])
        for column, orders in given.items():
            by_order = [[next(earned).score for _ in own] for _ in orders]
            for row, *scores in zip(own, *by_order, strict=True):
                by_id[row["id"]] |= {column: fmean(scores)}
    return [by_id[row["id"]] for row in rows]


def _given(orders: Sequence[Sequence[int]], greedy: Sequence[Answer], drawn: Sequence[Sequence[Answer]]) -> dict[str, Any]:
    """By column of the table, the replies that each shuffle gives to the prompts. Each shuffle uses another sample."""
    if not orders:
        return {}
    given = {"shuffled": [[greedy[other].text for other in order] for order in orders]}
    if drawn[0]:
        given["sampled_shuffled"] = [
            [drawn[other][number % len(drawn[other])].text for other in order] for number, order in enumerate(orders)
        ]
    return given


def _row(model: str, row: ChatRow, answer: Answer) -> dict[str, Any]:
    return {
        "model": model,
        "task": row["task"],
        "id": row["id"],
        "entity": row["entity"],
        "cluster": row.get("cluster") or row["entity"],
        "prompt": row["messages"][-1]["content"],
        "answer": answer.text,
        "gold": row["gold"],
        "score": None,
        "sampled": None,
        "shuffled": None,
        "sampled_shuffled": None,
        "components": "{}",
        "tokens": answer.tokens,
        "version": row.get("version"),
    }


def _scored(answer: Answer, greedy: Grade, drawn: Sequence[Grade]) -> dict[str, Any]:
    return {
        "score": greedy.score,
        "sampled": fmean(grade.score for grade in drawn) if drawn else None,
        "components": json.dumps(greedy.components | {"finished": float(answer.finished)}, sort_keys=True),
    }
