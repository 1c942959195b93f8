"""Split prompts into train, validation and test, which share no entity and no text.

    shares = {"validation": 0.02, "test": 0.06}
    most = {"validation": 100, "test": 130}     # rows of each task
    splits = split(rows, **shares, most=most, golds={"sql": None, "insights": 32}, contamination=rules, seed=7)
    splits.kept["train"], splits.counts["set_aside.contaminated.near"]

The entity decides the split (entity.py), unless the row names its own split, as questions of a held-out template do. Two people
may write the same text, so a text can still be in two splits. Then it is dropped from train, or from validation if test has it.
Test loses nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from vitrine.splits.contamination import KINDS, Contamination, leak_kinds, without_common_words, without_template
from vitrine.splits.entity import SplitName, split_of
from vitrine.splits.masked import mask_numbers, masked_shares

Row = dict[str, Any]  # of tables.chat


@dataclass(frozen=True)
class Splits:
    kept: Mapping[SplitName, list[Row]]
    counts: dict[str, float]  # <split>.<task>, and rows set aside by reason


def split(
    rows: Sequence[Row],
    *,
    validation: float,
    test: float,
    most: Mapping[SplitName, int],
    golds: Mapping[str, int | None],
    contamination: Contamination,
    seed: int,
) -> Splits:
    """Put each row into the split of its entity, at most `most[split]` of each task; train keeps only `golds[task]` golds."""
    places_of: dict[SplitName, list[int]] = {"train": [], "validation": [], "test": []}
    taken: Counter[tuple[SplitName, str]] = Counter()
    counts: dict[str, float] = defaultdict(float, {f"set_aside.{where}_full": 0.0 for where in most})
    for place, row in enumerate(rows):
        where = row.get("side") or split_of(row["entity"], seed=seed, validation=validation, test=test)
        taken[where, row["task"]] += 1
        if where in most and taken[where, row["task"]] > most[where]:
            counts[f"set_aside.{where}_full"] += 1
            continue
        places_of[where].append(place)
    compared = _compared(rows, contamination)
    aside = _contaminated(compared, places_of, contamination)
    kept = {where: [rows[place] for place in places if place not in aside] for where, places in places_of.items()}
    kept["train"] = _without_golds(kept["train"], golds)
    for where, prompts in kept.items():
        for row in prompts:
            counts[f"{where}.{row['task']}"] += 1
    counts["train.golds"] = float(sum(row["gold"] is not None for row in kept["train"]))
    for kind in KINDS:
        counts[f"set_aside.contaminated.{kind}"] = float(sum(own == kind for own in aside.values()))
    for place in aside:
        counts[f"contaminated.{rows[place]['task']}"] += 1
    if contamination.masked is not None:
        trained = [place for place in places_of["train"] if place not in aside]
        counts |= masked_shares(compared[places_of["test"]], compared[trained], contamination.masked)
    full = sum(counts[f"set_aside.{where}_full"] for where in most)
    assert sum(map(len, kept.values())) + len(aside) + full == len(rows)
    return Splits(kept=kept, counts=dict(counts))


def _compared(rows: Sequence[Row], rules: Contamination) -> pl.DataFrame:
    """The texts by which prompts are compared, one column for each kind of copy."""
    columns = {
        "task": [row["task"] for row in rows],
        "prompt": [row["messages"][-1]["content"] for row in rows],
        "gold": [row["gold"] for row in rows],
    }
    prompts = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    parts = prompts["prompt"], prompts["task"]
    prompts = prompts.with_columns(own=without_template(*parts), rare=without_common_words(*parts))
    if rules.masked is None:
        return prompts
    without_numbers = mask_numbers(prompts["prompt"])
    return prompts.with_columns(masked=without_numbers, masked_own=without_template(without_numbers, prompts["task"]))


def _contaminated(prompts: pl.DataFrame, places_of: Mapping[SplitName, Sequence[int]], rules: Contamination) -> dict[int, str]:
    """The rows of train and validation that repeat a row held out from them, with the kind of copy."""
    aside: dict[int, str] = {}
    held_out = list(places_of["test"])
    for where in ("validation", "train"):
        kinds = leak_kinds(prompts[places_of[where]], prompts[held_out], rules)
        aside |= {place: kind for place, kind in zip(places_of[where], kinds, strict=True) if kind is not None}
        held_out += [place for place in places_of[where] if place not in aside]
    return aside


def _without_golds(rows: Sequence[Row], golds: Mapping[str, int | None]) -> list[Row]:
    """Keep the first `golds[task]` gold replies of each task: GRPO is for tasks with many prompts and few golds."""
    seen: Counter[str] = Counter()
    kept = []
    for row in rows:
        most = golds[row["task"]]
        seen[row["task"]] += 1
        kept.append(row if most is None or seen[row["task"]] <= most else row | {"gold": None})
    return kept
