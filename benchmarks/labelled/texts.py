"""Labelled marketplace texts for testing the personal-data detector: generated from a seed, in Portuguese and English.

    text, spans = next(texts(rows=1, seed=7, formats=KNOWN))
    spans      # [(12, 26, "cpf")]

Check digits are computed here, not by the detector's code. No real data: digits are random and e-mail names are words like
`cliente`. `KNOWN` holds the formats that the detector was developed with; the formats in `unseen.py` were written after it was
frozen.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Span = tuple[int, int, str]
Maker = Callable[[random.Random], str]
DDDS = (
    "11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38 41 42 43 44 45 46 47 48 49 51 53 54 55 61 62 63 64 65 66 "
    "67 68 69 71 73 74 75 77 79 81 82 83 84 85 86 87 88 89 91 92 93 94 95 96 97 98 99"
).split()
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Formats:
    """How each kind of personal data is written, texts that only resemble personal data, and the sentences around both."""

    kinds: Mapping[str, Sequence[Maker]]
    sentences: Mapping[str, Sequence[str]]  # each with one slot, {}
    named: Mapping[str, Sequence[Maker]] = field(default_factory=dict)  # formats that count as data only next to their name
    leads: Mapping[str, Sequence[str]] = field(default_factory=dict)  # what names them
    negatives: Sequence[Maker] = ()  # whole clauses
    fillers: Sequence[str] = ()  # clauses without any


def texts(rows: int, seed: int, formats: Formats) -> Iterator[tuple[str, list[Span]]]:
    """Texts of one to four clauses. About half hold personal data of one or more kinds, the others only resemble it."""
    rng = random.Random(seed)
    for _ in range(rows):
        clauses = [_positive(rng, formats) for _ in range(rng.choice([0, 0, 1, 1, 1, 2]))]
        if formats.negatives:
            clauses += [(rng.choice(formats.negatives)(rng), None) for _ in range(rng.choice([0, 1, 1]))]
        if formats.fillers:
            clauses += [(rng.choice(formats.fillers), None) for _ in range(rng.choice([0, 1, 1]) if clauses else 1)]
        rng.shuffle(clauses)
        yield _joined(rng, clauses)


def _positive(rng: random.Random, formats: Formats) -> tuple[str, Span]:
    kind = rng.choice(sorted(formats.kinds))
    if kind in formats.named and rng.random() < 0.3:
        lead, value = rng.choice(formats.leads[kind]), rng.choice(formats.named[kind])(rng)
    else:
        lead, value = rng.choice(formats.sentences[kind]), rng.choice(formats.kinds[kind])(rng)
    before, after = lead.split("{}")
    return before + value + after, (len(before), len(before) + len(value), kind)


def _joined(rng: random.Random, clauses: Sequence[tuple[str, Span | None]]) -> tuple[str, list[Span]]:
    text, spans = "", []
    for clause, span in clauses:
        text += rng.choice([". ", "; ", "\n", " - ", "! ", ", "]) if text else ""
        if span:
            spans.append((len(text) + span[0], len(text) + span[1], span[2]))
        text += clause
    return text + rng.choice(["", ".", "!", " "]), spans


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices("0123456789", k=count))


def cpf(rng: random.Random) -> str:
    """Eleven digits with valid check digits."""
    numbers = [rng.randrange(10) for _ in range(9)]
    for _ in range(2):
        total = sum(digit * (len(numbers) + 1 - place) for place, digit in enumerate(numbers))
        numbers.append(total * 10 % 11 % 10)
    return "".join(map(str, numbers))


def no_cpf(rng: random.Random) -> str:
    """Eleven digits with a wrong last digit."""
    right = cpf(rng)
    return right[:-1] + str((int(right[-1]) + rng.randrange(1, 10)) % 10)


def cnpj(rng: random.Random, letters: bool = False) -> str:
    """Fourteen characters with valid check digits. With letters: the format that Receita Federal issues from July 2026."""
    characters = "".join(rng.choices("0123456789" + (LETTERS if letters else ""), k=8)) + "0001"
    characters = "A" + characters[1:] if letters and characters.isdigit() else characters
    for _ in range(2):
        total = sum((ord(character) - 48) * (place % 8 + 2) for place, character in enumerate(reversed(characters)))
        characters += str(0 if total % 11 < 2 else 11 - total % 11)
    return characters


def luhn(first: str) -> str:
    """`first` and its Luhn check digit."""
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(first)))
    return first + str(-total % 10)


def card(rng: random.Random) -> str:
    """Visa, Mastercard or Elo: sixteen digits."""
    prefix = rng.choice(["4", "51", "52", "53", "54", "55", "2221", "2500", "2720", "636368", "504175", "650901", "606282"])
    return luhn(prefix + digits(rng, 15 - len(prefix)))


def ean(rng: random.Random, prefix: str = "789") -> str:
    first = prefix + digits(rng, 12 - len(prefix))
    return first + str(-sum(int(digit) * (1 + place % 2 * 2) for place, digit in enumerate(first)) % 10)


def mobile(rng: random.Random) -> tuple[str, str, str]:
    return rng.choice(DDDS), "9" + digits(rng, 4), digits(rng, 4)


def landline(rng: random.Random) -> tuple[str, str, str]:
    return rng.choice(DDDS), rng.choice("2345") + digits(rng, 3), digits(rng, 4)


def shaped(shape: str, make: Maker) -> Maker:
    """A maker that fills each `#` of a pattern with a character of `make`."""

    def fill(rng: random.Random) -> str:
        characters = iter(make(rng))
        return "".join(next(characters) if character == "#" else character for character in shape)

    return fill


def called(shape: str, make: Callable[[random.Random], tuple[str, str, str]]) -> Maker:
    """A maker of telephone numbers: `{0}` area, `{1}` exchange, `{2}` line, `{3}` the exchange without its first digit."""
    return lambda rng: (lambda parts: shape.format(*parts, parts[1][1:]))(make(rng))


def one_of(*choices: str) -> Maker:
    return lambda rng: rng.choice(choices)


def put(template: str, **makers: Maker) -> Maker:
    return lambda rng: template.format(**{name: make(rng) for name, make in makers.items()})


def number(low: int, high: int) -> Maker:
    return lambda rng: str(rng.randint(low, high))


def run(count: int) -> Maker:
    return lambda rng: digits(rng, count)


def hexadecimal(count: int) -> Maker:
    return lambda rng: "".join(rng.choices("0123456789abcdef", k=count))
