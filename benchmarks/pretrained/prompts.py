"""Prompts for a base model without training: plain text, with or without worked examples ("shots").

    form = Form.of(train_rows)                     # what all prompts of the task begin with is written once, at the top
    form.text(prompt, shots)                       # "[SENTIMENTO] …\nAvaliação: …\nResposta: positivo, nota 5\n\nAvaliação: …"
    form.stops                                     # a reply ends where the next example would begin

A base model has seen texts and no chats, so its own format is a text in which one example follows another.
"""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.pretrained.rows import Row, in_order, prompt_of

ANSWER, BETWEEN = "\nResposta:", "\n\n"
DRAWS = ("random", "spread")


@dataclass(frozen=True)
class Form:
    top: str  # the lines that all prompts of the task share
    stops: tuple[str, ...]

    @classmethod
    def of(cls, train: Sequence[Row]) -> "Form":
        prompts = [prompt_of(row) for row in train]
        first, last = min(prompts), max(prompts)  # what these two share, all share
        same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
        shared = "".join(char for char, _ in same)
        top = shared[: shared.rfind("\n") + 1]
        first_word = prompts[0][len(top) :].partition(":")[0]
        return cls(top, (BETWEEN, ANSWER, f"\n{first_word}:"))

    def text(self, prompt: str, shots: Sequence[Row]) -> str:
        examples = (f"{self._own(prompt_of(shot))}{ANSWER} {shot['gold']}{BETWEEN}" for shot in shots)
        return f"{self.top}{''.join(examples)}{self._own(prompt)}{ANSWER}"

    def _own(self, prompt: str) -> str:
        return prompt.removeprefix(self.top)


def draw(train: Sequence[Row], count: int, *, how: str, seed: int) -> list[Row]:
    """`count` training rows: at random, or spread over the different gold replies (each once before any twice)."""
    rows = in_order(train, seed)
    if how == "spread":
        times: dict[str, int] = {}
        rank = []
        for row in rows:
            times[row["gold"]] = times.get(row["gold"], 0) + 1
            rank.append(times[row["gold"]])
        first_rounds = sorted(range(len(rows)), key=lambda place: rank[place])[:count]  # stable: in the drawn order
        rows = [rows[place] for place in first_rounds]
        random.Random(seed).shuffle(rows)
    return rows[:count]
