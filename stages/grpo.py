"""grpo -- reinforcement learning: the tasks' graders reward the SFT model's replies; no gold replies are needed.

reads   data/prompts.parquet, data/facts, models/sft; data/chat/train.parquet for gold replies, whose ends the audit looks at
writes  models/grpo              full weights, or an adapter on models/base
        metrics/curves/grpo.csv
"""

import random
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from vitrine import tables
from vitrine.errors import EmptyError
from vitrine.lm.settings import Load
from vitrine.stage import stage
from vitrine.tables.chat import CHAT
from vitrine.tables.prompts import PROMPTS
from vitrine.training.grpo.settings import Objective, Rollout
from vitrine.training.loop.schedule import Schedule


class Grpo(Schedule, Rollout, Objective):
    prompts: Path
    train: Path
    skip: tuple[Literal["always", "never", "flat"], ...]  # skip prompts with these marks
    sft: Path
    load: Load
    model: Path
    curves: Path
    seed: int = Field(ge=0)

    @field_validator("batch")
    @classmethod
    def _holds_whole_groups(cls, batch: int, info: ValidationInfo) -> int:
        generations = info.data.get("generations", 1)
        if batch % generations:
            raise ValueError(f"should be a multiple of generations, which is {generations}")
        return batch


@stage("grpo", Grpo)
def main(settings: Grpo) -> dict[str, float]:
    from vitrine.lm.model import Model
    from vitrine.training.grpo.trainer import grpo

    rows = tables.read(settings.prompts, PROMPTS)
    chosen = [row for row in rows if not is_skipped(row, settings.skip)]
    if not chosen:
        skipped = f"{len(rows)} prompts, but all are marked {' or '.join(settings.skip)}; see grpo.skip"
        raise EmptyError(f"{settings.prompts} has {skipped if rows else 'no prompt; see prompts.tasks'}")
    random.Random(settings.seed).shuffle(chosen)
    tasks = {row["task"] for row in chosen}
    read = tables.read(settings.train, CHAT) if settings.steps else []
    golds = [row for row in read if row["task"] in tasks and row["gold"] is not None]
    model = Model.load(settings.sft, settings.load, trainable=True)
    model, metrics = grpo(model, chosen, settings, settings, settings, golds=golds, seed=settings.seed, curves=settings.curves)
    model.save(settings.model)
    return {"skipped": float(len(rows) - len(chosen)), **metrics}


def is_skipped(row: dict[str, Any], skip: tuple[str, ...]) -> bool:
    """Whether a prompt has one of the marks. Unmarked prompts are never skipped."""
    return row["mark"] in skip or ("flat" in skip and bool(row["flat"]))


if __name__ == "__main__":
    main()
