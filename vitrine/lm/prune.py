"""Cuts a model's vocabulary down to the pieces that the training texts use: fewer parameters, and a faster step.

    model, counts = prune(model, training_texts(model, rows), size=32_768)
    counts["vocabulary_covered"]      # 0.998: share of the texts' tokens whose piece is kept

Kept, in this order: bytes, special and user-defined tokens, single characters of the texts; then pieces by their frequency in the
texts; then, while there is room, by their place in the vocabulary, which follows their frequency in the publisher's texts. With a
piece go all pieces from which merges build it. So a text whose pieces are kept is split exactly as before; in other texts,
dropped pieces become smaller ones, down to bytes. The result is an ordinary model.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import ByteLevel
from transformers import PreTrainedTokenizerFast

from vitrine.chat.messages import reply
from vitrine.errors import SettingsError
from vitrine.lm.model import Model

BYTE = re.compile("<0x[0-9A-F]{2}>")
RESERVED = re.compile(r"<\|?(unused|reserved|special)[\w ]*\|?>|\[unused\d+\]", re.IGNORECASE)  # names without a meaning
ROLES = ("pad_token", "bos_token", "eos_token", "unk_token")


@dataclass(frozen=True)
class Cut:
    tokenizer: PreTrainedTokenizerFast
    rows: list[int]  # the old id of each piece
    counts: dict[str, float]


def prune(model: Model, texts: Iterable[str], *, size: int) -> tuple[Model, dict[str, float]]:
    """`model` with at most `size` pieces, and how much of `texts` they cover. The weights of `model` are changed."""
    pruned = cut(model.tokenizer, texts, size=size)
    _select_rows(model, pruned.rows)
    _renumber_config(model, {before: after for after, before in enumerate(pruned.rows)})
    return replace(model, tokenizer=pruned.tokenizer), pruned.counts


def cut(tokenizer: PreTrainedTokenizerFast, texts: Iterable[str], *, size: int) -> Cut:
    """The tokenizer with at most `size` pieces."""
    spec = json.loads(tokenizer.backend_tokenizer.to_str()) if tokenizer.is_fast else {"model": {"type": "a slow tokenizer"}}
    if spec["model"]["type"] != "BPE":
        raise SettingsError(f"lm.vocabulary prunes BPE vocabularies, and this one is {spec['model']['type']}: set it to null")
    used = _frequencies(tokenizer, texts)
    kept = _choose(spec, used, size, {getattr(tokenizer, role) for role in ROLES})
    rows = sorted(kept.values())
    counts = {
        "vocabulary": float(len(rows)),
        "vocabulary_used": float(len(used)),
        "vocabulary_covered": sum(used.get(place, 0) for place in rows) / max(1, sum(used.values())),
    }
    new = {piece: place for place, piece in enumerate(sorted(kept, key=kept.__getitem__))}
    return Cut(_smaller(tokenizer, spec, new), rows, counts)


def training_texts(model: Model, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The conversations of the training split as `model` reads them, with the marks of its template."""
    conversations = [[*row["messages"], *(reply(row["gold"]) if row["gold"] else [])] for row in rows]
    return model.tokenizer.apply_chat_template(conversations, tokenize=False, enable_thinking=False)


def _frequencies(tokenizer: PreTrainedTokenizerFast, texts: Iterable[str]) -> dict[int, int]:
    """How often each id occurs in `texts`."""
    counts: dict[int, int] = {}
    for encoding in tokenizer.backend_tokenizer.encode_batch_fast(list(texts), add_special_tokens=False):
        for place in encoding.ids:
            counts[place] = counts.get(place, 0) + 1
    return counts


# ------------------------------------------------------------------------------------------------------------- the choice


def _ids(spec: Mapping[str, Any]) -> dict[str, int]:
    return spec["model"]["vocab"] | {token["content"]: token["id"] for token in spec["added_tokens"]}


