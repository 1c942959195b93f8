"""The words of reports on a shop: how each figure is named, what plans look like, which words are about business.

    names(["pedidos", "receita"]).mentions(["receita", "de", "#"])   ->  where "receita" stands
    is_about_business("transportadora")   ->  True
    is_about_business("banana")           ->  False

They stand in `report_words.yaml`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from vitrine.verifiers import language
from vitrine.verifiers.claims import QuantityNames
from vitrine.verifiers.labels import normalize

FILE = Path(__file__).with_name("report_words.yaml")
PIECE = re.compile(r"\w+|[^\w\s]")
LONGEST_ENDING = 8  # letters behind a stem: longer words only begin alike
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
    """The names of these figures and of what follows from them. A figure that is not known goes by its own name only."""
    known = words().figures
    found: dict[str, Mapping[str, Sequence[str]]] = {name: known[name] for name in DERIVED}
    for name in figures:
        found[name] = known.get(name, {"any": [normalize(name.replace("_", " "))]})
    return QuantityNames(found, words().weak)


_PLACES = frozenset("em no na nos nas com por pelo pela para e ou".split())
_CONTRACTED = frozenset("do da dos das no na nos nas ao aos pelo pela pelos pelas".split())
NEVER: Mapping[str, frozenset[str]] = {  # what cannot stand behind a small word
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
    return re.compile(r"(?<!\S)(?:" + "|".join(map(pattern, phrases)) + r")(?!\S)")


def is_rough(before: Sequence[str]) -> bool:
    """Whether the words before a number say that it is about right: "cerca de", "quase"."""
    return _phrases("roughly").search(" ".join(before)) is not None


def is_planned(before: Sequence[str]) -> bool:
    """Whether the words before a number make it an aim or a bound: "reduzir para", "acima de"."""
    return _phrases("plans").search(" ".join(before)) is not None


def is_period(behind: Sequence[str]) -> bool:
    """Whether the word behind a number makes it a time or a count of instalments: "dias", "parcelas"."""
    return _phrases("periods").match(" ".join(behind)) is not None


def word_order_errors(text: str) -> int:
    """How many small words of a text stand before one that Portuguese never puts there: "a em", "por os", "na de"."""
    # with accents: Pará is not "para"
    return sum(pair[1] in NEVER.get(pair[0], ()) for pair in pairwise(PIECE.findall(text.casefold())))


@lru_cache(maxsize=16_384)
def is_about_business(word: str) -> bool:
    """Whether a word without case and accents belongs to the vocabulary."""
    exact, stems = _vocabulary()
    return word in exact or any(word[:size] in stems for size in range(max(3, len(word) - LONGEST_ENDING), len(word) + 1))


@cache
def _vocabulary() -> tuple[frozenset[str], frozenset[str]]:
    found = f"{words().business} {words().reporting}".split()
    named = [
        word for phrases in words().figures.values() for own in phrases.values() for phrase in own for word in phrase.split()
    ]
    found += [word for word in named if len(word) > 3]
    return frozenset(word for word in found if not word.endswith("*")), frozenset(
        word[:-1] for word in found if word.endswith("*")
    )
