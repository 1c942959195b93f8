"""The protocol: prompts in, answers out, generation parameters always explicit.

engine.answer([user_message("Oi")], Sampling(max_tokens=16))      # one Answer a prompt, greedy
engine.answer(prompts, Sampling(max_tokens=16, temperature=0.9, samples=4))   # four a prompt
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vitrine.chat.messages import Message

Prompt = list[Message]


@dataclass(frozen=True, kw_only=True)
class Sampling:
    max_tokens: int
    temperature: float = 0.0  # 0 is greedy
    top_p: float = 1.0
    top_k: int = 0  # 0: all tokens
    samples: int = 1
    seed: int = 0
    stop: tuple[str, ...] = ()  # an answer ends before the first of these, as at a stop token
    logprobs: bool = False  # whether answers carry them
    thinking: bool = False  # the chat template's `enable_thinking`, always passed: some models think by default


@dataclass(frozen=True, kw_only=True)
class Answer:
    text: str
    tokens: int
    finished: bool  # it ended by itself, before `max_tokens`
    logprobs: tuple[float, ...] | None = None  # of each token, under the model itself: no temperature, no cut


class Engine(Protocol):
    def answer(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Answer]]: ...

    def losses(self, prompts: Sequence[Prompt], replies: Sequence[str]) -> list[float]:
        """How surprised the model is by each reply, in nats a token; for tasks that nobody can grade."""
        ...
