"""Estimates each prompt's pass rate under the SFT model, so that GRPO can skip prompts that teach nothing.

    rows = estimate_pass_rates(engine, chat_rows, samples={"sql": 8}, temperature=0.9, seed=7)   # rows of tables.prompts
    rows[0]["samples"], rows[0]["pass_rate"], rows[0]["mark"], rows[0]["flat"]  # [1.0, 0.3, …], 0.5, "sometimes", False

A prompt that is always solved teaches nothing more. A prompt that is never solved may still teach through partial credit. If all
rewards of a group are equal (zero variance, column `flat`), the group has no gradient and costs as much as any other.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from vitrine.engines.engine import Engine, Sampling
from vitrine.tables.answers import SCORE_TOLERANCE
from vitrine.tasks import TASKS
from vitrine.tasks.task import grade_batch


def estimate_pass_rates(
    engine: Engine | None, rows: Sequence[Mapping[str, Any]], *, samples: Mapping[str, int], temperature: float, seed: int
) -> list[dict[str, Any]]:
    """Score `samples[task]` sampled replies per prompt. Tasks with 0 samples need no engine and stay unmarked."""
    scores: dict[str, list[float]] = {}
    for name in dict.fromkeys(row["task"] for row in rows if samples[row["task"]]):
        task, count = TASKS[name], samples[name]
        own = [row for row in rows if row["task"] == name]
        sampling = Sampling(max_tokens=task.max_tokens, temperature=temperature, samples=count, seed=seed)
        answers = engine.answer([row["messages"] for row in own], sampling) if engine else []
        facts = [json.loads(row["facts"]) for row in own]
        replies = [(answer.text, known) for drawn, known in zip(answers, facts, strict=True) for answer in drawn]
        earned = [grade.score for grade in grade_batch(task, replies)]
        scores |= {row["id"]: earned[i * count : (i + 1) * count] for i, row in enumerate(own)}
    return [{**row, **classify_prompt(scores.get(row["id"]), TASKS[row["task"]].solved)} for row in rows]


def classify_prompt(scores: Sequence[float] | None, solved: float) -> dict[str, Any]:
    """Mark a prompt `always`, `sometimes` or `never` solved, and whether its rewards have zero variance (`flat`)."""
    if not scores:
        return {"samples": None, "pass_rate": None, "mark": None, "flat": None}
    passed = sum(score >= solved for score in scores)
    mark = "always" if passed == len(scores) else "sometimes" if passed else "never"
    zero_variance = max(scores) - min(scores) <= SCORE_TOLERANCE
    return {"samples": list(scores), "pass_rate": passed / len(scores), "mark": mark, "flat": zero_variance}


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The number of prompts in all and per task, and how many have each mark."""
    counts: dict[str, float] = {"prompts": float(len(rows))}
    for row in rows:
        names = [row["mark"]] if row["mark"] else []
        for name in (row["task"], *names, *(["flat"] if row["flat"] else [])):
            key = f"{row['task']}.{name}" if name != row["task"] else f"{name}.prompts"
            counts[key] = counts.get(key, 0.0) + 1
    return counts
