"""Greedy replies to prompts that share a long beginning, such as the examples of a few-shot prompt: it is read once.

    generator = Generator(model, limit=110, stops=("\n\n",), batch=16)
    for places, replies in generator.batches([ids, …]):     # token ids of each prompt; `places` are indices into that list
        replies[0].text, replies[0].ended                   # "positivo, nota 5", True

The longest common prefix of all prompts goes through the model once; its key-value cache is copied into each batch. Layers with
a sliding window keep the part of it that later tokens can see. Prompts are sorted by length and padded between the prefix and
their own tokens; masks and positions are made here, so that padding changes no window. A reply has the tokens that
it would have alone, up to rounding.

A reply ends at a stop token, at a stop string, or unfinished at the limit. Batches depend on the prompts alone, so a run that
continues after an interruption computes the same numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from vitrine.lm.model import Model

FULL, SLIDING = "full_attention", "sliding_attention"
READ_AT_ONCE = 512  # tokens of the prefix
CHECK_EVERY = 8  # tokens between two searches for stop strings


@dataclass(frozen=True)
class Reply:
    text: str
    tokens: int
    ended: bool  # at a stop token or a stop string


@dataclass
class Generator:
    model: Model
    limit: int  # tokens of a reply
    batch: int
    stops: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.weights, self.tokenizer = self.model.weights.eval(), self.model.tokenizer
        config = self.weights.config
        self.window: int | None = getattr(config, "sliding_window", None)
        self.kinds: list[str] = list(getattr(config, "layer_types", None) or [FULL] * config.num_hidden_layers)
        if SLIDING not in self.kinds:
            self.window = None
        self.ends = sorted(_end_tokens(self.weights, self.tokenizer))

    def batches(self, prompts: Sequence[list[int]], *, skip: int = 0) -> Iterator[tuple[list[int], list[Reply]]]:
        """The replies of each batch, without the first `skip` batches."""
        order = sorted(range(len(prompts)), key=lambda place: len(prompts[place]))
        chunks = [order[start : start + self.batch] for start in range(0, len(order), self.batch)][skip:]
        if not chunks:
            return
        shared = common_prefix(prompts)
        cache = self._read(prompts[0][:shared])
        for places in chunks:
            yield places, self._answer(cache, shared, [list(prompts[place][shared:]) for place in places])

    @torch.inference_mode()
    def _read(self, prefix: Sequence[int]) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Keys and values of the prefix, layer by layer; those that no later token sees are left out."""
        cache = DynamicCache()
        cache.layers = [FixedLayer(None, None, 1, spare=len(prefix)) for _ in self.kinds]
        for start in range(0, len(prefix), READ_AT_ONCE):
            until = min(start + READ_AT_ONCE, len(prefix))
            positions = torch.arange(until)[None]
            self._forward([list(prefix[start:until])], cache, positions[:, start:], dict.fromkeys((FULL, SLIDING), positions))
        kept = []
        for layer, kind in zip(cache.layers, self.kinds, strict=True):
            seen = self.window - 1 if self.window and kind == SLIDING else len(prefix)
            kept.append((layer.keys[..., -seen:, :], layer.values[..., -seen:, :]) if len(prefix) else (None, None))
        return kept

    @torch.inference_mode()
    def _answer(self, prefix: Any, shared: int, own: list[list[int]]) -> list[Reply]:
        rows, width = len(own), max(map(len, own))
        cache = DynamicCache()
        cache.layers = [FixedLayer(keys, values, rows, spare=width + self.limit) for keys, values in prefix]
        held = {kind: 0 if keys is None else keys.shape[-2] for kind, (keys, _) in zip(self.kinds, prefix, strict=True)}
        pad = torch.tensor([[width - len(ids)] for ids in own])
        ids = [[self.ends[0]] * (width - len(tokens)) + tokens for tokens in own]
        places = torch.arange(width)[None] - pad + shared  # positions of the own tokens; padding has -1
        places = torch.where(torch.arange(width)[None] < pad, -1, places)
        seen = {
            kind: torch.cat([torch.arange(shared - count, shared)[None].expand(rows, -1), places], 1)
            for kind, count in held.items()
        }
        logits = self._forward(ids, cache, places, seen)
        tokens, open_rows = torch.empty(rows, 0, dtype=torch.long), torch.ones(rows, dtype=torch.bool)
        ends = torch.tensor(self.ends)
        for count in range(1, self.limit + 1):
            chosen = torch.where(open_rows, logits[:, -1].argmax(-1), self.ends[0])
            tokens = torch.cat([tokens, chosen[:, None]], 1)
            open_rows &= ~torch.isin(chosen, ends)
            if self.stops and count % CHECK_EVERY == 0:
                open_rows &= ~torch.tensor([self._stop(row) is not None for row in tokens])
            if not open_rows.any() or count == self.limit:
                break
            places = places[:, -1:] + 1
            seen = {kind: torch.cat([positions, places], 1) for kind, positions in seen.items()}
            logits = self._forward(chosen[:, None].tolist(), cache, places, seen)
        return [self._reply(row) for row in tokens]

    def _forward(self, ids: Any, cache: DynamicCache, places: torch.Tensor, seen: dict[str, torch.Tensor]) -> torch.Tensor:
        """Logits of the last token. `places` are the positions of `ids`, `seen` those of all keys by kind of layer."""
        masks = {}
        for kind in {FULL, *self.kinds}:
            distance = places[:, :, None] - seen[kind][:, None, :]
            mask = (distance >= 0) & (seen[kind] >= 0)[:, None, :]
            if kind == SLIDING and self.window:
                mask &= distance < self.window
            mask |= (places < 0)[:, :, None]  # padding sees everything: a row without keys is NaN
            spare = cache.layers[self.kinds.index(kind)].spare() if kind in self.kinds else 0
            masks[kind] = torch.nn.functional.pad(mask, (0, max(0, spare - places.shape[1])))[:, None]
        out = self.weights(
            input_ids=torch.tensor(ids),
            attention_mask=masks if self.window else masks[FULL],
            position_ids=places.clamp(min=0),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: torch.Tensor = out.logits
        return logits

    def _stop(self, tokens: torch.Tensor) -> int | None:
        """Where the first stop string after the first visible character begins."""
        text = self._text(tokens)
        begin = len(text) - len(text.lstrip())
        found = [place for stop in self.stops if (place := text.find(stop, begin)) >= 0]
        return min(found, default=None)

    def _text(self, tokens: torch.Tensor) -> str:
        ended = torch.isin(tokens, torch.tensor(self.ends)).nonzero()
        text: str = self.tokenizer.decode(tokens[: int(ended[0])] if len(ended) else tokens, skip_special_tokens=True)
        return text

    def _reply(self, tokens: torch.Tensor) -> Reply:
        ended = torch.isin(tokens, torch.tensor(self.ends)).nonzero()
        length = int(ended[0]) + 1 if len(ended) else len(tokens)
        text, stop = self._text(tokens), self._stop(tokens)
        return Reply((text if stop is None else text[:stop]).strip(), length, bool(len(ended)) or stop is not None)


class FixedLayer(DynamicLayer):
    """The cache of one layer with room for a whole reply. It gives all of it, because a part would be copied at each token."""

    _layer_type = None  # not the cache that `generate` creates
    is_sliding = False

    def __init__(self, keys: torch.Tensor | None, values: torch.Tensor | None, rows: int, *, spare: int) -> None:
        super().__init__()
        self.prefix, self.rows, self.room = (keys, values), rows, spare
        self.filled = 0 if keys is None else keys.shape[-2]
        self.total = self.filled + spare

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **more: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            shape = (self.rows, key_states.shape[1], self.total, key_states.shape[-1])
            self.keys, self.values = key_states.new_zeros(shape), value_states.new_zeros(shape)
            for own, prefix in zip((self.keys, self.values), self.prefix, strict=True):
                if prefix is not None:
                    own[:, :, : self.filled] = prefix
        until = self.filled + key_states.shape[-2]
        self.keys[:, :, self.filled : until] = key_states
        self.values[:, :, self.filled : until] = value_states
        self.filled = until
        return self.keys, self.values

    def spare(self) -> int:
        """Places that hold no token yet."""
        return self.total - self.filled

    def get_seq_length(self) -> int:
        return self.filled


def common_prefix(prompts: Sequence[list[int]]) -> int:
    """The number of tokens with which all prompts begin; each prompt keeps at least one token of its own."""
    first, last = min(prompts), max(prompts)  # in lexical order: what these two share, all share
    shared = next(
        (place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), min(len(first), len(last))
    )
    return min(shared, min(map(len, prompts)) - 1)


def _end_tokens(weights: Any, tokenizer: Any) -> set[int]:
    """The end tokens of the tokenizer and of the generation config."""
    configured = weights.generation_config.eos_token_id
    listed = configured if isinstance(configured, list) else [configured]
    return {token for token in (tokenizer.eos_token_id, *listed) if token is not None}
