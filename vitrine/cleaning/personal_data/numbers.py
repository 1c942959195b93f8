"""Find people's numbers in a text: CPF, CNPJ, cards, telephones, CEPs.

    text = "sou 529.982.247-25"
    list(cpf(text, zones(text)))     # [(4, 18)]

A number is accepted for one of three reasons: its punctuation is unique (a CPF's two dots and a hyphen), its check digits are
right, or the words before it name it. If they name something else ("pedido", "EAN"), the check digits do not count.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from vitrine.cleaning.personal_data.check_digits import is_card, is_cnpj, is_cpf
from vitrine.cleaning.personal_data.names import named_directly, named_nearby

Span = tuple[int, int]


class Zone(NamedTuple):
    start: int
    end: int
    digits: int


DASH = r"\-‐‑‒–—−"
SEP = rf"\s?[.,·/|\\_{DASH}]?\s?"  # between the groups of a number, however it was typed
BEFORE = r"(?<![0-9])(?<![0-9][.,/\-])"
AFTER = rf"(?![0-9])(?![.,/{DASH}][0-9])"
WORD = rf"{BEFORE}(?:(?<!\w)|(?<=[cC][pP][fF])|(?<=[cC][nN][pP][jJ]))"
END = rf"{AFTER}(?!\w)"
CPF = re.compile(rf"{WORD}([0-9OoIl]{{3}})({SEP})([0-9OoIl]{{3}})({SEP})([0-9OoIl]{{3}})({SEP})([0-9OoIl]{{2}}){END}")
CNPJ = re.compile(rf"{WORD}([0-9]{{2}})({SEP})([0-9]{{3}})({SEP})([0-9]{{3}})({SEP})([0-9]{{4}})({SEP})([0-9]{{2}}){END}")
CNPJ_DOTTED = re.compile(
    rf"(?i)(?<![0-9A-Z])[0-9A-Z]{{2}}[.\s]?[0-9A-Z]{{3}}[.\s]?[0-9A-Z]{{3}}\s?/\s?[0-9A-Z]{{4}}\s?[{DASH}]?\s?[0-9]{{2}}{END}"
)
CNPJ_CODE = re.compile(rf"{WORD}(?=[0-9]*[A-Z])[0-9A-Z]{{12}}[0-9]{{2}}{END}")
# Eight digits or more with few other characters between them, and the brackets that may enclose a number.
ZONE = re.compile(rf"[+(\[]?\s?[0-9OoIl](?:[\s.,·/|\\_()\[\]xX{DASH}]{{0,4}}[0-9OoIl]){{7,}}")
NO_DIGIT = re.compile("[^0-9OoIl]+")
OCR_DIGITS = str.maketrans("OoIl", "0011")  # letters that a scanner may read for digits


def _card(*groups: int) -> re.Pattern[str]:
    return re.compile(rf"{WORD}" + rf"[\s./_{DASH}]{{0,3}}".join(f"[0-9]{{{count}}}" for count in groups) + END)


CARDS = [_card(*groups) for groups in ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 3), (4, 4, 4, 4, 3), (13,))]
AREA = "1[1-9]|2[12478]|3[1-578]|4[1-9]|5[1345]|6[1-9]|7[134579]|8[1-9]|9[1-9]"
PHONE = re.compile(
    rf"(?<![\w+])(?<![0-9][.,/{DASH}])(?P<country>(?:(?:\+|00)\s?)?55[\s.{DASH}]{{0,3}})?"
    rf"(?:(?P<open>[(\[])\s?0?(?:xx)?\s?(?:{AREA})\s?[)\]]|(?:0?\s?xx\s?|0\s?(?:[1-9][0-9]\s)?)?(?:{AREA})\)?)(?P<gap>[\s./{DASH}]{{0,3}})"
    rf"(?P<exchange>9[\s.{DASH}]?[0-9]{{4}}|[2-9][0-9]{{3}})(?P<middle>[\s.{DASH}]{{0,3}})(?P<line>[0-9]{{4}}){END}",
    re.IGNORECASE,
)
# 4003-0000 and 3003-0000 are call centres everywhere, not a person's number.
LOCAL = re.compile(rf"{WORD}(?!(?:400|300)[0-9])(?:9[\s.{DASH}]?[0-9]|[2-9])[0-9]{{3}}[\s.{DASH}]{{0,3}}[0-9]{{4}}{END}")
ABROAD = re.compile(
    rf"(?<![\w+])\+[1-9](?:[\s.{DASH}()]{{0,2}}[0-9]){{9,14}}{END}|(?<!\w)\([2-9][0-9]{{2}}\)\s?[2-9][0-9]{{2}}-[0-9]{{4}}{END}"
)
OCTET = re.compile("[1-9]?[0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]")
YEARS = re.compile(r"(?:19|20)[0-9]{2}")
CEP = re.compile(rf"{WORD}(?:[0-9]{{5}}|[0-9]{{2}}\.[0-9]{{3}})[{DASH}][0-9]{{3}}{END}")
CEP_NAMED = re.compile(rf"(?:{BEFORE}(?<!\w)|(?<=cep))[0-9]{{2}}[.\s]?[0-9]{{3}}\s?[.{DASH}]?\s?[0-9]{{3}}{END}", re.IGNORECASE)
MONEY = re.compile(r"[$€£]\s?$")


def zones(text: str) -> list[Zone]:
    """The parts of a text that may hold numbers. All other functions search only these."""
    return [Zone(*match.span(), len(NO_DIGIT.sub("", match[0]))) for match in ZONE.finditer(text)]


def cpf(text: str, zones: Sequence[Zone]) -> Iterator[Span]:
    def accepted(match: re.Match[str]) -> bool:
        groups = match.group(1, 3, 5, 7)
        dots = [match[place].strip() for place in (2, 4, 6)]
        digits = "".join(groups).translate(OCR_DIGITS)
        if not "".join(groups).isdigit():
            return dots[:2] == [".", "."] and is_cpf(digits)
        name = named_directly(text, match.start())
        if _named(text, match.start(), "cpf") or (dots[:2] == [".", "."] and dots[2] not in (".", ",", "")):
            return True
        if dots == [".", ".", "."] and all(OCTET.fullmatch(group) for group in groups):  # an address in a network
            return False
        if name == "phone" and digits[2] == "9" and not any(dots):
            return False
        return is_cpf(digits) and dots[2] != "," and _not_named_otherwise(text, match.start())

    return _accepted_spans(text, zones, 11, [CPF], accepted)


def cnpj(text: str, zones: Sequence[Zone]) -> Iterator[Span]:
    def accepted(match: re.Match[str]) -> bool:
        if not is_cnpj("".join(match.group(1, 3, 5, 7, 9))):
            return False
        shaped = match[6].strip() in ("/", "\\", "|")
        return shaped or _named(text, match.start(), "cnpj") or _not_named_otherwise(text, match.start())

    return _accepted_spans(text, zones, 14, [CNPJ], accepted)


def lettered_cnpj(text: str, _: Sequence[Zone]) -> Iterator[Span]:
    """Zones hold no letters, so this searches the whole text."""

    def accepted(match: re.Match[str]) -> bool:
        signs = re.sub("[^0-9A-Z]", "", match[0].upper())
        if not is_cnpj(signs) or _is_word(match[0][:8]):  # "novembro/2017 20"
            return False
        shaped = match.re is CNPJ_DOTTED and " " not in match[0][:8]
        return shaped or _not_named_otherwise(text, match.start())

    return _accepted_spans(text, [Zone(0, len(text), 14)], 14, [CNPJ_DOTTED, CNPJ_CODE], accepted)


def _is_word(signs: str) -> bool:
    return signs.isalpha() and signs[1:].islower()


def card(text: str, zones: Sequence[Zone]) -> Iterator[Span]:
    def accepted(match: re.Match[str]) -> bool:
        digits = re.sub("[^0-9]", "", match[0])
        if not is_card(digits):
            return False
        return named_directly(text, match.start()) == "card" or (len(digits) != 13 and _not_named_otherwise(text, match.start()))

    return _accepted_spans(text, zones, 13, CARDS, accepted)


def phone(text: str, zones: Sequence[Zone]) -> Iterator[Span]:
    def accepted(match: re.Match[str]) -> bool:
        if match.re is ABROAD or named_directly(text, match.start()) == "phone":
            return True
        if match.re is LOCAL or not _not_named_otherwise(text, match.start()):
            return False
        mobile = len(re.sub("[^0-9]", "", match["exchange"])) == 5
        if mobile or match["open"] or "+" in (match["country"] or ""):
            return True
        years = YEARS.fullmatch(match["exchange"]) and YEARS.fullmatch(match["line"])
        return bool(match["gap"] and match["middle"]) and not years

    return _accepted_spans(text, zones, 8, [PHONE, ABROAD, LOCAL], accepted)


def cep(text: str, zones: Sequence[Zone]) -> Iterator[Span]:
    def accepted(match: re.Match[str]) -> bool:
        return _named(text, match.start(), "cep") or (match.re is CEP and _not_named_otherwise(text, match.start()))

    return _accepted_spans(text, zones, 8, [CEP, CEP_NAMED], accepted)


def _named(text: str, at: int, kind: str) -> bool:
    return kind in (named_directly(text, at), named_nearby(text, at))


def _not_named_otherwise(text: str, at: int) -> bool:
    """Whether no word before the number names it as something else: a code, an order, a price."""
    return (
        named_nearby(text, at) not in ("code", "order")
        and named_directly(text, at) != "code"
        and not MONEY.search(text, max(0, at - 3), at)
    )


def _accepted_spans(
    text: str, zones: Sequence[Zone], least: int, patterns: Sequence[re.Pattern[str]], accepted: Callable[[re.Match[str]], bool]
) -> Iterator[Span]:
    """The accepted matches in zones with at least `least` digits. A match may see three characters beyond its zone."""
    for zone in zones:
        if zone.digits >= least:
            for pattern in patterns:
                yield from (match.span() for match in pattern.finditer(text, zone.start, zone.end + 3) if accepted(match))
