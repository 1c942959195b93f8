"""A baseline for attributes without a neural network: the longest value of the training listings that the text states.

    baseline = LongestMatch(training_examples)      # examples of the task `atributos`
    baseline.predict(example)                       # {"marca": ["Atlas"], "cor": ["Branco", "Preto"], "voltagem": []}

Values are looked up by product type and attribute. A value that names several things matches if the text states all of them; of
values of one length the more frequent one is taken. `most_common` does not read: it gives each type's most frequent values.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from vitrine.tasks.atributos import record
from vitrine.verifiers.values import normalize

Example = Mapping[str, Any]
Items = tuple[str, ...]
Key = tuple[str, str]


class LongestMatch:
    def __init__(self, examples: Iterable[Example]) -> None:
        counts: dict[Key, Counter[Items]] = defaultdict(Counter)
        for example in examples:
            for name, items in record(example).items():
                if items:
                    counts[example["type"], name][tuple(items)] += 1
        self._ranked: dict[Key, list[tuple[Items, list[tuple[str, re.Pattern[str]]]]]] = {}
        self._common: dict[Key, Items] = {}
        for key, values in counts.items():
            self._common[key] = min((-count, items) for items, count in values.items())[1]
            ranked = [items for _, _, items in sorted((-sum(map(len, items)), -count, items) for items, count in values.items())]
            self._ranked[key] = [(items, [_pattern(item) for item in items]) for items in ranked]

    def predict(self, example: Example) -> dict[str, list[str]]:
        text = normalize(f"{example['title']} {example['description'] or ''}")
        return {name: list(self._find((example["type"], name), text)) for name in example["attributes"]}

    def most_common(self, example: Example) -> dict[str, list[str]]:
        return {name: list(self._common.get((example["type"], name), ())) for name in example["attributes"]}

    def _find(self, key: Key, text: str) -> Items:
        matches = (
            items
            for items, patterns in self._ranked.get(key, ())
            if all(form in text and pattern.search(text) for form, pattern in patterns)
        )
        return next(matches, ())


def _pattern(item: str) -> tuple[str, re.Pattern[str]]:
    """The normalized item, and the pattern that finds it as a whole number or word: normalized texts read `fogao4bocas`."""
    form = normalize(item)
    before = r"(?<![\d.,])" if form[0].isdigit() else r"(?<![^\W\d])"
    after = r"(?!\d)" if form[-1].isdigit() else r"(?![^\W\d])"
    return form, re.compile(f"{before}{re.escape(form)}{after}")
