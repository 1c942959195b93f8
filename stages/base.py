"""base -- a tokenizer and a model that have read the shop's plain text, or a pinned model from a hub.

reads   data/chat/train.parquet   tables.chat.CHAT
writes  models/base               weights, tokenizer, chat template
        metrics/curves/base.csv
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from vitrine import tables
from vitrine.lm import checkpoint, decoder, hub, tokenizer
from vitrine.stage import stage
from vitrine.tables.chat import CHAT
from vitrine.training.loop.curves import Curves
from vitrine.training.loop.schedule import Schedule
from vitrine.training.pretrain import LOGGED, pretrain


class Base(Schedule):
    train: Path
    model: Path
    curves: Path
    lm: Annotated[decoder.Scratch | hub.Hub, Field(discriminator="origin")]
    block: int = Field(ge=8)  # tokens of a training sequence
    tellings: int = Field(ge=1, le=4)  # times that a text is told in it
    seed: int


@stage("base", Base)
def main(settings: Base) -> dict[str, float]:
    if isinstance(settings.lm, hub.Hub):  # it has been pretrained
        model, words = hub.fetch(settings.lm)
        Curves(settings.curves, LOGGED).write()
        checkpoint.save(settings.model, model, words)
        return {"parameters": float(model.num_parameters())}
    rows = tables.read(settings.train, CHAT, need="a model cannot be made from no text")
    texts = [text for row in rows for text in (row["messages"][-1]["content"], row["gold"]) if text]
    words = tokenizer.train(texts, vocabulary=settings.lm.vocabulary, context=settings.lm.context)
    model = decoder.build(settings.lm, words, seed=settings.seed)
    metrics = pretrain(
        model,
        words,
        texts,
        settings,
        block=settings.block,
        tellings=settings.tellings,
        seed=settings.seed,
        curves=settings.curves,
    )
    checkpoint.save(settings.model, model, words)
    return metrics | {"parameters": float(model.num_parameters()), "vocabulary": float(len(words))}


if __name__ == "__main__":
    main()
