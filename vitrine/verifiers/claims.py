"""What a Portuguese text claims of named quantities: each number with the quantity whose name it stands by.

    names = QuantityNames({"pedidos": {"count": ["pedido*"]}, "frete": {"amount": ["frete*"]}}, weak=[])
    read("Foram 132 pedidos, com frete de R$ 21,90. Não houve 140 pedidos.", names)
    ->  two sentences; claims: 132 of ("pedidos",), 21.9 of ("frete",), and 140 of ("pedidos",), denied

A name is a phrase without accents; a star stands for any ending. A name takes numbers of its units only: "R$ 21,90" is never a
number of orders. Of the names in its sentence a number takes the nearest: words, commas, "e" and other numbers in between make it
farther. A name goes to one number, and to a second one only if that has no other: "quase 10 mil pedidos (9.840)".
So a row of all names around a number is no better than one wrong name. "Pedidos e receita somaram 132 e R$ 18450,
respectivamente" goes in the order of the names.

Nothing here knows the right values: a number that stands nearer to a wrong name is a wrong claim, whatever it equals.
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
FARTHER = {",": 3.0, "e": 3.0, NUMBER: 8.0, ":": 0.0, "(": 5.0, ")": 5.0, "?": 0.5}  # how far apart what stands between puts two
BEHIND = 0.5  # a name behind its number is that much farther: where both are as near, the one before has it
WEAK = 6.0
FARTHEST = 22.0
RESPECTIVELY = "respectivamente"
BETWEEN = frozenset([",", "e", "de", "em", "por", "para", ":", "reais"])  # what parts the numbers of such a list
NEIGHBOURS = 8  # names on either side that are looked at


@dataclass(frozen=True)
class Claim:
    number: Number
    unit: str
    names: tuple[str, ...]  # the quantities that it may be a number of; none: it stands by no name
    denied: bool
    place: int  # among the tokens of its sentence


@dataclass(frozen=True)
class Sentence:
    text: str  # as it was written
    tokens: tuple[str, ...]  # words without case and accents ("é" keeps its own), signs, and "#" for each number
    named: frozenset[int]  # the tokens that are part of a name
    claims: tuple[Claim, ...]


@dataclass
class _Mention:
    first: int
    last: int
    names: Mapping[str, tuple[str, ...]]  # by unit
    weak: bool
    claimed: bool = False


@dataclass
class _Words:
    tokens: list[str] = field(default_factory=list)
    cited: dict[int, numbers.CitedNumber] = field(default_factory=dict)
    start: int | None = None
    end: int = 0

    def add(self, token: str, start: int, end: int) -> None:
        self.start, self.end = start if self.start is None else self.start, end
        self.tokens.append(token)


class QuantityNames:
    """The phrases that quantities go by, with the units of their numbers."""

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
        self._pattern = re.compile(r"(?<!\S)(?:" + "|".join(f"({phrase_pattern(phrase)})" for phrase in self._phrases) + r")(?!\S)")

    def mentions(self, tokens: Sequence[str]) -> list[_Mention]:
        text, ends = " ".join(tokens), list(accumulate(len(token) + 1 for token in tokens))
        starts = {end - len(token) - 1: place for place, (token, end) in enumerate(zip(tokens, ends, strict=True))}
        found = []
        for match in self._pattern.finditer(text):
            phrase = self._phrases[(match.lastindex or 1) - 1]
            first = starts[match.start()]
            found.append(_Mention(first, first + phrase.count(" "), self._units[phrase], phrase in self._weak))
        return found


def phrase_pattern(phrase: str) -> str:
    """The regular expression of a phrase, in words that are parted by single blanks."""
    return " ".join(re.escape(word.rstrip("*")) + (r"[^\W\d_]*" if word.endswith("*") else "") for word in phrase.split(" "))


def read(text: str, names: QuantityNames) -> list[Sentence]:
    """The sentences of a text with what each claims. Lists have a sentence a line, and at every semicolon."""
    seen = numbers.visible(text)
    found, words = [], _Words()
    cited = numbers.locate(seen)
    tokens = [(match.start(), match.end(), match[0], None) for match in TOKEN.finditer(seen)]
    inside = _inside([(one.start, one.end) for one in cited], tokens)
    marked = [(one.start, one.end, NUMBER, one) for one in cited]
    for start, end, token, number in sorted([*inside, *marked], key=lambda one: one[0]):
        if token in ENDS:
            found += _sentence(seen, words, names)
            words = _Words()
            continue
        if number is not None:
            words.cited[len(words.tokens)] = number
        words.add(NUMBER if number is not None else _word(token), start, end)
    return found + _sentence(seen, words, names)


def _word(token: str) -> str:
    """Without case and accents, but for "é": it is not "e"."""
    return "é" if token in ("é", "É") else normalize(token)


def _inside(taken: list[tuple[int, int]], tokens: list[tuple[int, int, str, None]]) -> list[tuple[int, int, str, None]]:
    """The tokens that are no part of a number."""
    kept, place = [], 0
    for token in tokens:
        while place < len(taken) and taken[place][1] <= token[0]:
            place += 1
        if place == len(taken) or token[1] <= taken[place][0]:
            kept.append(token)
    return kept


def _sentence(seen: str, words: _Words, names: QuantityNames) -> list[Sentence]:
    if words.start is None:
        return []
    tokens = words.tokens
    mentions = names.mentions(tokens)
    owners = _bind(tokens, words.cited, mentions)
    named = frozenset(place for mention in mentions for place in range(mention.first, mention.last + 1))
    spans = {place: (owner.first, owner.last) for place, owner in owners.items()}
    told = [place for place, one in sorted(words.cited.items()) if one.number.value != 0]  # "nenhum atraso (0%)" denies no zero
    denied = negation.denied(tokens, told, spans, named)
    false = negation.says_false(tokens)
    claims = []
    for place, one in sorted(words.cited.items()):
        unit, owner = _unit(one, tokens, place), owners.get(place)
        names_of = owner.names[unit] if owner else ()
        claims.append(Claim(one.number, unit, names_of, false or place in denied, place))
    return [Sentence(seen[words.start : words.end], tuple(tokens), named, tuple(claims))]


def _unit(cited: numbers.CitedNumber, tokens: Sequence[str], place: int) -> str:
    behind = tokens[place + 1] if place + 1 < len(tokens) else ""
    return cited.unit or ("R$" if behind in ("reais", "real") else "")


def _bind(tokens: Sequence[str], cited: Mapping[int, numbers.CitedNumber], mentions: list[_Mention]) -> dict[int, _Mention]:
    """The mention that each number takes: the nearest pairs first, each mention once."""
    far = [0.0, *accumulate(FARTHER.get(token, 1.0) for token in tokens)]
    by_unit = {unit: [mention for mention in mentions if unit in mention.names] for unit in UNITS["any"]}
    firsts = {unit: [mention.first for mention in own] for unit, own in by_unit.items()}
    pairs = []
    for place, one in cited.items():
        unit = _unit(one, tokens, place)
        at = bisect_left(firsts[unit], place)
        for mention in by_unit[unit][max(0, at - NEIGHBOURS) : at + NEIGHBOURS]:
            ahead = mention.last < place
            gap = far[place] - far[mention.last + 1] if ahead else far[mention.first] - far[place + 1] + BEHIND
            cost = gap + WEAK * mention.weak
            if cost <= FARTHEST:
                pairs.append((cost, place, mention.first, mention))
    owners = _in_order(tokens, cited, mentions)
    pairs.sort(key=lambda pair: pair[:3])
    for again in (False, True):
        for _, place, _, mention in pairs:
            if place not in owners and (again or not mention.claimed):
                owners[place], mention.claimed = mention, True
    return owners


def _in_order(tokens: Sequence[str], cited: Mapping[int, numbers.CitedNumber], mentions: Sequence[_Mention]) -> dict[int, _Mention]:
    """The mentions of numbers that a sentence lists "respectivamente", in the order of the names before them."""
    if RESPECTIVELY not in tokens:
        return {}
    at = tokens.index(RESPECTIVELY)  # of several in a sentence the first
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
    """The places of the numbers from `start` on that only commas and small words part."""
    found, at = [], start + step
    while 0 <= at < len(tokens) and (tokens[at] == NUMBER or tokens[at] in BETWEEN):
        if tokens[at] == NUMBER:
            found.append(at)
        at += step
    return found
