"""Packing: the rows of a forward pass are laid end to end in one sequence without padding, and no row sees another.

    collator = PackedCollator(reply_logits=True)
    collator([{"input_ids": [5, 6, 2], "labels": [-100, 6, 2]}, {"input_ids": [7, 2], "labels": [-100, 2]}])
    # input_ids [[5, 6, 2, 7, 2]], position_ids [[0, 1, 2, 0, 1]], segment_lengths [3, 2], …
    packing_problem(model, longest=512)     # None, or why rows of this model cannot be packed
    with packed_attention_in(model):        # sdpa, row by row; FlashAttention needs no replacement
        trainer.train()

A step has the same rows, loss and gradient as with padding; only the rounding differs. With SDPA, transformers would build one
mask over the whole sequence, and every token would be multiplied with the tokens of the other rows before the mask drops them.
Here attention runs once per row. Before a training, a few packed rows are compared with each row alone under the model's own
attention. If they differ (convolutions and states that run over the whole sequence, soft caps, attention sinks), rows of similar
length are padded instead.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import flash_attention_mask

from vitrine.errors import SettingsError
from vitrine.training.sft.audit import IGNORED

PACKED = "packed"
ALIKE = 3e-4  # largest relative difference of logits in float32; other rounding gives 1e-6, a leak 1e-3 to 1e-1
ROUGHLY_ALIKE = 0.03  # in 16 bits
LARGEST_LOGITS = 2**25  # values; above it the loss is computed in chunks, and below it at once, which is faster


@dataclass(frozen=True)
class PackedCollator:
    """A batch of one long row. With `reply_logits` the model computes logits for supervised tokens only, all at once."""

    reply_logits: bool
    flash: bool = False

    def __call__(self, rows: Sequence[Mapping[str, Sequence[int]]]) -> dict[str, Any]:
        lengths = [len(row["input_ids"]) for row in rows]
        # each token predicts the next one of its row; the last token of a row predicts nothing
        targets = torch.tensor(list(chain.from_iterable([*row["labels"][1:], IGNORED] for row in rows)))
        batch: dict[str, Any] = {
            "input_ids": torch.tensor([list(chain.from_iterable(row["input_ids"] for row in rows))]),
            "position_ids": torch.cat([torch.arange(length) for length in lengths])[None],
        }
        if self.reply_logits:
            batch["logits_to_keep"] = (targets != IGNORED).nonzero().squeeze(1)
            targets = targets[batch["logits_to_keep"]]
        batch["labels"] = batch["shift_labels"] = targets[None]
        if self.flash:
            starts = torch.tensor([0, *lengths]).cumsum(0).to(torch.int32)
            batch |= {
                "cu_seq_lens_q": starts,
                "cu_seq_lens_k": starts,
                "max_length_q": max(lengths),
                "max_length_k": max(lengths),
            }
        else:
            batch["segment_lengths"] = lengths
        return batch


def packed_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    sliding_window: int | None = None,
    segment_lengths: Sequence[int] | None = None,
    softcap: float | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Causal attention within each of the rows, whose lengths are `segment_lengths`."""
    if softcap is not None:
        raise SettingsError("its attention has a soft cap")
    if segment_lengths is None:
        return _padded_attention(module, query, key, value, attention_mask, dropout, scaling, sliding_window)
    grouped = query.shape[1] != key.shape[1]
    outputs = []
    for part_of_query, part_of_key, part_of_value in zip(
        *(whole.split(list(segment_lengths), dim=2) for whole in (query, key, value)), strict=True
    ):
        length = part_of_query.shape[2]
        window = None
        if sliding_window is not None and length > sliding_window:
            distance = torch.arange(length, device=query.device)[:, None] - torch.arange(length, device=query.device)
            window = (distance >= 0) & (distance < sliding_window)
        outputs.append(
            torch.nn.functional.scaled_dot_product_attention(
                part_of_query,
                part_of_key,
                part_of_value,
                attn_mask=window,
                dropout_p=dropout,
                scale=scaling,
                is_causal=window is None,
                enable_gqa=grouped,
            )
        )
    return torch.cat(outputs, dim=2).transpose(1, 2), None


