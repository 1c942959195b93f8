"""What this machine can compute, and what takes the place of a setting that it cannot.

    hardware = detect("cpu")                                        # Hardware(device="cpu", bfloat16=True, …)
    supported_load(Load(attention="flash_attention_2"), hardware)   # the same with attention="sdpa"; logged once

Settings say what was requested, and metrics what was used. A substitute gives the same result, only slower or in more memory; a
setting without such a substitute is refused.
"""

import functools
import logging
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

import torch

from vitrine.lm.settings import Load

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hardware:
    device: Literal["cpu", "cuda"]
    bfloat16: bool  # computes in bfloat16 natively
    flash_attention: bool  # an Ampere GPU or newer, with the package flash_attn
    bitsandbytes: bool  # 4-bit and 8-bit weights and optimizers: a GPU, with the package


@functools.cache
def detect(device: str) -> Hardware:
    if device != "cuda":  # cpu, or meta: a model without weights
        able = torch.cpu.get_capabilities()
        return Hardware("cpu", bool(able.get("avx512_bf16") or able.get("amx_bf16")), False, False)
    ampere = torch.cuda.get_device_capability() >= (8, 0)
    return Hardware("cuda", ampere, ampere and find_spec("flash_attn") is not None, find_spec("bitsandbytes") is not None)


@functools.cache
def log_substitute(setting: str, requested: str, used: str, reason: str) -> None:
    """One line for each substitute in a process."""
    log.warning("%s: %s instead of %s, because %s", setting, used, requested, reason)


def supported_load(load: Load, hardware: Hardware) -> Load:
    if load.attention == "flash_attention_2" and not hardware.flash_attention:
        reason = "FlashAttention needs a GPU of the Ampere generation or newer and the package flash_attn"
        log_substitute("load.attention", load.attention, "sdpa", reason)
        return load.model_copy(update={"attention": "sdpa"})
    return load


def quantised_compute_dtype(load: Load, hardware: Hardware) -> torch.dtype:
    """The dtype in which 4-bit weights are multiplied: bfloat16 if the hardware has it; older GPUs have float16."""
    if hardware.device == "cpu":
        return getattr(torch, load.dtype)
    return torch.bfloat16 if hardware.bfloat16 else torch.float16
