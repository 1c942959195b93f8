"""Trains a byte-level BPE tokenizer on our own text, built exactly like Qwen2's.

    tokenizer = train(["Chegou quebrado.", …], TEMPLATES["chatml"], vocabulary=2048, context=512)
    tokenizer.decode(tokenizer("Chegou 12").input_ids)   # "Chegou 12": any text is decoded as it was

The split expression, ByteLevel(use_regex=False) and the missing normaliser are Qwen2's. So a GGUF of the model, which names
"qwen2" as its pre-tokenizer, gives the same tokens. Each digit is a token of its own, so that models copy numbers by digit.
"""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from vitrine.chat.template import Template
from vitrine.errors import CheckpointError, first_line

SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def load(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a model folder, without its weights."""
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"{folder} has no tokenizer that loads ({first_line(error)}); run `dvc checkout` or `dvc repro`"
        ) from error


def train(texts: Iterable[str], template: Template, *, vocabulary: int, context: int) -> PreTrainedTokenizerFast:
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(template.special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer=trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token=template.pad,
        eos_token=template.stop,
        bos_token=template.bos,
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = template.text()
    return tokenizer
