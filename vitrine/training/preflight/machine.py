"""The machine that a training is planned for: the one that is here, or a card that is not.

    here()                         # Machine("this machine", memory=…, gpu=False)
    planned("16GB", card=None)     # a GPU with that much memory
    planned(None, card="L4")       # a card of CARDS, with its published speed

Nothing is allocated on a GPU.
"""

import re
import resource
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from vitrine.errors import SettingsError

UTILISATION = 0.3  # share of a card's peak that trainings reach; published ones: 0.23 to 0.5
CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
GB = 1e9


@dataclass(frozen=True)
class Card:
    memory_gb: float
    flops: float  # dense products in 16 bits per second, as published


CARDS = {
    "T4": Card(16, 65e12),
    "L4": Card(24, 121e12),
    "4090": Card(24, 165e12),
    "A100": Card(80, 312e12),
    "L40S": Card(48, 362e12),
    "H100": Card(80, 989e12),
    "H200": Card(141, 989e12),
}


@dataclass(frozen=True)
class Machine:
    name: str
    memory: int  # bytes
    gpu: bool
    flops: float | None = None  # of a card, published; None: measure (a CPU), or unknown
    is_here: bool = False


def here(device: str = "auto") -> Machine:
    """The GPU that torch sees, or else the main memory of this machine."""
    if device != "cpu" and torch.cuda.is_available():
        name, memory = torch.cuda.get_device_name(), torch.cuda.get_device_properties(0).total_memory
        flops = next((card.flops for key, card in CARDS.items() if re.search(rf"\b{key}\b", name)), None)
        return Machine(name, memory, gpu=True, flops=flops, is_here=True)
    return Machine("the memory of this machine", main_memory(), gpu=False, is_here=True)


def main_memory() -> int:
    """Bytes that a process can have: what is free, or what its control group allows."""
    limits = [psutil.virtual_memory().total]
    for file in CGROUPS:
        text = file.read_text().strip() if file.exists() else ""
        limits += [int(text)] if text.isdecimal() else []
    return min(*limits, psutil.virtual_memory().available) if len(limits) > 1 else psutil.virtual_memory().available


def planned(memory: str | None, card: str | None) -> Machine:
    """A GPU that is not here."""
    known = next((name for name in CARDS if card and name.lower() == card.lower()), None)
    if card and known is None:
        raise SettingsError(f"{card} is no card that is known; choose one of {', '.join(CARDS)}, or give --memory 16GB")
    size = parse_size(memory) if memory else round(CARDS[known or "T4"].memory_gb * GB)
    name = known or f"a GPU with {size / GB:g} GB"
    return Machine(name, size, gpu=True, flops=CARDS[known].flops if known else None)


def parse_size(text: str) -> int:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(GB|GiB|MB|MiB)\s*", text, re.IGNORECASE)
    if not found:
        raise SettingsError(f"{text!r} is no size: write it as 16GB, 80GiB or 900MB")
    units = {"gb": 1e9, "gib": 2**30, "mb": 1e6, "mib": 2**20}
    return round(float(found[1]) * units[found[2].lower()])


def resident_peak() -> int:
    """The most main memory that this process had, in bytes. The system's other figure begins with that of the parent process."""
    status = Path("/proc/self/status")
    text = status.read_text(encoding="utf-8") if status.exists() else ""
    found = re.search(r"VmHWM:\s+(\d+) kB", text)
    return int(found[1]) * 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
