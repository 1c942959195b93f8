"""Find personal data in one text: start, end and kind of each mention.

    spans("sou 529.982.247-25, ana@loja.com.br")     # [(4, 18, "cpf"), (20, 35, "email")]

The kinds are searched in a fixed order, and a match is hidden from the kinds that follow, so that matches do not overlap. All
kinds are searched even if few are to be replaced: the digits of a card are no telephone number, also if cards are not replaced.
"""

import re
from collections.abc import Callable, Container, Iterator, Sequence

from vitrine.cleaning.personal_data import numbers
from vitrine.cleaning.personal_data.addresses import ADDRESS
from vitrine.cleaning.personal_data.candidates import GROUPS
from vitrine.cleaning.personal_data.numbers import Span, Zone
from vitrine.cleaning.personal_data.written import BOLETO, DATE, ORDER_ID, ORDER_NAMED, PIX, emails

Finder = Callable[[str, Sequence[Zone]], Iterator[Span]]
HIDDEN = "\0"


def _all(pattern: re.Pattern[str]) -> Finder:
    return lambda text, zones: (match.span() for match in pattern.finditer(text))


# (kind, group, finder), in the order of the search; a finder runs on texts with a candidate of its group. Matches of the kind ""
# are hidden from the others and not returned.
FINDERS: Sequence[tuple[str, str, Finder]] = (
    ("email", "mail", emails),
    ("pix", "key", _all(PIX)),
    ("order", "key", _all(ORDER_ID)),
    (
        "order",
        "order",
        lambda text, _: (match.span("code") for match in ORDER_NAMED.finditer(text) if not DATE.fullmatch(match["code"])),
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
    """Every mention, in the order of the text, without overlaps."""
    mentions: list[tuple[int, int, str]] = []
    zones = numbers.zones(text) if "number" in groups else []
    taken = bytearray(len(text))
    for kind, group, find in FINDERS:
        if group not in groups:
            continue
        new = []
        for start, end in find(text, zones):
            if not any(taken[start:end]):
                new.append((start, end, kind))
                taken[start:end] = b"\1" * (end - start)
        text = _replace(text, [(start, end, HIDDEN * (end - start)) for start, end, _ in sorted(new)])
        mentions += new
    return sorted(span for span in mentions if span[2])


def redact_text(text: str, kinds: Container[str], groups: Container[str] = GROUPS) -> str:
    """`text` with a placeholder for every mention of these kinds, repeated until no mention is left."""
    while mentions := [span for span in spans(text, groups) if span[2] in kinds]:
        text = _replace(text, [(start, end, f"[{kind.upper()}]") for start, end, kind in mentions])
    return text


def _replace(text: str, replacements: Sequence[tuple[int, int, str]]) -> str:
    """`text` with these replacements (start, end, text), which are in order."""
    parts, done = [], 0
    for start, end, instead in replacements:
        parts += [text[done:start], instead]
        done = end
    return "".join([*parts, text[done:]])
