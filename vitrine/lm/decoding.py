"""Generation on a processor: a reply's next token without copying what is remembered of those before it.

    model = Model.load(folder, Load())      # enables it; nothing else has to be asked for
    model.weights.generate(…)               # twice as many tokens a second (benchmarks/decoding.py), the same ones

Two things that a graphics card does well and a processor does not are replaced, through the library's own registers:
  attention   heads that share keys and values are multiplied as one group, where transformers would first repeat these
  cache       keys and values are written into room that is kept for them, where each token would copy all into a new tensor
Reading a prompt, training, and every other device go the library's way.
"""

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.cache_utils import DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

GROUPED = "grouped"
ROOM = 64  # tokens


def enable_fast_decode(model: PreTrainedModel) -> None:
    """Let `model` decode so, if its attention is what `grouped` stands in for."""
    if model.config._attn_implementation == "sdpa":
        model.set_attn_implementation(GROUPED)


def grouped(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **more: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of one token a sequence; of more by the library."""
    batch, heads, tokens, width = query.shape
    if tokens > 1 or dropout or scaling is None or query.device.type != "cpu" or more.get("position_bias") is not None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **more)
    groups = key.shape[1]
    asked = (query * scaling).view(batch, groups, heads // groups, width)
    scores = asked @ key.transpose(2, 3)
    if attention_mask is not None:
        allowed = attention_mask.dtype == torch.bool
        scores = scores.masked_fill(~attention_mask, float("-inf")) if allowed else scores + attention_mask
    return (scores.softmax(-1) @ value).view(batch, 1, heads, -1), None


class PreallocatedCache(DynamicLayer):  # type: ignore[misc]  # transformers ships no type for it
    """The library's cache of a layer, with room for the tokens to come."""

    _layer_type = "full_attention"  # registers it as the one that generation makes
    keys: torch.Tensor
    values: torch.Tensor

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self._rooms: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if key_states.requires_grad or key_states.device.type != "cpu":  # what is written in place has no gradient
            return super().update(key_states, value_states, *args, **kwargs)
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        self.keys = self._longer("keys", self.keys, key_states)
        self.values = self._longer("values", self.values, value_states)
        return self.keys, self.values

    def _longer(self, name: str, held: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
        """`held` and `new`, both in one room; another one if it is full, or if `held` has left it (cropped, reordered)."""
        length = held.shape[-2] if held.numel() else 0
        until = length + new.shape[-2]
        room, view = self._rooms.get(name, (held, None))
        if view is not held or until > room.shape[-2]:
            room = new.new_empty((*new.shape[:-2], until + ROOM, new.shape[-1]))
            if length:
                room[..., :length, :] = held
        room[..., length:until, :] = new
        self._rooms[name] = room, room[..., :until, :]
        return self._rooms[name][1]


AttentionInterface.register(GROUPED, grouped)
AttentionMaskInterface.register(GROUPED, sdpa_mask)
