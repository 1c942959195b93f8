"""Read the claims of a Portuguese text about named quantities: each number with the quantity whose name is next to it.

    names = QuantityNames({"pedidos": {"count": ["pedido*"]}, "frete": {"amount": ["frete*"]}}, weak=[])
    read("Foram 132 pedidos, com frete de R$ 21,90. Não houve 140 pedidos.", names)
    ->  two sentences; claims: 132 of ("pedidos",), 21.9 of ("frete",), and 140 of ("pedidos",), denied

A name is a phrase without accents; a star matches any ending. A name only takes numbers with its units: "R$ 21,90" is never a
number of orders. A number belongs to the nearest name in its sentence; words, commas, "e" and other numbers in between add to
the distance. A name takes one number, and a second one only if that number has no other name: "quase 10 mil pedidos (9.840)".
So listing all names around a number gains nothing over one wrong name. With "respectivamente", numbers belong to names in
order: "Pedidos e receita somaram 132 e R$ 18450, respectivamente".

This module does not know the right values: a number that is nearer to a wrong name is a wrong claim, even if it equals a fact.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from vitrine.verifiers import negation, numbers
from vitrine.verifiers.labels import normalize
from vitrine.verifiers.negation import NUMBER
from vitrine.verifiers.numbers import Number

UNITS = {"count": ("",), "money": ("R$",), "amount": ("R$", ""), "percent": ("%",), "rate": ("%", ""), "any": ("", "R$", "%")}
TOKEN = re.compile(r"[^\W\d_]+|[.;!?\n,:()]")
ENDS = frozenset(".;!\n")
DISTANCE = {",": 3.0, "e": 3.0, NUMBER: 8.0, ":": 0.0, "(": 5.0, ")": 5.0, "?": 0.5}  # that a token adds; others add 1
AFTER_NUMBER = 0.5  # added for a name after its number: at equal distance, the name before the number wins
WEAK_PENALTY = 6.0  # added for a weak name
MAX_DISTANCE = 22.0
RESPECTIVELY = "respectivamente"
BETWEEN = frozenset([",", "e", "de", "em", "por", "para", ":", "reais"])  # tokens between the numbers of such a list
NEIGHBOURS = 8  # names on each side of a number that are considered


@dataclass(frozen=True)
class Claim:
    number: Number
    unit: str
    names: tuple[str, ...]  # the quantities that the number may belong to; empty: no name is near
    denied: bool
    place: int  # index of its token in the sentence


@dataclass(frozen=True)
class Sentence:
    text: str  # as written
    tokens: tuple[str, ...]  # normalized words (but "é" keeps its accent), punctuation, and "#" for each number
    named: frozenset[int]  # indices of tokens that are part of a name
    claims: tuple[Claim, ...]


@dataclass
class _Mention:
    first: int
    last: int
    names: Mapping[str, tuple[str, ...]]  # by unit
    weak: bool
    claimed: bool = False


@dataclass
class _Draft:
    tokens: list[str] = field(default_factory=list)
    cited: dict[int, numbers.CitedNumber] = field(default_factory=dict)
    start: int | None = None
    end: int = 0

    def add(self, token: str, start: int, end: int) -> None:
        self.start, self.end = start if self.start is None else self.start, end
        self.tokens.append(token)


class QuantityNames:
    """The names of quantities (phrases), with the units of their numbers."""

    def __init__(self, phrases: Mapping[str, Mapping[str, Sequence[str]]], weak: Sequence[str]) -> None:
        self._units: dict[str, dict[str, tuple[str, ...]]] = {}
        for name, by_kind in phrases.items():
            for kind, own in by_kind.items():
                for phrase in own:
                    units = self._units.setdefault(phrase, {})
                    for unit in UNITS[kind]:
                        units[unit] = (*units.get(unit, ()), name)
        self._weak = frozenset(weak)
        self._phrases = sorted(self._units, key=lambda phrase: (-phrase.count(" "), -len(phrase.rstrip("*")), phrase))
        self._pattern = re.compile(
            r"(?<!\S)(?:" + "|".join(f"({phrase_pattern(phrase)})" for phrase in self._phrases) + r")(?!\S)"
        )

    def mentions(self, tokens: Sequence[str]) -> list[_Mention]:
        text, ends = " ".join(tokens), list(accumulate(len(token) + 1 for token in tokens))
        starts = {end - len(token) - 1: place for place, (token, end) in enumerate(zip(tokens, ends, strict=True))}
        mentions = []
        for match in self._pattern.finditer(text):
            phrase = self._phrases[(match.lastindex or 1) - 1]
            first = starts[match.start()]
            mentions.append(_Mention(first, first + phrase.count(" "), self._units[phrase], phrase in self._weak))
        return mentions


def phrase_pattern(phrase: str) -> str:
    """The regular expression of a phrase, for words separated by single blanks."""
    return " ".join(re.escape(word.rstrip("*")) + (r"[^\W\d_]*" if word.endswith("*") else "") for word in phrase.split(" "))


def read(text: str, names: QuantityNames) -> list[Sentence]:
    """Split a text into sentences with their claims. In lists, each line is a sentence, and a semicolon ends one."""
    visible = numbers.visible(text)
    sentences, draft = [], _Draft()
    cited = numbers.locate(visible)
    tokens = [(match.start(), match.end(), match[0], None) for match in TOKEN.finditer(visible)]
    outside = _outside([(number.start, number.end) for number in cited], tokens)
    marked = [(number.start, number.end, NUMBER, number) for number in cited]
    for start, end, token, number in sorted([*outside, *marked], key=lambda token: token[0]):
        if token in ENDS:
            sentences += _sentence(visible, draft, names)
            draft = _Draft()
            continue
        if number is not None:
            draft.cited[len(draft.tokens)] = number
        draft.add(NUMBER if number is not None else _word(token), start, end)
    return sentences + _sentence(visible, draft, names)


def _word(token: str) -> str:
    """Normalize a word, but keep "é", which is another word than "e"."""
    return "é" if token in ("é", "É") else normalize(token)


def _outside(spans: list[tuple[int, int]], tokens: list[tuple[int, int, str, None]]) -> list[tuple[int, int, str, None]]:
    """The tokens that are not part of a number."""
    kept, place = [], 0
    for token in tokens:
        while place < len(spans) and spans[place][1] <= token[0]:
            place += 1
        if place == len(spans) or token[1] <= spans[place][0]:
            kept.append(token)
    return kept


def _sentence(visible: str, draft: _Draft, names: QuantityNames) -> list[Sentence]:
    if draft.start is None:
        return []
    tokens = draft.tokens
    mentions = names.mentions(tokens)
    owners = _bind(tokens, draft.cited, mentions)
    named = frozenset(place for mention in mentions for place in range(mention.first, mention.last + 1))
    spans = {place: (owner.first, owner.last) for place, owner in owners.items()}
    nonzero = [
        place for place, cited in sorted(draft.cited.items()) if cited.number.value != 0
    ]  # "nenhum atraso (0%)" denies no 0
    denied = negation.denied(tokens, nonzero, spans, named)
    false = negation.says_false(tokens)
    claims = []
    for place, cited in sorted(draft.cited.items()):
        unit, owner = _unit(cited, tokens, place), owners.get(place)
        names_of = owner.names[unit] if owner else ()
        claims.append(Claim(cited.number, unit, names_of, false or place in denied, place))
    return [Sentence(visible[draft.start : draft.end], tuple(tokens), named, tuple(claims))]


def _unit(cited: numbers.CitedNumber, tokens: Sequence[str], place: int) -> str:
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    return cited.unit or ("R$" if following in ("reais", "real") else "")


def _bind(tokens: Sequence[str], cited: Mapping[int, numbers.CitedNumber], mentions: list[_Mention]) -> dict[int, _Mention]:
    """The mention of each number: nearest pairs first; a mention takes a second number only if that has no other."""
    position = [0.0, *accumulate(DISTANCE.get(token, 1.0) for token in tokens)]
    by_unit = {unit: [mention for mention in mentions if unit in mention.names] for unit in UNITS["any"]}
    firsts = {unit: [mention.first for mention in own] for unit, own in by_unit.items()}
    pairs = []
    for place, number in cited.items():
        unit = _unit(number, tokens, place)
        at = bisect_left(firsts[unit], place)
        for mention in by_unit[unit][max(0, at - NEIGHBOURS) : at + NEIGHBOURS]:
            before = mention.last < place
            gap = (
                position[place] - position[mention.last + 1]
                if before
                else position[mention.first] - position[place + 1] + AFTER_NUMBER
            )
            cost = gap + WEAK_PENALTY * mention.weak
            if cost <= MAX_DISTANCE:
                pairs.append((cost, place, mention.first, mention))
    owners = _in_order(tokens, cited, mentions)
    pairs.sort(key=lambda pair: pair[:3])
    for second_round in (False, True):
        for _, place, _, mention in pairs:
            if place not in owners and (second_round or not mention.claimed):
                owners[place], mention.claimed = mention, True
    return owners


def _in_order(
    tokens: Sequence[str], cited: Mapping[int, numbers.CitedNumber], mentions: Sequence[_Mention]
) -> dict[int, _Mention]:
    """In a sentence with "respectivamente": the numbers of the list belong to the names before them, in order."""
    if RESPECTIVELY not in tokens:
        return {}
    at = tokens.index(RESPECTIVELY)  # the first, if there are several
    places = _run(tokens, at, -1)[::-1] or _run(tokens, at, 1)
    before = [mention for mention in mentions if places and mention.last < places[0] and not mention.weak][-len(places) :]
    if len(places) < 2 or len(before) < len(places):
        return {}
    owners = dict(zip(places, before, strict=True))
    if any(_unit(cited[place], tokens, place) not in owner.names for place, owner in owners.items()):
        return {}
    for owner in before:
        owner.claimed = True
    return owners


def _run(tokens: Sequence[str], start: int, step: int) -> list[int]:
    """The places of the numbers from `start` on that are separated by commas and small words only."""
    places, at = [], start + step
    while 0 <= at < len(tokens) and (tokens[at] == NUMBER or tokens[at] in BETWEEN):
        if tokens[at] == NUMBER:
            places.append(at)
        at += step
    return places