def _choose(spec: Mapping[str, Any], used: Mapping[int, int], size: int, roles: set[str | None]) -> dict[str, int]:
    """The pieces to keep, with their ids today."""
    ids = _ids(spec)
    ranks = {(left, right): rank for rank, (left, right) in enumerate(spec["model"]["merges"])}
    alphabet = {*ByteLevel.alphabet()} if '"ByteLevel"' in json.dumps(spec["pre_tokenizer"]) else set()
    by_id = {place: piece for piece, place in ids.items()}
    frequent = [by_id[place] for place in sorted(used, key=lambda place: (-used[place], place))]

    kept = {piece for piece in ids if piece in alphabet or BYTE.fullmatch(piece) or piece in roles}
    for token in spec["added_tokens"]:
        if token["id"] in used or not RESERVED.fullmatch(token["content"]):
            kept.add(token["content"])
    kept |= {character for piece in frequent for character in piece if character in ids}
    if len(kept) > size:
        raise SettingsError(f"lm.vocabulary should be at least {len(kept)}: bytes, special tokens and characters of the texts")
    added = {token["content"] for token in spec["added_tokens"]}
    for piece in chain(frequent, (by_id[place] for place in sorted(by_id))):
        if len(kept) == size:
            break
        if piece in kept or piece in added:  # an added token that is not kept by now is a reserved name
            continue
        missing = {part for part in _merge_path(piece, ranks) if part in ids and part not in kept} | {piece}
        if len(kept) + len(missing) <= size:
            kept |= missing
    return {piece: ids[piece] for piece in kept}


def _merge_path(piece: str, ranks: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """Every piece that exists while the merges build `piece` from its characters."""
    parts = list(piece)
    yield from parts
    while len(parts) > 1:
        rank, at = min((ranks.get(pair, len(ranks)), at) for at, pair in enumerate(pairwise(parts)))
        if rank == len(ranks):
            return
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
        yield parts[at]


# ------------------------------------------------------------------------------------------------------------- the new model


def _smaller(tokenizer: PreTrainedTokenizerFast, spec: dict[str, Any], ids: Mapping[str, int]) -> PreTrainedTokenizerFast:
    """The same tokenizer with the pieces `ids` only."""
    bpe = spec["model"]
    bpe["vocab"] = {piece: ids[piece] for piece in bpe["vocab"] if piece in ids}
    bpe["merges"] = [merge for merge in bpe["merges"] if {*merge, "".join(merge)} <= ids.keys()]
    spec["added_tokens"] = [token | {"id": ids[token["content"]]} for token in spec["added_tokens"] if token["content"] in ids]
    spec["padding"] = spec["truncation"] = None
    spec["post_processor"] = _renumbered(spec["post_processor"], ids)
    roles = {role: getattr(tokenizer, role) for role in ROLES if getattr(tokenizer, role) is not None}
    new = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(spec)),
        **roles,
        extra_special_tokens=[token for token in tokenizer.all_special_tokens if token in ids and token not in roles.values()],
        model_max_length=tokenizer.model_max_length,
        padding_side=tokenizer.padding_side,
        clean_up_tokenization_spaces=False,
    )
    new.chat_template = tokenizer.chat_template
    return new


def _renumbered(processor: Any, ids: Mapping[str, int]) -> Any:
    """A post-processor with the new ids of the tokens that it adds."""
    if isinstance(processor, list):
        if len(processor) == 2 and isinstance(processor[1], int) and processor[0] in ids:  # ["</s>", 2]
            return [processor[0], ids[processor[0]]]
        return [_renumbered(part, ids) for part in processor]
    if not isinstance(processor, dict):
        return processor
    if "tokens" in processor and "ids" in processor:  # {"id": "<bos>", "ids": [2], "tokens": ["<bos>"]}
        return processor | {"ids": [ids[token] for token in processor["tokens"]]}
    return {key: _renumbered(part, ids) for key, part in processor.items()}


def _select_rows(model: Model, old: Sequence[int]) -> None:
    """Keep the rows `old` of the embedding and of the output layer, in this order."""
    weights, rows = model.weights, torch.tensor(old)
    tied = weights.get_output_embeddings() is None or (
        weights.get_output_embeddings().weight is weights.get_input_embeddings().weight
    )
    with torch.no_grad():
        inputs = weights.get_input_embeddings()
        rows = rows.to(inputs.weight.device)
        chosen = inputs.weight[rows].clone()
        output = None if tied else weights.get_output_embeddings()
        heads = (output.weight[rows].clone(), None if output.bias is None else output.bias[rows].clone()) if output else None
        weights.resize_token_embeddings(len(old))  # also sets vocab_size in the config
        weights.get_input_embeddings().weight.copy_(chosen)
        if heads:
            weights.get_output_embeddings().weight.copy_(heads[0])
            if heads[1] is not None:
                weights.get_output_embeddings().bias.copy_(heads[1])


def _renumber_config(model: Model, new: Mapping[int, int]) -> None:
    """The new ids of special tokens (pad, bos, eos and others) in config and generation config."""
    for holder in (model.weights.config, model.weights.generation_config):
        for key, value in holder.to_dict().items():
            if not key.endswith("_token_id") or value is None:
                continue
            ids = [new[place] for place in (value if isinstance(value, list) else [value]) if place in new]
            setattr(holder, key, ids if isinstance(value, list) else ids[0] if ids else None)
