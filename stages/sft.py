"""sft -- supervised fine-tuning of the base model on prompts with gold replies.

reads   data/chat/{train,validation}.parquet, data/facts, models/base
writes  models/sft               full weights, or an adapter on models/base
        metrics/curves/sft.csv
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from vitrine import tables
from vitrine.errors import EmptyError
from vitrine.lm.settings import Load
from vitrine.stage import stage
from vitrine.tables.chat import CHAT
from vitrine.training.loop.schedule import Schedule
from vitrine.training.sft.adapter import Method
from vitrine.training.validation.settings import Evaluate


class Sft(Schedule):
    train: Path
    validation: Path
    base: Path
    model: Path
    curves: Path
    load: Load
    method: Method
    backend: Literal["trl", "unsloth"]
    packing: bool  # lay the rows of a forward pass end to end, without padding
    evaluate: Evaluate  # on validation prompts
    context: int = Field(ge=64)  # tokens; longer rows are cut
    seed: int


@stage("sft", Sft)
def main(settings: Sft) -> dict[str, Any]:
    from vitrine.training.sft import unsloth

    if settings.backend == "unsloth":
        unsloth.start()  # before the imports below, whose libraries it replaces
    from vitrine.lm.hardware import detect
    from vitrine.lm.model import Model, device_of
    from vitrine.training.sft.trainer import sft

    rows = [row for row in tables.read(settings.train, CHAT) if row["gold"] is not None]
    if not rows:
        raise EmptyError(f"{settings.train} has no row with a gold reply to learn from; raise format.tasks.*.rows or *.gold")
    settings.method.supported(settings.load, detect(device_of(settings.load)))  # refuses before anything is loaded
    if settings.backend == "unsloth":
        model = unsloth.load(settings.base, settings.load, settings.method, max_length=settings.context)
    else:
        model = Model.load(settings.base, settings.load)
    model, metrics = sft(
        model,
        rows,
        settings,
        settings.method,
        max_length=settings.context,
        seed=settings.seed,
        curves=settings.curves,
        packing=settings.packing,
        backend=settings.backend,
        validation=tables.read(settings.validation, CHAT) if settings.evaluate.prompts else (),
        evaluate=settings.evaluate,
    )
    model.save(settings.model)
    return metrics


if __name__ == "__main__":
    main()
