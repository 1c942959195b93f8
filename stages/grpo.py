"""grpo -- the SFT model is paid for good answers; a gold reply is not needed, a verifier is.

reads   data/chat/train.parquet, data/facts, models/sft
writes  models/grpo              full weights, or an adapter on models/base
        metrics/curves/grpo.csv
"""

import random
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from vitrine import tables
from vitrine.errors import EmptyError
from vitrine.lm import checkpoint
from vitrine.settings import one_of
from vitrine.stage import stage
from vitrine.tables.chat import CHAT
from vitrine.tasks import GRADED
from vitrine.training.grpo import Objective, Rollout, grpo
from vitrine.training.schedule import Schedule


class Grpo(Schedule, Rollout, Objective):
    train: Path
    sft: Path
    model: Path
    curves: Path
    prompts: Annotated[dict[str, int], AfterValidator(one_of(GRADED))]  # task -> training prompts of it
    seed: int = Field(ge=0)


@stage("grpo", Grpo)
def main(settings: Grpo) -> dict[str, float]:
    rows = tables.read(settings.train, CHAT)
    chosen = [row for name, most in settings.prompts.items() for row in [r for r in reversed(rows) if r["task"] == name][:most]]
    if not chosen:
        raise EmptyError(f"{settings.train} has no prompt of {', '.join(settings.prompts) or 'any task'}; see grpo.prompts")
    random.Random(settings.seed).shuffle(chosen)
    model, words = checkpoint.load(settings.sft, trainable=True)
    model, metrics = grpo(model, words, chosen, settings, settings, settings, seed=settings.seed, curves=settings.curves)
    checkpoint.save(settings.model, model, words)
    return metrics


if __name__ == "__main__":
    main()
