"""Words of shop reports: names of each figure, phrases of plans and periods, and the business vocabulary.

    names(["pedidos", "receita"]).mentions(["receita", "de", "#"])   ->  the position of "receita"
    is_about_business("transportadora")   ->  True
    is_about_business("banana")           ->  False

The words are in `report_words.yaml`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from vitrine.verifiers import language
from vitrine.verifiers.claims import QuantityNames, phrase_pattern
from vitrine.verifiers.labels import normalize

FILE = Path(__file__).with_name("report_words.yaml")
PIECE = re.compile(r"\w+|[^\w\s]")
MAX_ENDING = 8  # letters after a stem; longer words are not inflections of it
FUNCTION_WORDS = frozenset(map(normalize, language.PORTUGUESE | language.EITHER)) | {"é"}


class Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    figures: Mapping[str, Mapping[str, tuple[str, ...]]]
    weak: tuple[str, ...]
    plans: tuple[str, ...]
    periods: tuple[str, ...]
    roughly: tuple[str, ...]
    business: str
    reporting: str


@cache
def words() -> Words:
    return Words.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


@lru_cache(maxsize=64)
def names(figures: tuple[str, ...]) -> QuantityNames:
    """The names of these figures and of the quantities derived from them. An unknown figure has its own name only."""
    by_figure = words().figures
    phrases: dict[str, Mapping[str, Sequence[str]]] = {name: by_figure[name] for name in DERIVED}
    for name in figures:
        phrases[name] = by_figure.get(name, {"any": [normalize(name.replace("_", " "))]})
    return QuantityNames(phrases, words().weak)


_PLACES = frozenset("em no na nos nas com por pelo pela para e ou".split())
_CONTRACTED = frozenset("do da dos das no na nos nas ao aos pelo pela pelos pelas".split())
NEVER_FOLLOWS: Mapping[str, frozenset[str]] = {  # small word: words that cannot follow it
    **dict.fromkeys("o a os as".split(), _PLACES),
    **dict.fromkeys(_CONTRACTED, _PLACES | _CONTRACTED | frozenset("o os as um uma de".split())),
    **dict.fromkeys("em por de".split(), _CONTRACTED | frozenset("e ou com o a os as".split())),
    **dict.fromkeys("com para".split(), _CONTRACTED | frozenset("e ou com".split())),
    **dict.fromkeys("um uma".split(), frozenset("no na nos nas pelo pela com".split())),
    **dict.fromkeys("e ou".split(), frozenset("e ou".split())),
}
DERIVED = ("pontualidade", "atrasados", "peso_do_frete")


@cache
def _phrases(kind: str) -> re.Pattern[str]:
    phrases: Sequence[str] = getattr(words(), kind)
    return re.compile(r"(?<!\S)(?:" + "|".join(map(phrase_pattern, phrases)) + r")(?!\S)")


def is_rough(before: Sequence[str]) -> bool:
    """Whether the words before a number mark it as approximate: "cerca de", "quase"."""
    return _phrases("roughly").search(" ".join(before)) is not None


def is_planned(before: Sequence[str]) -> bool:
    """Whether the words before a number make it a target or a bound: "reduzir para", "acima de"."""
    return _phrases("plans").search(" ".join(before)) is not None


def is_period(after: Sequence[str]) -> bool:
    """Whether the word after a number makes it a period or a number of instalments: "dias", "parcelas"."""
    return _phrases("periods").match(" ".join(after)) is not None


def word_order_errors(text: str) -> int:
    """The number of small-word pairs that are impossible in Portuguese: "a em", "por os", "na de"."""
    # accents are kept: Pará is not "para"
    return sum(pair[1] in NEVER_FOLLOWS.get(pair[0], ()) for pair in pairwise(PIECE.findall(text.casefold())))


@lru_cache(maxsize=16_384)
def is_about_business(word: str) -> bool:
    """Whether a word (lower case, no accents) is in the business vocabulary."""
    exact, stems = _vocabulary()
    return word in exact or any(word[:size] in stems for size in range(max(3, len(word) - MAX_ENDING), len(word) + 1))


@cache
def _vocabulary() -> tuple[frozenset[str], frozenset[str]]:
    """Exact words, and stems that any ending may follow."""
    vocabulary = f"{words().business} {words().reporting}".split()
    by_unit = [phrases for figure in words().figures.values() for phrases in figure.values()]
    figure_words = [word for phrases in by_unit for phrase in phrases for word in phrase.split()]
    vocabulary += [word for word in figure_words if len(word) > 3]
    exact = frozenset(word for word in vocabulary if not word.endswith("*"))
    return exact, frozenset(word[:-1] for word in vocabulary if word.endswith("*"))
