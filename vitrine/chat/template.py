"""The chat templates of ours: how messages become text, and the special tokens that mark turns and ends.

    template = TEMPLATES["chatml"]
    tokenizer.chat_template = template.text()
    template.special      # ("<|endoftext|>", "<|im_start|>", "<|im_end|>")

Which template a model uses is a setting (`lm.template`), never a guess. `native` keeps the template that a published model
brings. Alpaca and plain end a reply with `eos_token`, whatever the vocabulary calls it, so they fit any published model.
`{% generation %}` surrounds what the model writes: the reply and its stop token.
"""

from dataclasses import dataclass
from importlib.resources import files

NATIVE = "native"


@dataclass(frozen=True)
class Template:
    """The special tokens that a vocabulary made from scratch gets for this template."""

    name: str
    turn: tuple[str, ...] = ()  # mark who speaks
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
    )
}
