"""Returns freed memory to the system while a large model is trained on a CPU.

    trainer.add_callback(ReturnFreedMemory())

Stages let glibc keep what they free (`vitrine.stage.keep_freed_memory`), which makes small models faster. A large model asks for
blocks of another size at each step, the kept ones do not fit, and the process grows: with 121 million parameters and packed rows
from 4.3 to 8 GB in 160 steps. Returning the blocks takes a few tenths of a second, as such a step takes seconds.
"""

import contextlib
import ctypes
from typing import Any

from transformers import TrainerCallback

LARGE = 50_000_000  # parameters
EVERY = 10  # steps


class ReturnFreedMemory(TrainerCallback):  # type: ignore[misc]  # transformers ships no type for it
    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step % EVERY == 0:
            with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
                ctypes.CDLL(None).malloc_trim(0)


def is_large(model: Any) -> bool:
    """Whether a training of `model` should return freed memory."""
    return model.device.type == "cpu" and sum(weight.numel() for weight in model.parameters()) >= LARGE
