"""Tiny tokenizers with the special tokens of published models.

PUBLISHED["gemma3"].tokenizer()      # bytes, <bos>, <eos>, <start_of_turn>, <end_of_turn>, and Gemma 3's chat template
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tokenizers import processors
from transformers import PreTrainedTokenizerFast

from vitrine.chat.template import Template
from vitrine.lm import tokenizer as own

FOLDER = Path(__file__).parent / "published"
TEXTS = ["Chegou quebrado, quero a troca.", "positivo, nota 5", '{"nota": 5}'] * 20


@dataclass(frozen=True)
class Published:
    template: str  # the file in published/
    end: str  # what the tokenizer calls its end-of-sequence token
    stop: str  # what ends a reply
    bos: str | None = None
    marks: tuple[str, ...] = ()
    adds_bos: bool = False

    def tokenizer(self, *, template: bool = True) -> PreTrainedTokenizerFast:
        made = with_tokens(self.end, self.bos, tuple(dict.fromkeys((*self.marks, self.stop))), self.adds_bos)
        made.chat_template = (FOLDER / f"{self.template}.jinja").read_text(encoding="utf-8") if template else None
        return made


@cache
def _trained(end: str, bos: str | None, marks: tuple[str, ...]) -> str:
    template = Template("plain", turn=tuple(mark for mark in marks if mark != end), stop=end, bos=bos, pad="<pad>")
    return str(own.train(TEXTS, template, vocabulary=400, context=128).backend_tokenizer.to_str())


def with_tokens(end: str, bos: str | None, marks: tuple[str, ...], adds_bos: bool) -> PreTrainedTokenizerFast:
    from tokenizers import Tokenizer

    bpe = Tokenizer.from_str(_trained(end, bos, marks))
    if adds_bos:
        bpe.post_processor = processors.TemplateProcessing(single=f"{bos} $A", special_tokens=[(bos, bpe.token_to_id(bos))])
    return PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token=end, bos_token=bos, pad_token="<pad>", model_max_length=128)


IM = ("<|im_start|>", "<|im_end|>", "<think>", "</think>")
LLAMA = ("<|start_header_id|>", "<|end_header_id|>")
R1 = ("<｜User｜>", "<｜Assistant｜>")
PUBLISHED = {
    "qwen3": Published("qwen3", end="<|im_end|>", stop="<|im_end|>", marks=IM),
    "llama3": Published("llama3", "<|eot_id|>", "<|eot_id|>", "<|begin_of_text|>", LLAMA, adds_bos=True),
    "mistral": Published("mistral", "</s>", "</s>", "<s>", ("[INST]", "[/INST]"), adds_bos=True),
    "gemma3": Published("gemma3", "<eos>", "<end_of_turn>", "<bos>", ("<start_of_turn>",), adds_bos=True),
    "deepseek_r1": Published(
        "deepseek_r1", "<｜end▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜begin▁of▁sentence｜>", R1, adds_bos=True
    ),
    "tucano": Published("tucano", "</s>", "</s>", "<s>", ("<instruction>", "</instruction>"), adds_bos=True),
    "tucano2": Published("tucano2", end="<|im_end|>", stop="<|im_end|>", marks=IM),
}
BASES = {  # base models: the vocabulary has the chat sibling's tokens, and there is no template
    "gemma": PUBLISHED["gemma3"],
    "llama3": Published("llama3", "<|end_of_text|>", "<|eot_id|>", "<|begin_of_text|>", LLAMA, adds_bos=True),
    "chatml": Published("tucano2", "<|endoftext|>", "<|im_end|>", marks=IM),
    "phi": Published("tucano2", "<|endoftext|>", "<|end|>", marks=("<|user|>", "<|assistant|>", "<|end|>", "<|system|>")),
    "deepseek": PUBLISHED["deepseek_r1"],
    "mistral": PUBLISHED["mistral"],
}
