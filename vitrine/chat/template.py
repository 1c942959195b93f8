"""Our chat templates: they turn messages into text, and name the special tokens that mark turns and ends.

    template = TEMPLATES["chatml"]
    tokenizer.chat_template = template.text()
    template.special      # ("<|endoftext|>", "<|im_start|>", "<|im_end|>")

The setting `lm.template` chooses the template; it is never guessed. `native` keeps the template of a published model. `turns`
marks turns by tokens that the vocabulary of a base model has (vitrine/chat/turns.py). Alpaca, plain and seq2seq end a reply with
`eos_token`, so they fit any published model. `{% generation %}` surrounds the text that the model writes: the reply and its stop
token.
"""

from dataclasses import dataclass
from importlib.resources import files

NATIVE, TURNS = "native", "turns"  # templates of published models only
BOS = "{{- bos_token -}}"


@dataclass(frozen=True)
class Template:
    """A template and the special tokens that it adds to a vocabulary made from scratch."""

    name: str
    turn: tuple[str, ...] = ()  # marks of the speakers
    stop: str = "</s>"  # ends a reply
    bos: str | None = None  # begins a conversation
    pad: str = "<|endoftext|>"

    @property
    def special(self) -> tuple[str, ...]:
        return tuple(token for token in (self.pad, *self.turn, self.stop, self.bos) if token)

    def text(self) -> str:
        return (files("vitrine.chat") / "templates" / f"{self.name}.jinja").read_text(encoding="utf-8")


TEMPLATES = {
    template.name: template
    for template in (
        Template("chatml", turn=("<|im_start|>",), stop="<|im_end|>"),
        Template("alpaca", bos="<s>"),
        Template("mistral", turn=("[INST]", "[/INST]"), bos="<s>", pad="<pad>"),
        Template("r1", turn=("<｜User｜>", "<｜Assistant｜>"), stop="<｜end▁of▁sentence｜>", bos="<｜begin▁of▁sentence｜>"),
        Template("plain"),
        Template("seq2seq", pad="<pad>"),
    )
}


def with_bos(text: str) -> str:
    """The template with a beginning-of-sequence token at its start: once, if it has one already."""
    return text if "bos_token" in text else BOS + text


def without_bos(text: str) -> str:
    return text.replace(BOS, "")
