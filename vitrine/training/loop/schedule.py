"""Settings that all trainings share (steps, batch, learning rate, …), and their translation into trainer arguments.

class Sft(Schedule):
    method: Method

SFTConfig(**arguments(settings, seed=7, folder=scratch, device=model.device))

`batch` belongs to the recipe, `micro_batch` to the machine. The rows of a step do not depend on `micro_batch`. A step takes
`batch / micro_batch` forward passes. `supported` replaces what the hardware lacks; the rest of a schedule needs no hardware.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from vitrine.settings import Settings

if TYPE_CHECKING:
    from vitrine.lm.hardware import Hardware


class Schedule(Settings):
    steps: int = Field(ge=0)
    batch: int = Field(ge=1)  # sequences per step
    micro_batch: int = Field(ge=1)  # sequences per forward pass, at most `batch`
    optimizer: Literal["adamw", "muon", "adamw_8bit", "paged_adamw_8bit"]
    learning_rate: float = Field(gt=0, le=1)
    warmup: float = Field(ge=0)  # below 1 a share of the steps, from 1 a number of steps
    decay: Literal["constant", "linear", "cosine"]
    weight_decay: float = Field(ge=0)
    clip: float = Field(gt=0)  # largest gradient norm
    precision: Literal["float32", "bfloat16"]  # bfloat16: autocast, the weights keep their dtype
    checkpointing: bool = False  # compute activations again in the backward pass: less memory, more time
    log_every: int = Field(ge=1)

    @field_validator("micro_batch")
    @classmethod
    def _divides(cls, micro_batch: int, info: ValidationInfo) -> int:
        batch = info.data.get("batch", micro_batch)
        if micro_batch < batch and batch % micro_batch:
            raise ValueError(f"should divide batch, which is {batch}")
        return min(micro_batch, batch)

    @property
    def accumulate(self) -> int:
        """Forward passes per step."""
        return self.batch // self.micro_batch


DECAYS = {"constant": "constant_with_warmup", "linear": "linear", "cosine": "cosine"}


def supported(schedule: Schedule, hardware: "Hardware") -> Schedule:
    """The schedule with a substitute, logged once, for each setting that `hardware` cannot compute."""
    from vitrine.lm.hardware import log_substitute

    changes: dict[str, Any] = {}
    if schedule.optimizer.endswith("8bit") and not hardware.bitsandbytes:
        changes["optimizer"] = "adamw"
        log_substitute("optimizer", schedule.optimizer, "adamw", "8-bit optimizers need a GPU and the package bitsandbytes")
    if schedule.precision == "bfloat16" and not hardware.bfloat16:
        changes["precision"] = "float32"
        log_substitute("precision", "bfloat16", "float32", "this processor or GPU does not compute in bfloat16")
    return schedule.model_copy(update=changes)


def arguments(schedule: Schedule, *, seed: int, folder: Path, device: str) -> dict[str, Any]:
    """Keyword arguments of any `TrainingArguments`. The trainer saves and reports nothing by itself.

    `vitrine.training.loop.optimizer` builds the optimizer; the trainer needs the learning rate for its schedule.
    """
    return {
        "output_dir": str(folder),
        "max_steps": schedule.steps,
        "per_device_train_batch_size": schedule.micro_batch,
        "gradient_accumulation_steps": schedule.accumulate,
        "learning_rate": schedule.learning_rate,
        "warmup_steps": round(schedule.warmup * (schedule.steps if schedule.warmup < 1 else 1)),
        "lr_scheduler_type": DECAYS[schedule.decay],
        "max_grad_norm": schedule.clip,
        "bf16": schedule.precision == "bfloat16",
        "gradient_checkpointing": schedule.checkpointing,
        "logging_steps": max(1, min(schedule.log_every, schedule.steps)),  # at least one line
        "logging_nan_inf_filter": False,  # a loss that is not a number must be seen
        "save_strategy": "no",
        "report_to": [],
        "push_to_hub": False,
        "disable_tqdm": not sys.stderr.isatty(),
        "use_cpu": device == "cpu",
        "dataloader_pin_memory": device != "cpu",
        "seed": seed,
        "data_seed": seed,
    }
