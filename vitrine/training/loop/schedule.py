"""How long and how fast a model is trained: what the three trainings share, and how it reaches a library's trainer.

class Sft(Settings):
    schedule: Schedule

SFTConfig(**arguments(settings.schedule, seed=7, folder=scratch))
"""

import sys
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import Field

from vitrine.settings import Settings


class Schedule(Settings):
    steps: int = Field(ge=0)
    batch: int = Field(ge=1)  # sequences in one forward pass
    accumulate: int = Field(ge=1)  # forward passes in one step
    optimizer: Literal["adamw", "muon"]
    learning_rate: float = Field(gt=0, le=1)
    warmup: float = Field(ge=0, lt=1)  # share of the steps
    decay: Literal["constant", "linear", "cosine"]
    weight_decay: float = Field(ge=0)
    clip: float = Field(gt=0)  # gradient norm
    precision: Literal["float32", "bfloat16"]
    log_every: int = Field(ge=1)


DECAYS = {"constant": "constant_with_warmup", "linear": "linear", "cosine": "cosine"}


def arguments(schedule: Schedule, *, seed: int, folder: Path) -> dict[str, Any]:
    """Keyword arguments of any `TrainingArguments`; nothing is saved or reported behind our back.

    The optimizer is not among them: `vitrine.training.optimizer` builds it, learning rate and weight decay included.
    """
    return {
        "output_dir": str(folder),
        "max_steps": schedule.steps,
        "per_device_train_batch_size": schedule.batch,
        "gradient_accumulation_steps": schedule.accumulate,
        "learning_rate": schedule.learning_rate,
        "warmup_steps": round(schedule.warmup * schedule.steps),
        "lr_scheduler_type": DECAYS[schedule.decay],
        "max_grad_norm": schedule.clip,
        "bf16": schedule.precision == "bfloat16",
        "gradient_checkpointing": False,
        "logging_steps": max(1, min(schedule.log_every, schedule.steps)),  # at least one line
        "save_strategy": "no",
        "report_to": "none",
        "push_to_hub": False,
        "disable_tqdm": not sys.stderr.isatty(),
        "use_cpu": not torch.cuda.is_available(),
        "dataloader_pin_memory": torch.cuda.is_available(),
        "seed": seed,
        "data_seed": seed,
    }
