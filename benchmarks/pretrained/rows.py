"""The rows of the comparison: which prompts are answered, and a check that nothing is fitted on held-out rows.

rows = Split.read(Path("data/chat"), "sql")         # .train (with gold replies), .validation, .test
rows.drawn("test", 300, seed=7)                     # the first 150 of these 300 are those of n=150
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitrine import tables
from vitrine.errors import EmptyError, VitrineError
from vitrine.tables.chat import CHAT
from vitrine.tasks import TASKS

Row = Mapping[str, Any]
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Split:
    task: str
    train: list[Row]  # with a gold reply: those that SFT may learn from
    validation: list[Row]
    test: list[Row]

    @classmethod
    def read(cls, chat: Path, task: str) -> "Split":
        rows: dict[str, list[Row]] = {
            name: [row for row in tables.read(chat / f"{name}.parquet", CHAT) if row["task"] == task] for name in SPLITS
        }
        train = [row for row in rows["train"] if row["gold"] is not None]
        for name, own in (("train", train), ("validation", rows["validation"]), ("test", rows["test"])):
            if not own:
                raise EmptyError(
                    f"{chat / name}.parquet has no row of {task} with a gold reply: compose a recipe that has this task"
                )
        split = cls(task, train, rows["validation"], rows["test"])
        split.check()
        return split

    def check(self) -> None:
        """Raise VitrineError if a training row, or its entity, is also held out: shots and baselines come from training rows."""
        for name, held_out in (("validation", self.validation), ("test", self.test)):
            for column in ("id", "entity"):
                both = {row[column] for row in self.train} & {row[column] for row in held_out}
                if both:
                    raise VitrineError(f"{self.task}: {column} {min(both)} is in train and in {name}; run `dvc repro format`")

    def drawn(self, name: str, count: int, *, seed: int) -> list[Row]:
        """The first `count` rows in an order that depends on the seed and the ids alone."""
        return in_order(getattr(self, name), seed)[:count]


def in_order(rows: Sequence[Row], seed: int) -> list[Row]:
    return sorted(rows, key=lambda row: hashlib.sha256(f"{seed}:{row['id']}".encode()).hexdigest())


def prompt_of(row: Row) -> str:
    return str(row["messages"][-1]["content"])


def facts_of(row: Row) -> Mapping[str, Any]:
    """The facts on which the benchmark grades a reply to this prompt."""
    return TASKS[row["task"]].benchmark_facts(json.loads(row["facts"]))
