"""A conversation as tokens, with the ones that a model learns to write; and what is wrong with a chat template.

    chat = encode(tokenizer, user_message("Oi"), "Olá")
    chat.ids[chat.prompt :]                # the reply, its stop token, and what the template writes after it
    find_problem(tokenizer, user_message("Oi"), "Olá")      # None, or "the chat template drops the reply"

The tokenizer is any object of transformers; nothing heavy is imported here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2.exceptions import TemplateError

from vitrine.chat.messages import Message, reply

SWITCHES: dict[str, Any] = {"enable_thinking": False}  # as in training and in every engine


@dataclass(frozen=True)
class Encoded:
    ids: list[int]
    prompt: int  # how many of the tokens are the prompt; the others are learned
    is_prefix: bool  # whether the prompt alone has the tokens that it has before the reply


def encode(tokenizer: Any, messages: Sequence[Message], gold: str) -> Encoded:
    prompt = tokenizer.apply_chat_template(list(messages), add_generation_prompt=True, return_dict=False, **SWITCHES)
    ids = tokenizer.apply_chat_template([*messages, *reply(gold)], return_dict=False, **SWITCHES)
    return Encoded(ids, len(prompt), ids[: len(prompt)] == prompt)


def find_problem(tokenizer: Any, messages: Sequence[Message], gold: str, *, published: bool = False) -> str | None:
    """The first reason why this prompt and reply cannot be trained with the tokenizer's template; None if there is none.

    A `published` template may leave out the beginning-of-sequence token: the model was trained without it.
    """
    try:
        text = tokenizer.apply_chat_template([*messages, *reply(gold)], tokenize=False, **SWITCHES)
        chat = encode(tokenizer, messages, gold)
    except TemplateError as error:
        return f"the chat template cannot write a prompt and its reply ({error})"
    if gold.strip() not in text:
        whole = gold.rpartition("</think>")[2].strip()
        return f"the chat template drops {'the reasoning of ' if whole != gold.strip() and whole in text else ''}the reply"
    if not chat.is_prefix:
        return "the tokens of the prompt are not the first tokens of prompt and reply, so training and serving would differ"
    begin = tokenizer.bos_token_id
    if begin is not None and chat.ids[:2] == [begin, begin]:
        return f"the chat template and the tokenizer write the beginning-of-sequence token {tokenizer.bos_token} twice"
    if not published and adds_bos(tokenizer) and chat.ids[:1] != [begin]:
        return f"the chat template leaves out the beginning-of-sequence token {tokenizer.bos_token}, which the model expects"
    if tokenizer.eos_token_id is None:
        return "the tokenizer names no stop token (eos_token), so no reply would end"
    if tokenizer.eos_token_id not in chat.ids[chat.prompt :]:
        return f"the chat template writes no stop token {tokenizer.eos_token} after the reply"
    return None


def adds_bos(tokenizer: Any) -> bool:
    """Whether the tokenizer begins plain text with a beginning-of-sequence token, as the model then expects."""
    return tokenizer.bos_token_id is not None and tokenizer("a").input_ids[:1] == [tokenizer.bos_token_id]
