"""One model answers every held-out prompt, greedily and sampled, and each answer is graded by its task.

rows = run("sft", engine, test_rows, samples=4, temperature=0.9, seed=7)   # rows of the answers table
"""

import json
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from vitrine.engines.engine import Answer, Engine, Prompt, Sampling
from vitrine.tasks import TASKS
from vitrine.tasks.task import Grade, graded

ChatRow = Mapping[str, Any]


def run(
    model: str, engine: Engine, rows: Sequence[ChatRow], *, samples: int, temperature: float, seed: int
) -> list[dict[str, Any]]:
    """Answers in the order of `rows`. A task without a grader is answered too: its score is null, its loss is kept."""
    found: dict[str, dict[str, Any]] = {}
    for name, task in TASKS.items():
        asked = [row for row in rows if row["task"] == name]
        prompts: list[Prompt] = [row["messages"] for row in asked]
        greedy = [answer for (answer,) in engine.answer(prompts, Sampling(max_tokens=task.max_tokens))]
        for row, answer in zip(asked, greedy, strict=True):
            found[row["id"]] = _row(model, row, answer)
        if task.grade is None:
            for row, loss in zip(asked, engine.losses(prompts, [row["gold"] for row in asked]), strict=True):
                found[row["id"]] |= {"components": json.dumps({"loss": loss})}
            continue
        several = Sampling(max_tokens=task.max_tokens, temperature=temperature, samples=samples, seed=seed)
        drawn = engine.answer(prompts, several) if samples else [[] for _ in asked]
        facts = [task.whole(json.loads(row["facts"])) for row in asked]
        earned = iter(
            graded(task, [(a.text, f) for a, others, f in zip(greedy, drawn, facts, strict=True) for a in (a, *others)])
        )
        for row, answer, others in zip(asked, greedy, drawn, strict=True):
            found[row["id"]] |= _scored(answer, next(earned), [next(earned) for _ in others])
    return [found[row["id"]] for row in rows]


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
        "components": "{}",
        "tokens": answer.tokens,
        "version": row.get("version"),
    }


def _scored(answer: Answer, greedy: Grade, drawn: Sequence[Grade]) -> dict[str, Any]:
    return {
        "score": greedy.score,
        "sampled": fmean(one.score for one in drawn) if drawn else None,
        "components": json.dumps(greedy.components | {"finished": float(answer.finished)}, sort_keys=True),
    }
