"""Fast generation on a CPU: each new token costs no copy of the key-value cache.

    model = Model.load(folder, Load())      # enables it
    model.weights.generate(…)               # the same tokens, 2× faster (benchmarks/decoding.py)

Two parts of transformers that are slow on a CPU are replaced through its registries:
  attention   query heads that share keys and values are multiplied as one group; transformers first repeats keys and values
  cache       keys and values are written into preallocated memory; transformers copies them all at each token
Prompt reading, training and other devices use the library's code.
"""

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.cache_utils import DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

GROUPED = "grouped"
SPARE_TOKENS = 64  # allocated beyond the present length


def enable_fast_decode(model: PreTrainedModel) -> None:
    """Use grouped attention in `model`, if it uses sdpa, which `grouped_attention` replaces."""
    if model.config._attn_implementation == "sdpa":
        model.set_attn_implementation(GROUPED)


def grouped_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **more: Any,
) -> tuple[torch.Tensor, None]:
    """Attention for one new token per sequence. With more tokens the library's function is called."""
    batch, heads, tokens, width = query.shape
    if tokens > 1 or dropout or scaling is None or query.device.type != "cpu" or more.get("position_bias") is not None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **more)
    groups = key.shape[1]
    scaled = (query * scaling).view(batch, groups, heads // groups, width)
    scores = scaled @ key.transpose(2, 3)
    if attention_mask is not None:
        allowed = attention_mask.dtype == torch.bool
        scores = scores.masked_fill(~attention_mask, float("-inf")) if allowed else scores + attention_mask
    return (scores.softmax(-1) @ value).view(batch, 1, heads, -1), None


class PreallocatedCache(DynamicLayer):  # type: ignore[misc]  # transformers ships no type for it
    """The library's cache of one layer, with memory allocated for the tokens to come."""

    _layer_type = "full_attention"  # registers it as the cache that `generate` creates
    keys: torch.Tensor
    values: torch.Tensor

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self._buffers: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}  # name -> buffer and the filled view of it

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if key_states.requires_grad or key_states.device.type != "cpu":  # values written in place have no gradient
            return super().update(key_states, value_states, *args, **kwargs)
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        self.keys = self._append("keys", self.keys, key_states)
        self.values = self._append("values", self.values, value_states)
        return self.keys, self.values

    def _append(self, name: str, past: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
        """`past` and `new` in one buffer. A new buffer if it is full, or if `past` is not its view (cropped, reordered)."""
        length = past.shape[-2] if past.numel() else 0
        until = length + new.shape[-2]
        buffer, view = self._buffers.get(name, (past, None))
        if view is not past or until > buffer.shape[-2]:
            buffer = new.new_empty((*new.shape[:-2], until + SPARE_TOKENS, new.shape[-1]))
            if length:
                buffer[..., :length, :] = past
        buffer[..., length:until, :] = new
        self._buffers[name] = buffer, buffer[..., :until, :]
        return self._buffers[name][1]


AttentionInterface.register(GROUPED, grouped_attention)
AttentionMaskInterface.register(GROUPED, sdpa_mask)
