"""Fine-tunes a model on gold replies with TRL's SFT trainer. The loss is on the reply alone.

model, metrics = sft(model, rows, schedule, method, max_length=512, seed=7, curves=path)
# rows: chat rows with a gold reply, as dicts
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset
from transformers import PreTrainedTokenizerBase, set_seed
from trl import SFTConfig, SFTTrainer

from vitrine.chat.messages import reply
from vitrine.errors import AuditError
from vitrine.lm.model import Model
from vitrine.training.loop.curves import Curves
from vitrine.training.loop.run import Optimizers, run
from vitrine.training.loop.schedule import Schedule
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.order import batch_order

IGNORED = -100  # torch's cross-entropy skips it
LOGGED = {
    "loss": "loss",
    "mean_token_accuracy": "accuracy",
    "entropy": "entropy",
    "grad_norm": "grad_norm",
    "learning_rate": "learning_rate",
}


def sft(
    model: Model,
    rows: Sequence[Mapping[str, Any]],
    schedule: Schedule,
    method: Method,
    *,
    max_length: int,
    seed: int,
    curves: Path,
) -> tuple[Model, dict[str, float]]:
    log, metrics = Curves(curves, LOGGED), dict[str, float]()
    lengths = [len(row["messages"][-1]["content"]) + len(row["gold"]) for row in rows]
    order = batch_order(lengths, batch=schedule.batch, batches=max(1, schedule.steps), seed=seed)
    examples = [
        {
            "index": index,
            "prompt": rows[index]["messages"],
            "completion": reply(rows[index]["gold"]),
            "chat_template_kwargs": {"enable_thinking": False},  # as in every engine
        }
        for index in sorted({*order})
    ]
    set_seed(seed)  # an adapter starts with random weights
    model = method.apply(model)

    def build(args: SFTConfig, optimizers: Optimizers) -> SFTTrainer:
        data = Dataset.from_list(examples)
        trainer = SFTTrainer(
            model=model.weights, args=args, train_dataset=data, processing_class=model.tokenizer, optimizers=optimizers
        )
        trainer.train_dataset = _in_order(trainer.train_dataset, order)
        metrics.update(audit(trainer.train_dataset, model.tokenizer, max_length))
        return trainer

    options = {
        "max_length": max_length,
        "completion_only_loss": True,
        "packing": False,
        "train_sampling_strategy": "sequential",  # `batch_order` has shuffled the rows
    }
    model, mean_loss = run(model, schedule, config=SFTConfig, options=options, build=build, curves=log, seed=seed)
    if schedule.steps:
        metrics |= {name: log.values(name)[-1] for name in ("loss", "entropy")} | {"mean_loss": mean_loss}
    return model, metrics


def _in_order(tokenized: Dataset, order: Sequence[int]) -> Dataset:
    """The tokenized rows in training order, with repetitions: the trainer has tokenized each row once."""
    row_of = {index: row for row, index in enumerate(tokenized["index"])}  # the trainer drops rows whose prompt fills max_length
    return tokenized.select([row_of[index] for index in order if index in row_of])


def audit(tokenized: Dataset, tokenizer: PreTrainedTokenizerBase, max_length: int) -> dict[str, float]:
    """Statistics of the loss mask. Raises AuditError if the mask covers no reply, or leaves out stop tokens."""
    labels = tokenized.with_format("arrow")[:]["labels"].combine_chunks()
    lengths, label = labels.value_lengths().to_numpy(), labels.flatten().to_numpy()
    rows, tokens, supervised = len(lengths), label.size, int((label != IGNORED).sum())
    stopped = np.unique(labels.value_parent_indices().to_numpy()[label == tokenizer.eos_token_id]).size
    cut = int((lengths >= max_length).sum())
    statistics = {
        "rows": float(rows),
        "mean_tokens": tokens / rows,
        "supervised_share": supervised / tokens,
        "stop_share": stopped / rows,
        "truncated_share": cut / rows,
    }
    if supervised == 0:
        raise AuditError(
            "no token of any reply is supervised: the chat template and the trainer disagree about the start of a reply"
        )
    if stopped + cut < rows:
        raise AuditError(
            f"{rows - stopped - cut} of {rows} replies have no supervised stop token: the model would not learn to stop"
        )
    return statistics
