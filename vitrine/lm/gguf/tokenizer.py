"""Rebuilds the tokenizer of a GGUF file, so that it splits text as llama.cpp does.

    tokenizer = build(open_gguf(path))
    tokenizer.tokenize("▁produto")     # one piece; the tokenizer that transformers builds splits it into four

Two kinds of vocabulary are known, by `tokenizer.ggml.model`:
  llama   SentencePiece's BPE (Gemma, Llama 2, Mistral 7B): it has scores instead of merges, and unknown characters become bytes
  gpt2    byte-level BPE (Qwen, Llama 3, SmolLM, our own models): merges, and a split expression that the file only names
Pieces that the file declares as control tokens are special. User-defined ones (Gemma's runs of line breaks, tabs and spaces) are
found in the text before anything else.
"""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from operator import itemgetter
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from vitrine.errors import CheckpointError
from vitrine.lm.gguf.reader import GgufFile
from vitrine.lm.tokenizer import SPLIT as QWEN2

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
# tokenizer.ggml.pre -> what splits a text, in this order
SPLITS: dict[str, tuple[str, ...]] = {
    "qwen2": (QWEN2,),
    "deepseek-r1-qwen": (QWEN2,),
    "llama-bpe": (LLAMA3,),
    "llama3": (LLAMA3,),
    "smollm": (r"\p{N}", GPT2),
    "gpt-2": (GPT2,),
}
IGNORE_MERGES = {"llama-bpe", "llama3"}  # a word that is a piece is that piece, whatever the merges say
SPACE = "▁"


class Kind(IntEnum):
    """tokenizer.ggml.token_type"""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


def build(file: GgufFile) -> PreTrainedTokenizerFast:
    model, pieces = file.get("tokenizer.ggml.model"), file.get("tokenizer.ggml.tokens")
    if not pieces:
        raise CheckpointError(f"{file.path} has no tokenizer: use a GGUF file with a language model's vocabulary")
    if len(set(pieces)) < len(pieces):
        raise CheckpointError(f"{file.path} has a vocabulary that names {len(pieces) - len(set(pieces))} pieces twice")
    kinds = file.get("tokenizer.ggml.token_type") or [Kind.NORMAL] * len(pieces)
    if model == "llama":
        tokenizer = _sentencepiece(file, pieces, kinds)
    elif model == "gpt2":
        tokenizer = _byte_level(file, pieces)
    else:
        raise CheckpointError(f"{file.path} has a tokenizer of type {model!r}: only llama and gpt2 are supported, use lm=folder")
    added = {Kind.CONTROL: True, Kind.UNKNOWN: True, Kind.USER_DEFINED: False}  # whether it is special
    tokenizer.add_tokens(
        [
            AddedToken(piece, normalized=False, special=added[kind])
            for piece, kind in zip(pieces, kinds, strict=True)
            if kind in added
        ]
    )
    names = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}
    ids = {name: file.get(f"tokenizer.ggml.{key}_token_id") for name, key in names.items()}
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **{f"{name}_token": pieces[place] for name, place in ids.items() if place is not None},
        add_bos_token=bool(file.get("tokenizer.ggml.add_bos_token", model == "llama")) and ids["bos"] is not None,
        add_eos_token=bool(file.get("tokenizer.ggml.add_eos_token", False)),
        clean_up_tokenization_spaces=False,
        chat_template=file.get("tokenizer.chat_template"),
    )


# ------------------------------------------------------------------------------------------------------------ byte-level BPE


def _byte_level(file: GgufFile, pieces: Sequence[str]) -> Tokenizer:
    merges, pre = file.get("tokenizer.ggml.merges"), file.get("tokenizer.ggml.pre", "gpt-2")
    if not merges:
        raise CheckpointError(f"{file.path} has a byte-level vocabulary without merges")
    if pre not in SPLITS:
        raise CheckpointError(
            f"{file.path} splits text by {pre!r}, which is not one of {', '.join(SPLITS)}: use the model's own files, lm=folder"
        )
    tokenizer = Tokenizer(
        models.BPE(
            vocab={piece: place for place, piece in enumerate(pieces)},
            merges=[tuple(merge.split(" ")) for merge in merges],
            ignore_merges=pre in IGNORE_MERGES,
        )
    )
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    splits = [pre_tokenizers.Split(Regex(text), behavior="isolated") for text in SPLITS[pre]]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*splits, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


# --------------------------------------------------------------------------------------------------------- SentencePiece's BPE


def _sentencepiece(file: GgufFile, pieces: Sequence[str], kinds: Sequence[int]) -> Tokenizer:
    scores = file.get("tokenizer.ggml.scores")
    if not scores:
        raise CheckpointError(f"{file.path} has a SentencePiece vocabulary without scores")
    unknown = file.get("tokenizer.ggml.unknown_token_id")
    prefix = bool(file.get("tokenizer.ggml.add_space_prefix", True))
    tokenizer = Tokenizer(
        models.BPE(
            vocab={piece: place for place, piece in enumerate(pieces)},
            merges=list(merges_of(pieces, scores, kinds)),
            unk_token=None if unknown is None else pieces[unknown],
            fuse_unk=True,
            byte_fallback=Kind.BYTE in kinds,
        )
    )
    replace = normalizers.Replace(" ", SPACE)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend(SPACE), replace]) if prefix else replace
    steps: list[Any] = [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence(steps + [decoders.Strip(content=" ", left=1, right=0)] * prefix)
    return tokenizer


def merges_of(pieces: Sequence[str], scores: Sequence[float], kinds: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Every way to join two pieces into a third, the best score first. SentencePiece joins any two whose text is a piece."""
    normal = {piece: place for place, piece in enumerate(pieces) if kinds[place] == Kind.NORMAL}
    found = []
    for piece, place in normal.items():
        for cut in range(1, len(piece)):
            left, right = normal.get(piece[:cut]), normal.get(piece[cut:])
            if left is not None and right is not None:
                found.append((-scores[place], left, right))
    found.sort(key=itemgetter(0, 1, 2))
    return ((pieces[left], pieces[right]) for _, left, right in found)
