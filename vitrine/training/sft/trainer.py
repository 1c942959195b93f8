"""Fine-tunes a model on gold replies with TRL's SFT trainer. The loss is on the reply alone.

model, metrics = sft(model, rows, schedule, method, max_length=512, seed=7, curves=path)
# rows: chat rows with a gold reply, as dicts

With `packing` the rows of a forward pass are not padded (vitrine.training.sft.packing); without it, rows of similar length are
read together (vitrine.training.sft.order). The rows of a step are the same.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from datasets import Dataset
from transformers import TrainerCallback, set_seed
from trl import SFTConfig, SFTTrainer

from vitrine import tracking
from vitrine.chat.messages import reply
from vitrine.lm.hardware import detect, log_substitute
from vitrine.lm.model import Model
from vitrine.training.loop.curves import Curves
from vitrine.training.loop.health import FiniteGradients
from vitrine.training.loop.progress import Progress
from vitrine.training.loop.run import Optimizers, run
from vitrine.training.loop.schedule import Schedule, supported
from vitrine.training.sft import unsloth
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.audit import PREVIEW, audit, audit_added_tokens, audit_template, preview
from vitrine.training.sft.order import batch_order
from vitrine.training.sft.packing import (
    LARGEST_LOGITS,
    PackedCollator,
    is_flash,
    packed_attention_in,
    packing_problem,
    padding_by_layout,
)
from vitrine.training.sft.stopping import StopAudit
from vitrine.training.validation.best import best_checkpoint
from vitrine.training.validation.settings import NEVER, Evaluate

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
    packing: bool = False,
    backend: Literal["trl", "unsloth"] = "trl",
    validation: Sequence[Mapping[str, Any]] = (),
    evaluate: Evaluate = NEVER,
) -> tuple[Model, dict[str, Any]]:
    log, metrics = Curves(curves, LOGGED), dict[str, Any](audit_template(model, rows))
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
    hardware = detect(model.weights.device.type)
    schedule, method = supported(schedule, hardware), method.supported(model.loaded_as, hardware)
    added = model.added_tokens
    new_rows = bool(added) and method.name != "full"
    schedule = schedule.model_copy(update={"learning_rate": schedule.learning_rate * method.learning_rate_factor})
    if backend == "unsloth" and packing:
        reason = "sft.backend=unsloth replaces the attention that knows packed rows"
        log_substitute("sft.packing", "packed", "grouped by length", reason)
        packing = False
    model = method.apply(model) if backend == "trl" else unsloth.apply(method, model, seed=seed)
    audit_added_tokens(model, added)
    if packing and (problem := packing_problem(model.weights, longest=max_length)):
        reason = f"rows of a {model.weights.config.model_type} model cannot be packed: {problem}"
        log_substitute("sft.packing", "packed", "grouped by length", reason)
        packing = False
    at_once = schedule.micro_batch * max_length * len(model.tokenizer) <= LARGEST_LOGITS
    layout = "packed" if packing else "grouped by length"
    collator = PackedCollator(reply_logits=at_once or new_rows, flash=is_flash(model.weights)) if packing else None

    best = best_checkpoint("sft", model, validation, evaluate, log) if schedule.steps else None
    progress = Progress("sft")
    callbacks: list[TrainerCallback] = [progress, *([best] if best else [])]

    def build(args: SFTConfig, optimizers: Optimizers) -> SFTTrainer:
        trainer = SFTTrainer(
            model=model.weights,
            args=args,
            train_dataset=Dataset.from_list(examples),
            processing_class=model.tokenizer,
            optimizers=optimizers,
            data_collator=collator,
        )
        trainer.train_dataset = _in_order(trainer.train_dataset, order)
        metrics.update(audit(trainer.train_dataset, model.tokenizer, max_length))
        tracking.log_text(preview(trainer.train_dataset, model.tokenizer), PREVIEW)
        stopping.append(StopAudit(model, trainer.train_dataset))
        trained_on = trainer.train_dataset["index"]

        def rows_of_step(step: int) -> list[str]:
            places = range((step - 1) * schedule.batch, step * schedule.batch)
            return [rows[trained_on[place % len(trained_on)]]["id"] for place in places]

        callbacks.extend([FiniteGradients("sft", rows_of_step), stopping[0]])  # the audit asks the best checkpoint
        progress.supervised = metrics["supervised_share"]
        padding = padding_by_layout(_lengths(trainer.train_dataset), schedule.micro_batch, seed=seed)
        metrics["padding_share"] = padding[layout]
        tracking.log_metrics({"padding": {name.replace(" ", "_"): share for name, share in padding.items()}})
        return trainer

    options = {
        "max_length": max_length,
        "completion_only_loss": True,
        "packing": False,  # TRL's own would change how many rows a step has
        "train_sampling_strategy": "sequential",  # `batch_order` has shuffled the rows
        # TRL's chunks read the output layer's stored weights, without the rows that an adapter trains
        "loss_type": "nll" if new_rows or (collator and collator.reply_logits) else "chunked_nll",
    }
    with packed_attention_in(model.weights) if packing else nullcontext():
        model, mean_loss = run(
            model, schedule, config=SFTConfig, options=options, build=build, curves=log, seed=seed, callbacks=callbacks
        )
    if schedule.steps:
        own = {name: log.values(name)[-1] for name in ("loss", "entropy") if log.values(name)}
        metrics |= own | {"mean_loss": mean_loss} | stopping[0].metrics | (best.metrics if best else {})
        model = replace(model, added_tokens=())  # trained now
    metrics["used"] = {
        "backend": backend,
        "method": method.name,
        "learning_rate": schedule.learning_rate,
        "optimizer": schedule.optimizer,
        "precision": schedule.precision,
        "attention": model.loaded_as.attention,
        "layout": layout,
    }
    return model, metrics


def _lengths(tokenized: Dataset) -> list[int]:
    return tokenized.with_format("arrow")[:]["input_ids"].combine_chunks().value_lengths().to_pylist()


def _in_order(tokenized: Dataset, order: Sequence[int]) -> Dataset:
    """The tokenized rows in training order, with repetitions: the trainer has tokenized each row once."""
    row_of = {index: row for row, index in enumerate(tokenized["index"])}  # the trainer drops rows whose prompt fills max_length
    return tokenized.select([row_of[index] for index in order if index in row_of])
