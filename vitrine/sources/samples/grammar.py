"""A phrase with choices, read once and said in many ways.

    Phrase("[bom|ótimo] [preço|]").say(random)      # "bom preço", "ótimo preço", "bom ", "ótimo "

Brackets hold alternatives and may be nested. `random` is a function that gives numbers from 0 to 1.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Random = Callable[[], float]
T = TypeVar("T")


def one_of(random: Random, options: Sequence[T]) -> T:
    return options[int(random() * len(options))]


class Phrase:
    """Literal text and choices in turn; a choice is a list of alternatives, and each of those is made of parts again."""

    def __init__(self, text: str) -> None:
        opened: list[list[list[Any]]] = [[[]]]  # the alternatives of every choice that is open, the outermost first
        for sign in re.split(r"([\[\]|])", text):
            if sign == "[":
                opened.append([[]])
            elif sign == "|" and len(opened) > 1:
                opened[-1].append([])
            else:
                part = opened.pop() if sign == "]" else sign
                opened[-1][-1].append(part)
        if len(opened) > 1:
            raise ValueError(f"unbalanced brackets in {text!r}")
        self.parts = opened[0][0]

    def say(self, random: Random) -> str:
        return _said(self.parts, random)


def _said(parts: list[Any], random: Random) -> str:
    return "".join(part if isinstance(part, str) else _said(one_of(random, part), random) for part in parts)


def phrases(text: str) -> list[Phrase]:
    """One phrase a line."""
    return [Phrase(line.strip()) for line in text.strip().splitlines()]
