"""Pretrains a model from scratch on plain text, before it learns to answer.

    model, metrics = pretrain(model, ["Chegou quebrado.", …], schedule, block=256, repeats=2, seed=7, curves=path)

Texts are joined by the padding token and cut into blocks of equal length, so that nothing is padded. A block holds a few texts,
each `repeats` times in different orders, so that the model learns to look back and copy, which the tasks need.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from datasets import Dataset
from transformers import PreTrainedTokenizerBase, Trainer, TrainingArguments, default_data_collator

from vitrine.errors import EmptyError
from vitrine.lm.model import Model
from vitrine.lm.stopping import stop_ids
from vitrine.training.loop.curves import Curves
from vitrine.training.loop.run import Optimizers, run
from vitrine.training.loop.schedule import Schedule

LOGGED = {"loss": "loss", "grad_norm": "grad_norm", "learning_rate": "learning_rate"}


def pretrain(
    model: Model, texts: Sequence[str], schedule: Schedule, *, block: int, repeats: int, seed: int, curves: Path
) -> tuple[Model, dict[str, float]]:
    stop_ids(model)  # refuses a tokenizer without a stop token: the model that is fine-tuned from this one could not end a reply
    blocks = list(_blocks(model.tokenizer, texts, block, repeats, seed))
    if not blocks:
        raise EmptyError(f"the pretraining texts do not fill one block of {block} tokens; raise the rows of the sources")

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


def _blocks(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], block: int, repeats: int, seed: int) -> Iterator[list[int]]:
    stream = itertools.chain.from_iterable(_repeated(tokenizer, texts, block, repeats, random.Random(seed)))
    while len(tokens := list(itertools.islice(stream, block))) == block:
        yield tokens


def _repeated(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], block: int, repeats: int, rng: random.Random
) -> Iterator[list[int]]:
    """The tokens of the shuffled texts. Texts that fill about a block when repeated are repeated together, in a new order."""
    shuffled = list(texts)
    rng.shuffle(shuffled)
    group: list[list[int]] = []
    for tokens in tokenizer(shuffled, add_special_tokens=False).input_ids if shuffled else []:
        group.append([*tokens[: block // repeats], tokenizer.pad_token_id])
        if sum(map(len, group)) * repeats >= 0.8 * block:
            for _ in range(repeats):
                yield from group
                rng.shuffle(group)
            group = []
    yield from group
