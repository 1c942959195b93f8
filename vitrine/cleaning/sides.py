"""Prompts on three sides: train, validation and test share no entity and no text.

sides = split(rows, validation=0.02, test=0.06, test_rows=130, golds={"sql": None, "insights": 32}, seed=7)
sides.kept["train"], sides.counts["set_aside.contaminated"]
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vitrine.cleaning import contamination
from vitrine.cleaning.split import Side, side

Row = dict[str, Any]  # of tables.chat


@dataclass(frozen=True)
class Sides:
    kept: Mapping[Side, list[Row]]
    counts: dict[str, float]  # <side>.<task>, and what was set aside by reason


def split(
    rows: Sequence[Row],
    *,
    validation: float,
    test: float,
    test_rows: int,
    golds: Mapping[str, int | None],
    seed: int,
) -> Sides:
    """Each row on the side of its entity; `test_rows` of each task at most; golds beyond `golds[task]` taken out of train."""
    sides: dict[Side, list[Row]] = {"train": [], "validation": [], "test": []}
    taken: Counter[str] = Counter()
    for row in rows:
        where = side(row["entity"], seed=seed, validation=validation, test=test)
        if where == "test":
            taken[row["task"]] += 1
            if taken[row["task"]] > test_rows:
                continue
        sides[where].append(row)
    held_out = [row["messages"][-1]["content"] for row in [*sides["validation"], *sides["test"]]]
    leaked = contamination.leaked([row["messages"][-1]["content"] for row in sides["train"]], held_out)
    sides["train"] = _without_golds([row for place, row in enumerate(sides["train"]) if place not in leaked], golds)
    counts: dict[str, float] = defaultdict(float)
    for where, kept in sides.items():
        for row in kept:
            counts[f"{where}.{row['task']}"] += 1
    counts["train.golds"] = float(sum(row["gold"] is not None for row in sides["train"]))
    counts["set_aside.contaminated"] = float(len(leaked))
    counts["set_aside.test_full"] = float(sum(max(0, n - test_rows) for n in taken.values()))
    assert sum(map(len, sides.values())) + counts["set_aside.contaminated"] + counts["set_aside.test_full"] == len(rows)
    return Sides(kept=sides, counts=dict(counts))


def _without_golds(rows: Sequence[Row], golds: Mapping[str, int | None]) -> list[Row]:
    """A task with few golds is the case that reinforcement learning is for: prompts abound, references do not."""
    seen: Counter[str] = Counter()
    kept = []
    for row in rows:
        most = golds[row["task"]]
        seen[row["task"]] += 1
        kept.append(row if most is None or seen[row["task"]] <= most else row | {"gold": None})
    return kept
