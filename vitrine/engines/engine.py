"""The protocol: prompts in, answers out, generation parameters always explicit.

engine.answer([asked("Oi")], Sampling(max_tokens=16))      # one Answer a prompt, greedy
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
    samples: int = 1
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    text: str
    tokens: int
    seconds: float  # the batch's time, shared out by tokens
    finished: bool  # it ended by itself, before `max_tokens`


class Engine(Protocol):
    def answer(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Answer]]: ...

    def losses(self, prompts: Sequence[Prompt], replies: Sequence[str]) -> list[float]:
        """How surprised the model is by each reply, in nats a token; for tasks that nobody can grade."""
        ...
