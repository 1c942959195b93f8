"""Prompts for a base model without training: plain text, with or without worked examples ("shots").

    form = Form.of(train_rows)                     # what all prompts of the task begin with is written once, at the top
    form.text(prompt, shots)                       # "[SENTIMENTO] …\nAvaliação: …\npositivo, nota 5\n\nAvaliação: …\n"
    form.stops                                     # a reply ends where the next example would begin

A base model has seen texts and no chats, so its own format is a text in which one example follows another. A reply has a line of
its own and begins without a blank, as in training: a pruned vocabulary may lack the pieces of replies that follow a blank.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.pretrained.rows import Row, in_order, prompt_of

BETWEEN = "\n\n"
CUES = ("", "Resposta:\n")  # before a reply; which one suits a task is chosen on validation prompts


@dataclass(frozen=True)
class Form:
    top: str  # the lines that all prompts of the task share
    stops: tuple[str, ...]
    cue: str = ""

    @classmethod
    def of(cls, train: Sequence[Row], cue: str = "") -> "Form":
        prompts = [prompt_of(row) for row in train]
        first, last = min(prompts), max(prompts)  # what these two share, all share
        same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
        shared = "".join(char for char, _ in same)
        top = shared[: shared.rfind("\n") + 1]
        first_word = prompts[0][len(top) :].partition(":")[0]
        again = [f"\n{top.split()[0]}"] if top.strip() else []  # a model that repeats the instruction has ended its reply
        return cls(top, (BETWEEN, f"\n{first_word}:", *again), cue)

    def text(self, prompt: str, shots: Sequence[Row]) -> str:
        examples = (f"{self._own(prompt_of(shot))}\n{self.cue}{shot['gold']}{BETWEEN}" for shot in shots)
        return f"{self.top}{''.join(examples)}{self._own(prompt)}\n{self.cue}"

    def _own(self, prompt: str) -> str:
        return prompt.removeprefix(self.top)


def draw(train: Sequence[Row], count: int, *, seed: int) -> list[Row]:
    """`count` training rows at random; more rows begin with the same ones."""
    return in_order(train, seed)[:count]
