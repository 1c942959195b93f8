"""Where personal data stands in one text, and of which kind.

    spans("sou 529.982.247-25, ana@loja.com.br")     # [(4, 18, "cpf"), (20, 35, "email")]

The kinds are looked for in one order, and what is found is out of sight for those that follow, so that none eats a part of
another. All are looked for even if few are asked: the digits of a card are no telephone because nobody asked for cards.
"""

import re
from collections.abc import Callable, Container, Iterator, Sequence

from vitrine.cleaning.personal_data import numbers
from vitrine.cleaning.personal_data.addresses import ADDRESS
from vitrine.cleaning.personal_data.candidates import GROUPS
from vitrine.cleaning.personal_data.numbers import Place, Zone
from vitrine.cleaning.personal_data.written import BOLETO, DATE, ORDER_ID, ORDER_NAMED, PIX, emails

Finder = Callable[[str, Sequence[Zone]], Iterator[Place]]
HIDDEN = "\0"


def _all(pattern: re.Pattern[str]) -> Finder:
    return lambda text, zones: (found.span() for found in pattern.finditer(text))


# What is looked for, in this order, in texts with a candidate of the group. The kind "" is hidden from the rest and not told.
FINDERS: Sequence[tuple[str, str, Finder]] = (
    ("email", "mail", emails),
    ("pix", "key", _all(PIX)),
    ("order", "key", _all(ORDER_ID)),
    (
        "order",
        "order",
        lambda text, _: (found.span("code") for found in ORDER_NAMED.finditer(text) if not DATE.fullmatch(found["code"])),
    ),
    ("", "number", _all(BOLETO)),
    ("cnpj", "letters", numbers.lettered_cnpj),
    ("cnpj", "number", numbers.cnpj),
    ("card", "number", numbers.card),
    ("cpf", "number", numbers.cpf),
    ("phone", "number", numbers.phone),
    ("cep", "number", numbers.cep),
    ("address", "street", _all(ADDRESS)),
)


def spans(text: str, groups: Container[str] = GROUPS) -> list[tuple[int, int, str]]:
    """Every mention, in the order of the text; none overlaps another."""
    seen: list[tuple[int, int, str]] = []
    zones = numbers.zones(text) if "number" in groups else []
    taken = bytearray(len(text))
    for kind, group, find in FINDERS:
        if group not in groups:
            continue
        here = []
        for start, end in find(text, zones):
            if not any(taken[start:end]):
                here.append((start, end, kind))
                taken[start:end] = b"\1" * (end - start)
        text = _put(text, [(start, end, HIDDEN * (end - start)) for start, end, _ in sorted(here)])
        seen += here
    return sorted(span for span in seen if span[2])


def replaced(text: str, kinds: Container[str], groups: Container[str] = GROUPS) -> str:
    """`text` with a placeholder for every mention of these kinds, until there is none: to replace again changes nothing."""
    while found := [span for span in spans(text, groups) if span[2] in kinds]:
        text = _put(text, [(start, end, f"[{kind.upper()}]") for start, end, kind in found])
    return text


def _put(text: str, places: Sequence[tuple[int, int, str]]) -> str:
    """`text` with something else in these places, which are in order: written once, however many they are."""
    parts, done = [], 0
    for start, end, instead in places:
        parts += [text[done:start], instead]
        done = end
    return "".join([*parts, text[done:]])
