"""base -- a tokenizer and a model pretrained on the shop's plain text, or a pinned model from a hub, a folder or a GGUF file.

reads   data/chat/train.parquet   tables.chat.CHAT
writes  models/base               weights, tokenizer, chat template
        metrics/curves/base.csv
"""

from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from vitrine import tables
from vitrine.chat.template import TEMPLATES
from vitrine.lm.settings import Load, Origin, Scratch
from vitrine.stage import stage
from vitrine.tables.chat import CHAT
from vitrine.training.loop.schedule import Schedule


class Base(Schedule):
    train: Path
    model: Path
    curves: Path
    lm: Origin
    load: Load  # quantisation is ignored here: it applies when the saved model is loaded
    block: int = Field(ge=8)  # tokens of a training sequence
    repeats: int = Field(ge=1, le=8)  # how often a text is repeated in its block
    seed: int

    @model_validator(mode="after")
    def _block_fits(self) -> "Base":
        if self.block > self.lm.context and self.steps:
            raise ValueError(f"block ({self.block}) should be at most lm.context ({self.lm.context})")
        return self


@stage("base", Base)
def main(settings: Base) -> dict[str, float]:
    from vitrine.lm import decoder, published, tokenizer
    from vitrine.training.loop.curves import Curves
    from vitrine.training.pretrain import LOGGED, pretrain

    def read() -> list[dict[str, Any]]:
        return tables.read(settings.train, CHAT, why_needed="a model needs text to be trained on")

    if not isinstance(settings.lm, Scratch):  # already pretrained
        model, metrics = published.fetch(settings.lm, settings.load, read)
        Curves(settings.curves, LOGGED).write()
    else:
        texts = [text for row in read() for text in (row["messages"][-1]["content"], row["gold"]) if text]
        template = TEMPLATES[settings.lm.template]
        trained = tokenizer.train(texts, template, vocabulary=settings.lm.vocabulary, context=settings.lm.context)
        model = decoder.build(settings.lm, trained, settings.load, seed=settings.seed)
        blocks = {"block": settings.block, "repeats": settings.repeats}
        model, metrics = pretrain(model, texts, settings, **blocks, seed=settings.seed, curves=settings.curves)
        metrics |= {"vocabulary": float(len(trained))}
    model.save(settings.model)
    return metrics | {"parameters": float(model.weights.num_parameters())}


if __name__ == "__main__":
    main()
