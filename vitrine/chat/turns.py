"""Turns marked by tokens that a base model's vocabulary already has, so that nothing new must be trained.

    turns = find_turns(tokenizer.get_vocab())          # Gemma: <start_of_turn>user … <end_of_turn>
    turns = pair("<start_of_turn>", "<end_of_turn>")   # the setting lm.turn names the two
    tokenizer.chat_template, turns.stop                # turns.text(), "<end_of_turn>"

A base model ships with the turn tokens of its chat sibling. Two new tokens would start at the mean of all embeddings, where
LoRA leaves them: the stop token could never be the most likely one (docs/templates.md).
"""

import json
from collections.abc import Container
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Turns:
    """The strings around a message. Without `system_open`, a system message stands at the top of the user message after it."""

    name: str
    user_open: str
    user_close: str
    reply_open: str
    stop: str  # one token: it ends a reply
    tokens: tuple[str, ...]  # that the vocabulary must have
    after: str = ""  # between the stop token and the next turn
    system_open: str = ""

    def text(self) -> str:
        """The chat template. The strings stand at its top."""
        names = ("user_open", "user_close", "reply_open", "stop", "after", "system_open")
        strings = [f"{{%- set {name} = {json.dumps(getattr(self, name), ensure_ascii=False)} -%}}" for name in names]
        body = (files("vitrine.chat") / "templates" / "turns.jinja").read_text(encoding="utf-8")
        return "\n".join([*strings, body])


def headed(
    name: str, head: str, stop: str, *tokens: str, after: str = "", reply: str = "assistant", system: bool = True
) -> Turns:
    """Turns that begin with a head, in which ROLE stands for the role, and end with the stop token."""
    return Turns(
        name=name,
        user_open=head.replace("ROLE", "user"),
        user_close=stop + after,
        reply_open=head.replace("ROLE", reply),
        stop=stop,
        tokens=tokens,
        after=after,
        system_open=head.replace("ROLE", "system") if system else "",
    )


def pair(start: str, end: str, *, name: str = "turn", assistant: str = "assistant", system: bool = True) -> Turns:
    """Turns of the form START role, line break, message END."""
    return headed(name, f"{start}ROLE\n", end, start, end, after="\n", reply=assistant, system=system)


HEADER = ("<|start_header_id|>", "<|end_header_id|>")
KNOWN = (
    pair("<start_of_turn>", "<end_of_turn>", name="gemma", assistant="model", system=False),
    headed("llama3", "ROLE".join(HEADER) + "\n\n", "<|eot_id|>", *HEADER, "<|eot_id|>"),
    pair("<|im_start|>", "<|im_end|>", name="chatml"),
    headed("phi", "<|ROLE|>\n", "<|end|>", "<|user|>", "<|assistant|>", "<|end|>", after="\n"),
    Turns(
        name="deepseek",
        user_open="<｜User｜>",
        user_close="",
        reply_open="<｜Assistant｜>",
        stop="<｜end▁of▁sentence｜>",
        tokens=("<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>"),
    ),
    Turns(
        name="mistral",
        user_open="[INST]",
        user_close="[/INST]",
        reply_open="",
        stop="</s>",
        tokens=("[INST]", "[/INST]", "</s>"),
    ),
)


def find_turns(vocabulary: Container[str]) -> Turns | None:
    """The first known set of turn tokens that `vocabulary` has."""
    return next((turns for turns in KNOWN if all(token in vocabulary for token in turns.tokens)), None)
