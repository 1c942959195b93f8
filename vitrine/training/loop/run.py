"""Runs one training with any trainer class: the code that pretraining, SFT and GRPO share.

    trained, mean_loss = run(
        model,
        schedule,
        config=SFTConfig,
        options={"max_length": 512},                   # arguments besides the schedule
        build=lambda args, optimizers: SFTTrainer(model=model.weights, args=args, optimizers=optimizers, …),
        curves=Curves(path, {"loss": "loss"}),
        seed=7,
    )

It replaces what the hardware lacks, makes the arguments, the optimizer and the curves, and checks that the trainer took every
requested argument: if a library replaced a value, the run stops. A training that was interrupted is continued
(vitrine.training.loop.resume). With 0 steps the trainer is built and checked, but not started.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from torch.optim import Optimizer
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from vitrine import scratch
from vitrine.errors import AuditError, SettingsError
from vitrine.lm.hardware import detect
from vitrine.lm.model import Model
from vitrine.training.loop.checkpoints import Store
from vitrine.training.loop.curves import Curves
from vitrine.training.loop.interrupts import Interrupts
from vitrine.training.loop.memory import ReturnFreedMemory, is_large
from vitrine.training.loop.optimizer import build as build_optimizer
from vitrine.training.loop.resume import libraries, make_resumable
from vitrine.training.loop.schedule import Schedule, arguments, supported

log = logging.getLogger(__name__)
Optimizers = tuple[Optimizer, None]  # the trainer makes the learning rate schedule


def run(
    model: Model,
    schedule: Schedule,
    *,
    config: type[TrainingArguments],
    options: Mapping[str, Any],
    build: Callable[[TrainingArguments, Optimizers], Trainer],
    curves: Curves,
    seed: int,
    callbacks: Sequence[TrainerCallback] = (),
) -> tuple[Model, float]:
    """The trained model and its mean training loss (0 without steps)."""
    if model.kind != "decoder":
        raise SettingsError("an encoder-decoder cannot be trained yet; choose a decoder in lm")
    mean_loss = 0.0
    schedule = supported(schedule, detect(model.weights.device.type))
    with TemporaryDirectory(prefix="vitrine-") as folder:  # trainers want one; checkpoints are elsewhere
        requested = arguments(schedule, seed=seed, folder=Path(folder), device=model.weights.device.type) | dict(options)
        try:
            trainer = build(config(**requested), (build_optimizer(model.weights, schedule), None))
        except ValueError as error:  # a combination of settings that the library does not allow
            raise SettingsError(f"{config.__name__} or its trainer rejects these settings: {error}") from error
        check_one_device(trainer)
        check_effective(trainer, requested, schedule)
        trainer.remove_callback(PrinterCallback)  # it prints every log line when there is no terminal
        for callback in (curves, *callbacks, *([ReturnFreedMemory()] if is_large(model.weights) else [])):
            trainer.add_callback(callback)
        if schedule.steps:
            mean_loss = train(trainer)
    curves.write()
    return replace(model, weights=trainer.model), mean_loss


def train(trainer: Trainer) -> float:
    """Train, from the checkpoint of an interrupted run if there is one. Returns the mean loss of all steps."""
    place = scratch.claim()
    if place is None:
        return float(trainer.train().training_loss)
    store = Store(place, made_with=libraries(trainer.args.device.type))
    with Interrupts() as interrupts:
        found = make_resumable(trainer, store, every=place.every, interrupts=interrupts)
        if found:
            log.info("%s continues after step %d of %d, from %s", place.stage, found.step, trainer.args.max_steps, found.folder)
        return float(trainer.train(resume_from_checkpoint=str(found.folder) if found else None).training_loss)


def check_one_device(trainer: Trainer) -> None:
    """Raises SettingsError if the trainer would spread a step over several GPUs, which would make the step larger."""
    count = max(trainer.args.n_gpu, trainer.args.world_size)
    if count > 1:
        raise SettingsError(f"Vitrine trains on one GPU, and {count} are visible: run `export CUDA_VISIBLE_DEVICES=0` first")


def check_effective(trainer: Trainer, requested: Mapping[str, Any], schedule: Schedule) -> None:
    """Raises AuditError if an argument of the trainer differs from the requested one."""
    args = trainer.args
    expected = dict(requested) | {
        "sequences in a step": schedule.batch,
        "optimizer's learning rate": schedule.learning_rate,
        "bf16": schedule.precision == "bfloat16",
    }
    effective = {name: getattr(args, name, None) for name in requested} | {
        "sequences in a step": args.train_batch_size * args.gradient_accumulation_steps * args.world_size,
        "optimizer's learning rate": trainer.optimizer.param_groups[0]["lr"],
    }
    different = [
        f"{name}: {effective[name]!r} instead of {value!r}" for name, value in expected.items() if effective[name] != value
    ]
    if different:
        raise AuditError(f"{type(trainer).__name__} would not train as requested: {'; '.join(different)}")
