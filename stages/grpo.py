"""grpo -- the SFT model is paid for good answers; a gold reply is not needed, a verifier is.

reads   data/prompts.parquet, data/facts, models/sft
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
from vitrine.tables.prompts import PROMPTS
from vitrine.training.grpo.settings import Objective, Rollout
from vitrine.training.loop.schedule import Schedule


class Grpo(Schedule, Rollout, Objective):
    prompts: Path
    skip: tuple[Literal["always", "never", "flat"], ...]  # prompts that the SFT model does so on; unmarked ones are never skipped
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
        what = (
            f"{len(rows)} prompts, all of them {' or '.join(settings.skip)}; see grpo.skip"
            if rows
            else "no prompt; see prompts.tasks"
        )
        raise EmptyError(f"{settings.prompts} has {what}")
    random.Random(settings.seed).shuffle(chosen)
    model = Model.load(settings.sft, settings.load, trainable=True)
    model, metrics = grpo(model, chosen, settings, settings, settings, seed=settings.seed, curves=settings.curves)
    model.save(settings.model)
    return {"skipped": float(len(rows) - len(chosen)), **metrics}


def is_skipped(row: dict[str, Any], skip: tuple[str, ...]) -> bool:
    return row["mark"] in skip or ("flat" in skip and bool(row["flat"]))


if __name__ == "__main__":
    main()
