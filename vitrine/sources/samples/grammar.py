"""Phrases with choices: parsed once, then expanded at random.

    Phrase("[bom|ótimo] [preço|]").expand(random)      # "bom preço", "ótimo preço", "bom ", "ótimo "

Brackets hold alternatives and may be nested. `random` is a function that returns numbers in [0, 1).
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Random = Callable[[], float]
T = TypeVar("T")


def one_of(random: Random, options: Sequence[T]) -> T:
    """Draw one option with a single random number."""
    return options[int(random() * len(options))]


class Phrase:
    """A list of parts: a part is literal text or a choice, and a choice is a list of alternatives, each a list of parts."""

    def __init__(self, text: str) -> None:
        opened: list[list[list[Any]]] = [[[]]]  # the alternatives of each open choice, outermost first
        for token in re.split(r"([\[\]|])", text):
            if token == "[":
                opened.append([[]])
            elif token == "|" and len(opened) > 1:
                opened[-1].append([])
            else:
                part = opened.pop() if token == "]" else token
                opened[-1][-1].append(part)
        if len(opened) > 1:
            raise ValueError(f"unbalanced brackets in {text!r}")
        self.parts = opened[0][0]

    def expand(self, random: Random) -> str:
        return _expand(self.parts, random)


def _expand(parts: list[Any], random: Random) -> str:
    return "".join(part if isinstance(part, str) else _expand(one_of(random, part), random) for part in parts)


def phrases(text: str) -> list[Phrase]:
    """Parse one phrase per line."""
    return [Phrase(line.strip()) for line in text.strip().splitlines()]
