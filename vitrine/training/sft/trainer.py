"""Demonstrations into a model: TRL's SFT trainer on prompt and reply, with loss on the reply alone.

metrics = sft(model, tokenizer, rows, schedule, method, longest=512, seed=7, curves=path)
# rows: chat rows with a gold reply, as dicts
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from datasets import Dataset
from transformers import PreTrainedTokenizerBase
from trl import SFTConfig, SFTTrainer

from vitrine.chat.messages import said
from vitrine.errors import AuditError
from vitrine.training.loop.curves import Curves
from vitrine.training.loop.optimizer import build
from vitrine.training.loop.schedule import Schedule, arguments
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.order import in_batches

IGNORED = -100  # torch's cross-entropy skips it
LOGGED = {
    "loss": "loss",
    "mean_token_accuracy": "accuracy",
    "entropy": "entropy",
    "grad_norm": "grad_norm",
    "learning_rate": "learning_rate",
}


def sft(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    rows: Sequence[Mapping[str, Any]],
    schedule: Schedule,
    method: Method,
    *,
    longest: int,
    seed: int,
    curves: Path,
) -> tuple[Any, dict[str, float]]:
    """The trained model and its metrics."""
    log = Curves(curves, LOGGED)
    lengths = [len(row["messages"][-1]["content"]) + len(row["gold"]) for row in rows]
    read = in_batches(lengths, batch=schedule.batch, batches=max(1, schedule.steps * schedule.accumulate), seed=seed)
    each = sorted({*read})
    examples = [{"place": at, "prompt": rows[at]["messages"], "completion": said(rows[at]["gold"])} for at in each]
    model = method.apply(model)
    with TemporaryDirectory() as scratch:
        trainer = SFTTrainer(
            model=model,
            args=SFTConfig(
                **arguments(schedule, seed=seed, folder=Path(scratch)),
                max_length=longest,
                completion_only_loss=True,
                packing=False,
                train_sampling_strategy="sequential",  # `in_batches` has shuffled
            ),
            train_dataset=Dataset.from_list(examples),
            processing_class=tokenizer,
            optimizers=(build(model, schedule), None),
        )
        trainer.train_dataset = _in_order(trainer.train_dataset, read)
        log.follow(trainer)
        audited = audit(trainer.train_dataset, tokenizer, longest)
        if schedule.steps == 0:
            log.write()
            return trainer.model, audited
        result = trainer.train()
    ends = {name: log.values(name)[-1] for name in ("loss", "entropy")}
    return trainer.model, audited | ends | {"mean_loss": float(result.training_loss)}


def _in_order(tokenized: Dataset, read: Sequence[int]) -> Dataset:
    """The rows in the order in which they are read, some of them again: the trainer has made tokens of each only once."""
    where = {place: row for row, place in enumerate(tokenized["place"])}  # it drops a row of whose reply nothing fits
    return tokenized.select([where[place] for place in read if place in where])


def audit(tokenized: Dataset, tokenizer: PreTrainedTokenizerBase, longest: int) -> dict[str, float]:
    """What the loss will really be taken on; a mask that teaches no reply, or no end of one, stops the training."""
    labels = tokenized.with_format("arrow")[:]["labels"].combine_chunks()
    lengths, label = labels.value_lengths().to_numpy(), labels.flatten().to_numpy()
    rows, tokens, supervised = len(lengths), label.size, int((label != IGNORED).sum())
    stopped = np.unique(labels.value_parent_indices().to_numpy()[label == tokenizer.eos_token_id]).size
    cut = int((lengths >= longest).sum())
    found = {
        "rows": float(rows),
        "mean_tokens": tokens / rows,
        "supervised_share": supervised / tokens,
        "stop_share": stopped / rows,
        "truncated_share": cut / rows,
    }
    if supervised == 0:
        raise AuditError(
            "no token of any reply is supervised: the chat template and the trainer disagree about where a reply begins"
        )
    if stopped + cut < rows:
        raise AuditError(
            f"{rows - stopped - cut} of {rows} replies are trained without their stop token: the model would not learn to end"
        )
    return found
