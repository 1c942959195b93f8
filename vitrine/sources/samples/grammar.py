"""A phrase with choices, read once and said in many ways.

    Phrase("[bom|ótimo] [preço|]").say(random)      # "bom preço", "ótimo preço", "bom ", "ótimo "

Brackets hold alternatives and may be nested. `random` is a function that gives numbers from 0 to 1.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

Random = Callable[[], float]
T = TypeVar("T")


def one_of(random: Random, options: Sequence[T]) -> T:
    return options[int(random() * len(options))]


class Phrase:
    """Literal text and choices in turn."""

    def __init__(self, text: str) -> None:
        self.parts: list[str | list[Phrase]] = []
        depth, begin, bars = 0, 0, [0]
        for at, letter in enumerate(text):
            if letter == "[":
                if depth == 0:
                    self.parts.append(text[begin:at])
                    bars = [at]
                depth += 1
            elif letter == "|" and depth == 1:
                bars.append(at)
            elif letter == "]":
                depth -= 1
                if depth == 0:
                    cuts = [*bars, at]
                    self.parts.append([Phrase(text[a + 1 : b]) for a, b in pairwise(cuts)])
                    begin = at + 1
        if depth:
            raise ValueError(f"unbalanced brackets in {text!r}")
        self.parts.append(text[begin:])

    def say(self, random: Random) -> str:
        return "".join(part if isinstance(part, str) else one_of(random, part).say(random) for part in self.parts)


def phrases(text: str) -> list[Phrase]:
    """One phrase a line."""
    return [Phrase(line.strip()) for line in text.strip().splitlines()]
