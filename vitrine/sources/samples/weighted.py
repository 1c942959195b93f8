"""A grammar with weighted choices, read from YAML.

    grammar = Grammar({"greeting": "bom dia\\nolá [a todos|]"}, words={}, weights={"greeting": "3 1 1 1"})
    grammar.expand("greeting", random)   # "bom dia" in three of four draws

Each line of a symbol is an alternative. Brackets hold alternatives and may be nested; `<name>` refers to a symbol or a list of
words. The weights of a symbol are those of its lines, then those of its brackets in opening order. Without weights, all
alternatives are equally likely. `words` holds lists of words with counts; a word is drawn in proportion to its count.
"""

import re
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from vitrine.sources.samples.grammar import Phrase, Random

MAX_COUNT = 6  # in a long list, higher counts are cut to this: common words already occur in the clauses
LONG_LIST = 50  # words; only longer lists are capped
REFERENCE = re.compile(r"<(\w+)>")


class Choice:
    """Weighted alternatives; each is a list of literal texts and further choices."""

    def __init__(self) -> None:
        self.options: list[list[Any]] = []
        self.cumulative: list[float] = []

    def set_weights(self, weights: list[float]) -> None:
        self.cumulative = list(accumulate(weights))

    @property
    def weights(self) -> list[float]:
        return [after - before for before, after in zip([0.0, *self.cumulative], self.cumulative, strict=False)]


class Grammar:
    def __init__(self, rules: Mapping[str, str], words: Mapping[str, str], weights: Mapping[str, str]) -> None:
        self._rules = {name: Choice() for name in (*rules, *words)}
        self.choices: dict[str, list[Choice]] = {}  # of each symbol, its lines first; weights are fitted to these
        for name, lines in rules.items():
            self._read(name, lines, weights.get(name))
        for name, counts in words.items():
            parts = counts.split()
            self._rules[name].options = [[word] for word in parts[::2]]
            cap = MAX_COUNT if len(parts) // 2 > LONG_LIST else float("inf")
            self._rules[name].set_weights([min(float(count), cap) for count in parts[1::2]])

    def _read(self, name: str, lines: str, weights: str | None) -> None:
        choices = [self._rules[name]]
        texts = [line.strip() for line in lines.strip().splitlines()]
        choices[0].options = [list(self._parts(Phrase(text).parts, choices)) for text in texts]
        given = [float(weight) for weight in weights.split()] if weights else [1.0] * sum(len(c.options) for c in choices)
        if len(given) != sum(len(choice.options) for choice in choices):
            raise ValueError(
                f"the symbol {name} has {sum(len(c.options) for c in choices)} alternatives but {len(given)} weights; fit again"
            )
        for choice in choices:
            count = len(choice.options)
            choice.set_weights(given[:count])
            given = given[count:]
        self.choices[name] = choices

    def _parts(self, parts: list[Any], choices: list[Choice]) -> Iterator[Any]:
        for part in parts:
            if isinstance(part, str):
                for index, text in enumerate(REFERENCE.split(part)):
                    if index % 2:
                        yield self._rules[text]
                    elif text:
                        yield text
            else:
                choice = Choice()
                choices.append(choice)
                choice.options = [list(self._parts(option, choices)) for option in part]
                yield choice

    def expand(self, symbol: str, random: Random, on_draw: Callable[[Choice, int], None] | None = None) -> str:
        """Draw one text of `symbol`; `on_draw(choice, index)` is called for each drawn alternative."""
        texts: list[str] = []
        _expand(self._rules[symbol], random, texts, on_draw)
        return "".join(texts)


def _expand(choice: Choice, random: Random, texts: list[str], on_draw: Callable[[Choice, int], None] | None) -> None:
    index = bisect(choice.cumulative, random() * choice.cumulative[-1])
    if on_draw:
        on_draw(choice, index)
    for part in choice.options[index]:
        if type(part) is str:
            texts.append(part)
        else:
            _expand(part, random, texts, on_draw)
