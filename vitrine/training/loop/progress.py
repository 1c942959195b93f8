"""How far a training is: a line a minute where there is no terminal, and its speed and memory in MLflow.

    trainer.add_callback(Progress("sft"))
    # vitrine sft: step 120 of 600, loss 0.412, 2,950 tokens/s, about 3:10 left

At a terminal the trainer's own bar shows steps and time left. Speed and memory differ from run to run, so they are in no file
that DVC or Git hashes.
"""

import resource
import sys
import time
from collections.abc import Mapping
from typing import Any

import torch
from transformers import TrainerCallback

from vitrine import tracking

SECONDS = 60.0  # between two lines


class Progress(TrainerCallback):  # type: ignore[misc]  # transformers ships no type for it
    def __init__(self, section: str, *, every: float = SECONDS) -> None:
        self.section, self.every = section, every
        self.loss: float | None = None
        self.rate: float | None = None  # tokens per second
        self.supervised: float | None = None  # share of the tokens; set by a training that knows it

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.began = self.printed = time.monotonic()
        self.first = state.global_step  # not 0 after a resume
        self.logged_at, self.tokens = self.began, 0.0

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, float] | None = None, **_: Any) -> None:
        if not logs or "loss" not in logs:
            return
        now = time.monotonic()
        self.loss = logs["loss"]
        numbers = {"peak_memory_mb": _peak_mb()}
        if "num_tokens" in logs and now > self.logged_at:
            if self.tokens:
                self.rate = (logs["num_tokens"] - self.tokens) / (now - self.logged_at)
                numbers["tokens_per_s"] = self.rate
                if self.supervised is not None:
                    numbers["supervised_tokens_per_s"] = self.rate * self.supervised
            self.logged_at, self.tokens = now, logs["num_tokens"]
        tracking.log_metrics(numbers, step=state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        now = time.monotonic()
        if args.disable_tqdm and now - self.printed >= self.every:
            self.printed = now
            sys.stderr.write(f"vitrine {self.section}: {self.line(state, now - self.began)}\n")
            sys.stderr.flush()

    def line(self, state: Any, seconds: float) -> str:
        parts = [f"step {state.global_step:,} of {state.max_steps:,}"]
        if self.loss is not None:
            parts.append(f"loss {self.loss:.3f}")
        if self.rate is not None:
            parts.append(f"{self.rate:,.0f} tokens/s")
        left = seconds / max(1, state.global_step - self.first) * (state.max_steps - state.global_step)
        hours, rest = divmod(round(left), 3600)
        parts.append(f"about {hours}:{rest // 60:02}:{rest % 60:02} left" if hours else f"about {rest // 60}:{rest % 60:02} left")
        return ", ".join(parts)


def _peak_mb() -> float:
    """Peak memory of the GPU if one is used, else of this process."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        return float(torch.cuda.max_memory_allocated() / 2**20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
