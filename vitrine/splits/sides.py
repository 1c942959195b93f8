"""Prompts on three sides: train, validation and test share no entity and no text.

    shares = {"validation": 0.02, "test": 0.06}
    most = {"validation": 100, "test": 130}     # rows of each task
    sides = split(rows, **shares, most=most, golds={"sql": None, "insights": 32}, contamination=rules, seed=7)
    sides.kept["train"], sides.counts["set_aside.contaminated.near"]

The side is the entity's (split.py), unless the row names its own: a question shape that is held out whole. A text may still
stand on two sides, because two people wrote it: validation loses what stands in test, and train what stands in either; test
loses nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from vitrine.splits.contamination import KINDS, Contamination, leaked, own_parts, rare_parts
from vitrine.splits.entity import Side, side
from vitrine.splits.masked import left_masked, masked

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
    most: Mapping[Side, int],
    golds: Mapping[str, int | None],
    contamination: Contamination,
    seed: int,
) -> Sides:
    """Each row on the side of its entity, `most[side]` of each task at most; golds beyond `golds[task]` taken out of train."""
    sides: dict[Side, list[int]] = {"train": [], "validation": [], "test": []}
    taken: Counter[tuple[Side, str]] = Counter()
    counts: dict[str, float] = defaultdict(float, {f"set_aside.{where}_full": 0.0 for where in most})
    for place, row in enumerate(rows):
        where = row.get("side") or side(row["entity"], seed=seed, validation=validation, test=test)
        taken[where, row["task"]] += 1
        if where in most and taken[where, row["task"]] > most[where]:
            counts[f"set_aside.{where}_full"] += 1
            continue
        sides[where].append(place)
    compared = _compared(rows, contamination)
    aside = _contaminated(compared, sides, contamination)
    kept = {where: [rows[place] for place in places if place not in aside] for where, places in sides.items()}
    kept["train"] = _without_golds(kept["train"], golds)
    for where, prompts in kept.items():
        for row in prompts:
            counts[f"{where}.{row['task']}"] += 1
    counts["train.golds"] = float(sum(row["gold"] is not None for row in kept["train"]))
    for kind in KINDS:
        counts[f"set_aside.contaminated.{kind}"] = float(sum(found == kind for found in aside.values()))
    for place in aside:
        counts[f"contaminated.{rows[place]['task']}"] += 1
    if contamination.masked is not None:
        trained = [place for place in sides["train"] if place not in aside]
        counts |= left_masked(compared[sides["test"]], compared[trained], contamination.masked)
    full = sum(counts[f"set_aside.{where}_full"] for where in most)
    assert sum(map(len, kept.values())) + len(aside) + full == len(rows)
    return Sides(kept=kept, counts=dict(counts))


def _compared(rows: Sequence[Row], rules: Contamination) -> pl.DataFrame:
    """What is compared of each prompt, one column a kind."""
    said = {
        "task": [row["task"] for row in rows],
        "prompt": [row["messages"][-1]["content"] for row in rows],
        "gold": [row["gold"] for row in rows],
    }
    prompts = pl.DataFrame(said, schema=dict.fromkeys(said, pl.String))
    of_task = prompts["prompt"], prompts["task"]
    prompts = prompts.with_columns(own=own_parts(*of_task), rare=rare_parts(*of_task))
    if rules.masked is None:
        return prompts
    without_numbers = masked(prompts["prompt"])
    return prompts.with_columns(masked=without_numbers, masked_own=own_parts(without_numbers, prompts["task"]))


def _contaminated(prompts: pl.DataFrame, sides: Mapping[Side, Sequence[int]], rules: Contamination) -> dict[int, str]:
    """The rows of train and validation that stand on a side held out from them, and how."""
    aside: dict[int, str] = {}
    held_out = list(sides["test"])
    for where in ("validation", "train"):
        kinds = leaked(prompts[sides[where]], prompts[held_out], rules)
        aside |= {place: kind for place, kind in zip(sides[where], kinds, strict=True) if kind is not None}
        held_out += [place for place in sides[where] if place not in aside]
    return aside


def _without_golds(rows: Sequence[Row], golds: Mapping[str, int | None]) -> list[Row]:
    """A task with few golds is the case that reinforcement learning is for: prompts abound, references do not."""
    seen: Counter[str] = Counter()
    kept = []
    for row in rows:
        most = golds[row["task"]]
        seen[row["task"]] += 1
        kept.append(row if most is None or seen[row["task"]] <= most else row | {"gold": None})
    return kept
