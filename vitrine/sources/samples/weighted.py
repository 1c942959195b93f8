"""A grammar whose choices are drawn by weight, read from YAML.

    grammar = Grammar({"greeting": "bom dia\\nolá [a todos|]"}, words={}, weights={"greeting": "3 1 1 1"})
    grammar.say("greeting", random)      # "bom dia" three times in four

Each line of a symbol is an alternative. Brackets hold alternatives and may be nested; `<name>` is another symbol or a list of
words. A symbol's weights belong to its lines and then to its brackets, in the order in which they open. A symbol without
weights draws evenly. `words` holds words with their counts, and a word is drawn by its count.
"""

import re
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from vitrine.sources.samples.grammar import Phrase, Random

CAP = 6  # in a long list a word's count beyond this does not make it likelier: clauses hold the common words already
LONG_LIST = 50  # words
REFERENCE = re.compile(r"<(\w+)>")


class Choice:
    """Alternatives, each a list of literal texts and further choices."""

    def __init__(self) -> None:
        self.options: list[list[Any]] = []
        self.sums: list[float] = []

    def weigh(self, weights: list[float]) -> None:
        self.sums = list(accumulate(weights))

    @property
    def weights(self) -> list[float]:
        return [after - before for before, after in zip([0.0, *self.sums], self.sums, strict=False)]


class Grammar:
    def __init__(self, rules: Mapping[str, str], words: Mapping[str, str], weights: Mapping[str, str]) -> None:
        self._rules = {name: Choice() for name in (*rules, *words)}
        self.choices: dict[str, list[Choice]] = {}  # of each symbol, its lines first: what weights are fitted to
        for name, lines in rules.items():
            self._read(name, lines, weights.get(name))
        for name, counted in words.items():
            parts = counted.split()
            self._rules[name].options = [[word] for word in parts[::2]]
            cap = CAP if len(parts) // 2 > LONG_LIST else float("inf")
            self._rules[name].weigh([min(float(count), cap) for count in parts[1::2]])

    def _read(self, name: str, lines: str, weights: str | None) -> None:
        choices = [self._rules[name]]
        texts = [line.strip() for line in lines.strip().splitlines()]
        choices[0].options = [list(self._parts(Phrase(text).parts, choices)) for text in texts]
        given = [float(weight) for weight in weights.split()] if weights else [1.0] * sum(len(c.options) for c in choices)
        if len(given) != sum(len(choice.options) for choice in choices):
            raise ValueError(f"the symbol {name} has other alternatives than it has weights; fit them again")
        for choice in choices:
            count = len(choice.options)
            choice.weigh(given[:count])
            given = given[count:]
        self.choices[name] = choices

    def _parts(self, parts: list[Any], choices: list[Choice]) -> Iterator[Any]:
        for part in parts:
            if isinstance(part, str):
                for place, text in enumerate(REFERENCE.split(part)):
                    if place % 2:
                        yield self._rules[text]
                    elif text:
                        yield text
            else:
                choice = Choice()
                choices.append(choice)
                choice.options = [list(self._parts(option, choices)) for option in part]
                yield choice

    def say(self, symbol: str, random: Random, seen: Callable[[Choice, int], None] | None = None) -> str:
        """One text of `symbol`; `seen` is told which alternative of which choice was drawn."""
        said: list[str] = []
        _say(self._rules[symbol], random, said, seen)
        return "".join(said)


def _say(choice: Choice, random: Random, said: list[str], seen: Callable[[Choice, int], None] | None) -> None:
    which = bisect(choice.sums, random() * choice.sums[-1])
    if seen:
        seen(choice, which)
    for part in choice.options[which]:
        if type(part) is str:
            said.append(part)
        else:
            _say(part, random, said, seen)
