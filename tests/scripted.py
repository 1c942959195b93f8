"""An engine with scripted replies, for tests of code that uses an engine.

Scripted(lambda prompt: "positivo, nota 5").answer([user_message("Oi")], Sampling(max_tokens=16))
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vitrine.engines.engine import Answer, Prompt, Sampling


@dataclass(frozen=True)
class Scripted:
    script: Callable[[str], str]

    def answer(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Answer]]:
        texts = [self.script(prompt[-1]["content"]) for prompt in prompts]
        return [[Answer(text=t, tokens=len(t.split()), finished=True)] * sampling.samples for t in texts]

    def losses(self, prompts: Sequence[Prompt], replies: Sequence[str]) -> list[float]:
        return [0.0 for _ in prompts]
