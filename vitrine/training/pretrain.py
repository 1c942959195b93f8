"""Plain text into a model from scratch: it learns the language of the shop, not yet to answer.

    model, metrics = pretrain(model, ["Chegou quebrado.", …], schedule, block=256, seed=7, curves=path)

Texts are joined by the padding token and cut into blocks of one length, so that nothing is padded. A few texts stand in a
block twice, in another order: to look back for what was read before, and copy it, is what the shop's tasks are made of.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from datasets import Dataset
from transformers import PreTrainedTokenizerBase, Trainer, TrainingArguments, default_data_collator

from vitrine.errors import EmptyError
from vitrine.lm.model import Model
from vitrine.training.loop.curves import Curves
from vitrine.training.loop.run import Optimizers, run
from vitrine.training.loop.schedule import Schedule

# Read once, the same texts gave a base model from which SFT copies worse (seed 7, full size: sql 0.737 instead of 0.801, extract
# 0.950 instead of 0.977; insights 0.359 instead of 0.283). A shorter run had shown no difference (benchmarks/README.md).
REPEATS = 2
LOGGED = {"loss": "loss", "grad_norm": "grad_norm", "learning_rate": "learning_rate"}


def pretrain(
    model: Model, texts: Sequence[str], schedule: Schedule, *, block: int, seed: int, curves: Path
) -> tuple[Model, dict[str, float]]:
    blocks = list(_blocks(model.tokenizer, texts, block, seed))
    if not blocks:
        raise EmptyError(f"the texts to pretrain on do not fill one block of {block} tokens; raise the sources' rows")

    def build(args: TrainingArguments, optimizers: Optimizers) -> Trainer:
        data = Dataset.from_dict({"input_ids": blocks, "labels": blocks})
        return Trainer(
            model=model.weights, args=args, train_dataset=data, data_collator=default_data_collator, optimizers=optimizers
        )

    log = Curves(curves, LOGGED)
    model, mean_loss = run(model, schedule, config=TrainingArguments, options={}, build=build, curves=log, seed=seed)
    metrics = {"tokens": float(schedule.steps * schedule.batch * block), "blocks": float(len(blocks))}
    if schedule.steps:
        metrics |= {"loss": log.values("loss")[-1], "mean_loss": mean_loss}
    return model, metrics


def _blocks(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], block: int, seed: int) -> Iterator[list[int]]:
    stream = itertools.chain.from_iterable(_repeated(tokenizer, texts, block, random.Random(seed)))
    while len(piece := list(itertools.islice(stream, block))) == block:
        yield piece


def _repeated(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], block: int, chance: random.Random) -> Iterator[list[int]]:
    """The texts as tokens, shuffled; those that fill about a block when repeated stand together, in another order each time."""
    shuffled = list(texts)
    chance.shuffle(shuffled)
    together: list[list[int]] = []
    for tokens in tokenizer(shuffled, add_special_tokens=False).input_ids if shuffled else []:
        together.append([*tokens[: block // REPEATS], tokenizer.pad_token_id])
        if sum(map(len, together)) * REPEATS >= 0.8 * block:
            for _ in range(REPEATS):
                yield from together
                chance.shuffle(together)
            together = []
    yield from together