def _padded_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    padding: torch.Tensor | None,
    dropout: float,
    scaling: float | None,
    sliding_window: int | None,
) -> tuple[torch.Tensor, None]:
    """The library's attention, for a batch that is not packed: an audit may read one while a packed training runs."""
    queries, keys = query.shape[2], key.shape[2]
    places = torch.arange(keys, device=query.device)
    distance = places[keys - queries :, None] - places
    allowed = (distance >= 0) & (distance < (sliding_window or keys + 1))
    mask = allowed[None, None]
    if padding is not None:
        mask = mask & padding[:, None, None, :].bool() | (distance == 0)  # a padding token reads itself, so that it is a number
    mask = mask.expand(query.shape[0], 1, queries, keys)
    return sdpa_attention_forward(module, query, key, value, mask, dropout=dropout, scaling=scaling)


@torch.no_grad()
def packing_problem(model: Any, *, longest: int) -> str | None:
    """Why packed rows would get other logits than alone; None if they get the same. No row has more than `longest` tokens."""
    device, training = next(model.parameters()).device, model.training
    rows = [{"input_ids": ids, "labels": ids} for ids in _trial_rows(model.config, longest)]
    batch = PackedCollator(reply_logits=False, flash=is_flash(model))(rows)
    inputs = {key: value.to(device) if isinstance(value, torch.Tensor) else value for key, value in batch.items()}
    inputs = {key: value for key, value in inputs.items() if "labels" not in key} | {"use_cache": False}
    model.eval()
    try:
        alone = [model(input_ids=torch.tensor([row["input_ids"]], device=device), use_cache=False).logits[0] for row in rows]
        with packed_attention_in(model):
            together = model(**inputs).logits[0].split([len(row["input_ids"]) for row in rows])
    except SettingsError as error:
        return str(error)
    except TypeError:  # its forward pass does not take the lengths
        return "it does not pass on where rows begin"
    finally:
        model.train(training)
    alike = ALIKE if alone[0].dtype == torch.float32 else ROUGHLY_ALIKE
    different = max(_difference(one, other) for one, other in zip(together, alone, strict=True))
    return None if different <= alike else "packed rows would see each other, or be read in another way than alone"


def _trial_rows(config: Any, longest: int) -> list[list[int]]:
    """Short rows, and one that is longer than the model's window if rows can be."""
    config = config.get_text_config()
    windows = [getattr(config, name, None) for name in ("sliding_window", "attention_chunk_size")]
    lengths = [5, 3, *(window + 3 for window in windows if window and window < longest), 2]
    return [[1 + (n * n + 3 * row) % 7 for n in range(length)] for row, length in enumerate(lengths)]


def _difference(one: torch.Tensor, other: torch.Tensor) -> float:
    one, other = one.float(), other.float()
    return float((one - other).norm() / (other - other.mean()).norm())


@contextmanager
def packed_attention_in(model: Any) -> Iterator[None]:
    """Replace the attention of `model` inside the block, unless it is FlashAttention, which knows packed rows."""
    before = model.config._attn_implementation
    if is_flash(model):
        yield
        return
    model.set_attn_implementation(PACKED)
    try:
        yield
    finally:
        model.set_attn_implementation(before)


def is_flash(model: Any) -> bool:
    return str(model.config._attn_implementation).startswith(("flash_attention", "kernels-community/"))


def padding_share(lengths: Sequence[int], micro_batch: int) -> float:
    """The share of padding if the rows, in this order, are padded to the longest row of their forward pass."""
    groups = [lengths[start : start + micro_batch] for start in range(0, len(lengths), micro_batch)]
    return 1 - sum(lengths) / sum(len(group) * max(group) for group in groups)


def padding_by_layout(lengths: Sequence[int], micro_batch: int, *, seed: int) -> dict[str, float]:
    """The share of padding of the same rows in each layout. `lengths` are in training order, which groups them by length."""
    shuffled = random.Random(seed).sample(lengths, len(lengths))
    return {
        "packed": 0.0,
        "grouped by length": padding_share(lengths, micro_batch),
        "in random order": padding_share(shuffled, micro_batch),
    }


AttentionInterface.register(PACKED, packed_attention)
AttentionMaskInterface.register(PACKED, flash_attention_mask)  # no mask for packed rows; else which tokens are padding
