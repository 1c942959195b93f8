"""Lets a trainer of transformers or TRL continue where it was interrupted, and end in the same bytes.

    make_resumable(trainer, Store(place, made_with), every=60, interrupts=interrupts)
    trainer.train(resume_from_checkpoint=…)

transformers saves and loads the optimizer, the schedule and the random numbers. It does not restore the sum of the losses, what
TRL counts between two log lines, the replies that GRPO uses for several steps, the shuffle of GRPO's sampler after the first
epoch, or the rows of a learning curve. Its way of saving a PEFT model writes and reads whole adapters. So all that is done here:
the trainable weights are saved as they are and copied back into the model in place.

A callback with `state_dict` and `load_state_dict` is saved and restored with the trainer.
"""

import logging
import time
from collections import defaultdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import Trainer, TrainerCallback

from vitrine.errors import CheckpointError
from vitrine.training.loop.checkpoints import Checkpoint, Store
from vitrine.training.loop.interrupts import Interrupts

log = logging.getLogger(__name__)
WEIGHTS, LOOP, STATE = "weights.safetensors", "loop.pt", "trainer_state.json"  # transformers looks for the last name
LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "bitsandbytes", "unsloth")
LARGEST_SHARE = 0.02  # of the time, for saving: slow checkpoints are made less often
# What transformers and TRL count between steps and do not save. `_buffered_inputs`: the replies of GRPO's generation batch.
COUNTED = (
    "_tr_loss",
    "_total_loss_scalar",
    "_globalstep_last_logged",
    "_total_train_tokens",
    "_step",
    "_buffered_inputs",
    "entropy_coef",
    "_last_world_entropy",
)


def libraries(device: str) -> dict[str, str]:
    """The versions that a training's bytes depend on, and the kind of device."""
    found = {"device": device}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def make_resumable(trainer: Trainer, store: Store, *, every: float, interrupts: Interrupts) -> Checkpoint | None:
    """Let `trainer` save to `store`. Returns the checkpoint to continue from, if there is one."""
    saver = Saver(trainer, store, every=every, interrupts=interrupts)
    trainer.__class__ = type(f"Resumable{type(trainer).__name__}", (_Resumable, type(trainer)), {"saver": saver})
    trainer.add_callback(saver)
    saver.found = store.newest()
    return saver.found


class Saver(TrainerCallback):  # type: ignore[misc]  # transformers ships no type for it
    """Decides at the end of each step whether to save it, and restores what the trainer does not."""

    def __init__(self, trainer: Trainer, store: Store, *, every: float, interrupts: Interrupts) -> None:
        self.trainer, self.store, self.every, self.interrupts = trainer, store, every, interrupts
        self.found: Checkpoint | None = None
        self.due = 0.0  # by time.monotonic()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.due = time.monotonic() + self.every
        if self.found:
            self._restore_loop(torch.load(self.found.folder / LOOP, map_location=args.device, weights_only=True))

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        last = control.should_training_stop or state.global_step >= state.max_steps  # the stage is about to save the model
        if not last and (self.interrupts.requested is not None or time.monotonic() >= self.due):
            control.should_save = True  # after the step has been logged

    def save(self) -> None:
        began = time.monotonic()
        saved = self.store.save(self.trainer.state.global_step, self._write)
        ended = time.monotonic()
        self.due = ended + (max(self.every, (ended - began) / LARGEST_SHARE) if self.every else 0.0)
        if self.interrupts.requested is not None:
            if saved:
                log.info("stopped after step %d, which is saved: the next run continues there", self.trainer.state.global_step)
            self.interrupts.end()

    def _write(self, folder: Path) -> None:
        trainer = self.trainer
        save_file({name: weight.detach().contiguous() for name, weight in _trainable(trainer.model).items()}, folder / WEIGHTS)
        trainer._save_optimizer_and_scheduler(str(folder))
        trainer._save_scaler(str(folder))
        trainer._save_rng_state(str(folder))
        trainer.state.save_to_json(str(folder / STATE))
        torch.save(self._loop_state(), folder / LOOP)

    def _loop_state(self) -> dict[str, Any]:
        trainer = self.trainer
        return {
            "counted": {name: getattr(trainer, name) for name in COUNTED if hasattr(trainer, name)},
            "metrics": {mode: dict(values) for mode, values in getattr(trainer, "_metrics", {}).items()},
            "callbacks": {type(callback).__name__: callback.state_dict() for callback in self._with_state()},
        }

    def _restore_loop(self, saved: dict[str, Any]) -> None:
        for name, value in saved["counted"].items():
            setattr(self.trainer, name, value)
        for mode, values in saved["metrics"].items():
            self.trainer._metrics[mode] = defaultdict(list, values)
        for callback in self._with_state():
            callback.load_state_dict(saved["callbacks"][type(callback).__name__])

    def _with_state(self) -> list[Any]:
        return [callback for callback in self.trainer.callback_handler.callbacks if hasattr(callback, "load_state_dict")]


class _Resumable:
    """Goes before the class of a trainer."""

    saver: Saver
    model: Any
    _sampler: Any = None

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        self.saver.save()

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        saved, weights = load_file(Path(resume_from_checkpoint) / WEIGHTS), _trainable(self.model)
        if saved.keys() != weights.keys():
            names = ", ".join(sorted(saved.keys() ^ weights.keys())[:3])
            raise CheckpointError(f"{resume_from_checkpoint} holds weights of another model ({names}): delete this folder")
        with torch.no_grad():
            for name, weight in weights.items():
                weight.copy_(saved[name])

    def _get_train_sampler(self, *args: Any, **rest: Any) -> Any:
        self._sampler = super()._get_train_sampler(*args, **rest)  # type: ignore[misc]  # of the trainer
        return self._sampler

    def _init_training_state(self, *args: Any) -> tuple[int, int]:
        epochs, batches = super()._init_training_state(*args)  # type: ignore[misc]
        generator = getattr(self._sampler, "generator", None)
        if generator is not None and getattr(self._sampler, "shuffle", False):  # TRL's sampler shuffles anew in each epoch
            for _ in range(epochs):
                torch.randperm(self._sampler.num_samples, generator=generator)
        return epochs, batches


def _trainable(model: Any) -> dict[str, torch.Tensor]:
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
