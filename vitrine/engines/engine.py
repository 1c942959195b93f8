"""The protocol of an engine: prompts in, answers out. Every generation parameter is explicit.

engine.answer([user_message("Oi")], Sampling(max_tokens=16))      # one Answer per prompt, greedy
engine.answer(prompts, Sampling(max_tokens=16, temperature=0.9, samples=4))   # four per prompt
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
    stop: tuple[str, ...] = ()  # an answer ends before the first of these strings
    logprobs: bool = False  # whether answers hold the log-probability of each token
    thinking: bool = False  # the chat template's `enable_thinking`, always passed, because some models think by default


@dataclass(frozen=True, kw_only=True)
class Answer:
    text: str
    tokens: int
    finished: bool  # with a stop token or string, before `max_tokens`
    logprobs: tuple[float, ...] | None = None  # of each token, before temperature, top-k and top-p


class Engine(Protocol):
    def answer(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Answer]]: ...

    def losses(self, prompts: Sequence[Prompt], replies: Sequence[str]) -> list[float]:
        """The mean negative log-likelihood of each reply, in nats per token; for tasks without a grader."""
        ...
