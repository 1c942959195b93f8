"""Fine-tunes a model on gold replies with TRL's SFT trainer. The loss is on the reply alone.

model, metrics = sft(model, rows, schedule, method, max_length=512, seed=7, curves=path)
# rows: chat rows with a gold reply, as dicts
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets import Dataset
from transformers import set_seed
from trl import SFTConfig, SFTTrainer

from vitrine import tracking
from vitrine.chat.messages import reply
from vitrine.lm.model import Model
from vitrine.training.audit import PREVIEW, audit, audit_added_tokens, audit_template, preview
from vitrine.training.loop.curves import Curves
from vitrine.training.loop.run import Optimizers, run
from vitrine.training.loop.schedule import Schedule
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.order import batch_order
from vitrine.training.sft.stopping import StopAudit

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
    log, metrics = Curves(curves, LOGGED), audit_template(model, rows)
    stopping: list[StopAudit] = []
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
    added = model.added_tokens
    model = method.apply(model)
    audit_added_tokens(model, added)

    def build(args: SFTConfig, optimizers: Optimizers) -> SFTTrainer:
        data = Dataset.from_list(examples)
        trainer = SFTTrainer(
            model=model.weights, args=args, train_dataset=data, processing_class=model.tokenizer, optimizers=optimizers
        )
        trainer.train_dataset = _in_order(trainer.train_dataset, order)
        metrics.update(audit(trainer.train_dataset, model.tokenizer, max_length))
        tracking.log_text(preview(trainer.train_dataset, model.tokenizer), PREVIEW)
        stopping.append(StopAudit(model, trainer.train_dataset))
        trainer.add_callback(stopping[0])
        return trainer

    options = {
        "max_length": max_length,
        "completion_only_loss": True,
        "packing": False,
        "train_sampling_strategy": "sequential",  # `batch_order` has shuffled the rows
    }
    model, mean_loss = run(model, schedule, config=SFTConfig, options=options, build=build, curves=log, seed=seed)
    if schedule.steps:
        metrics |= {name: log.values(name)[-1] for name in ("loss", "entropy")} | {"mean_loss": mean_loss} | stopping[0].metrics
        model = replace(model, added_tokens=())  # trained now
    return model, metrics


def _in_order(tokenized: Dataset, order: Sequence[int]) -> Dataset:
    """The tokenized rows in training order, with repetitions: the trainer has tokenized each row once."""
    row_of = {index: row for row, index in enumerate(tokenized["index"])}  # the trainer drops rows whose prompt fills max_length
    return tokenized.select([row_of[index] for index in order if index in row_of])
