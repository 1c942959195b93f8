"""Counts the bytes of live tensors while code runs on fake tensors, which have shapes and no memory.

    live = Live()
    with FakeTensorMode(allow_non_fake_inputs=True), live:
        live.put(model.parameters(), "weights")
        live.moment, live.phase = "forward", "activations"
        loss = model(input_ids=ids, labels=ids).loss
        live.moment, live.phase = "backward", "temporary"
        loss.backward()
    live.peaks["backward"]   # Peak(total=…, parts={"weights": …, "activations": …}): the fullest moment of the backward pass
    live.flops               # of the matrix products and attentions so far

A storage belongs to the phase in which it was made, until it is freed. A real step of the same shapes allocates the same tensors,
since torch records the same operations; only an operation's own scratch memory is not seen.
"""

import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter
from torch.utils.flop_counter import flop_registry


@dataclass(frozen=True)
class Peak:
    """Bytes at one moment, in all and of each part."""

    total: int = 0
    parts: Mapping[str, int] = field(default_factory=dict)


class Live(TorchDispatchMode):  # type: ignore[misc]  # torch's types are not followed
    def __init__(self) -> None:
        super().__init__()
        self.moment, self.phase = "start", "temporary"
        self.flops, self.moved, self.calls = 0, 0, 0
        self.peaks: dict[str, Peak] = {}
        self.total = 0
        self.parts: dict[str, int] = {}
        self._storages: dict[int, tuple[int, str]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        out = func(*args, **(kwargs or {}))
        self.calls += 1
        if (count := flop_registry.get(func._overloadpacket)) is not None:
            self.flops += count(*args, **(kwargs or {}), out_val=out)
        for tensor in tree_iter(out):
            if isinstance(tensor, torch.Tensor):
                self._see(tensor, self.phase)
        return out

    def put(self, tensors: Iterable[torch.Tensor], part: str) -> None:
        """Count these tensors as `part` from now on, whatever made them."""
        for tensor in tensors:
            storage = tensor.untyped_storage()
            if (known := self._storages.get(storage._cdata)) is not None:
                size, before = known
                self.parts[before] -= size
                self.parts[part] = self.parts.get(part, 0) + size
                self._storages[storage._cdata] = size, part
            else:
                self._see(tensor, part)

    def _see(self, tensor: torch.Tensor, part: str) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self._storages:
            return
        size = storage.nbytes()
        self._storages[key] = size, part
        weakref.finalize(storage, self._forget, key)
        self.total += size
        self.moved += size
        self.parts[part] = self.parts.get(part, 0) + size
        best = self.peaks.get(self.moment)
        if best is None or self.total > best.total:
            self.peaks[self.moment] = Peak(self.total, dict(self.parts))

    def _forget(self, key: int) -> None:
        size, part = self._storages.pop(key)
        self.total -= size
        self.parts[part] -= size
