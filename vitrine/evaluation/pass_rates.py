"""How often a model solves each prompt: what reinforcement learning can teach it, known before it begins.

    rows = estimate_pass_rates(engine, chat_rows, samples={"sql": 8}, temperature=0.9, seed=7)   # rows of tables.prompts
    rows[0]["samples"], rows[0]["pass_rate"], rows[0]["mark"], rows[0]["flat"]  # [1.0, 0.3, …], 0.5, "sometimes", False

A prompt that is always solved has nothing left to teach. One that never is may still teach by its partial credit, unless all
its replies earn the same: then their group has no best reply, and costs as much as one that has.
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
    """Each of `rows` with the scores of its samples, so many of each task; none need no engine, and nothing is known of them."""
    scores: dict[str, list[float]] = {}
    for name in dict.fromkeys(row["task"] for row in rows if samples[row["task"]]):
        task, many = TASKS[name], samples[name]
        asked = [row for row in rows if row["task"] == name]
        several = Sampling(max_tokens=task.max_tokens, temperature=temperature, samples=many, seed=seed)
        drawn = engine.answer([row["messages"] for row in asked], several) if engine else []
        facts = [json.loads(row["facts"]) for row in asked]
        replies = [(answer.text, known) for answers, known in zip(drawn, facts, strict=True) for answer in answers]
        earned = [grade.score for grade in grade_batch(task, replies)]
        scores |= {row["id"]: earned[i * many : (i + 1) * many] for i, row in enumerate(asked)}
    return [{**row, **classify_prompt(scores.get(row["id"]), TASKS[row["task"]].solved)} for row in rows]


def classify_prompt(scores: Sequence[float] | None, solved: float) -> dict[str, Any]:
    """What the scores of one prompt's replies say of it."""
    if not scores:
        return {"samples": None, "pass_rate": None, "mark": None, "flat": None}
    right = sum(score >= solved for score in scores)
    mark = "always" if right == len(scores) else "sometimes" if right else "never"
    flat = max(scores) - min(scores) <= SCORE_TOLERANCE
    return {"samples": list(scores), "pass_rate": right / len(scores), "mark": mark, "flat": flat}


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """How many prompts there are, in all and of each task, and how many of each mark."""
    counts: dict[str, float] = {"prompts": float(len(rows))}
    for row in rows:
        names = [row["mark"]] if row["mark"] else []
        for name in (row["task"], *names, *(["flat"] if row["flat"] else [])):
            key = f"{row['task']}.{name}" if name != row["task"] else f"{name}.prompts"
            counts[key] = counts.get(key, 0.0) + 1
    return counts
