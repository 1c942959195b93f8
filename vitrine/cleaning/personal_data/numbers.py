"""Where the numbers of people stand in a text: CPF, CNPJ, cards, telephones, CEPs.

    text = "sou 529.982.247-25"
    list(cpf(text, zones(text)))     # [(4, 18)]

A number is believed for one of three reasons: only it is punctuated like that (a CPF's two dots and a hyphen), its check
digits are right, or the words before it name it. Another's name ("pedido", "EAN") takes the second reason away.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from vitrine.cleaning.personal_data.check_digits import is_card, is_cnpj, is_cpf
from vitrine.cleaning.personal_data.names import called, near

Place = tuple[int, int]


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
# Eight digits or more with little between them, and what may open or close a number.
ZONE = re.compile(rf"[+(\[]?\s?[0-9OoIl](?:[\s.,·/|\\_()\[\]xX{DASH}]{{0,4}}[0-9OoIl]){{7,}}")
NO_DIGIT = re.compile("[^0-9OoIl]+")
READ = str.maketrans("OoIl", "0011")  # what a scanner makes of digits


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
# 4003-0000 and 3003-0000 are call centres everywhere, nobody's own.
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
    """Where numbers can be: every other function here looks at one of these only."""
    return [Zone(*found.span(), len(NO_DIGIT.sub("", found[0]))) for found in ZONE.finditer(text)]


def cpf(text: str, zones: Sequence[Zone]) -> Iterator[Place]:
    def believed(found: re.Match[str]) -> bool:
        groups = found.group(1, 3, 5, 7)
        dots = [found[place].strip() for place in (2, 4, 6)]
        digits = "".join(groups).translate(READ)
        if not "".join(groups).isdigit():
            return dots[:2] == [".", "."] and is_cpf(digits)
        name = called(text, found.start())
        if _named(text, found.start(), "cpf") or (dots[:2] == [".", "."] and dots[2] not in (".", ",", "")):
            return True
        if dots == [".", ".", "."] and all(OCTET.fullmatch(group) for group in groups):  # an address in a network
            return False
        if name == "phone" and digits[2] == "9" and not any(dots):
            return False
        return is_cpf(digits) and dots[2] != "," and _free(text, found.start())

    return _places(text, zones, 11, [CPF], believed)


def cnpj(text: str, zones: Sequence[Zone]) -> Iterator[Place]:
    def believed(found: re.Match[str]) -> bool:
        if not is_cnpj("".join(found.group(1, 3, 5, 7, 9))):
            return False
        shaped = found[6].strip() in ("/", "\\", "|")
        return shaped or _named(text, found.start(), "cnpj") or _free(text, found.start())

    return _places(text, zones, 14, [CNPJ], believed)


def lettered_cnpj(text: str, _: Sequence[Zone]) -> Iterator[Place]:
    """Letters make no zone: the whole text is looked through."""

    def believed(found: re.Match[str]) -> bool:
        signs = re.sub("[^0-9A-Z]", "", found[0].upper())
        if not is_cnpj(signs) or _is_word(found[0][:8]):  # "novembro/2017 20"
            return False
        shaped = found.re is CNPJ_DOTTED and " " not in found[0][:8]
        return shaped or _free(text, found.start())

    return _places(text, [Zone(0, len(text), 14)], 14, [CNPJ_DOTTED, CNPJ_CODE], believed)


def _is_word(signs: str) -> bool:
    return signs.isalpha() and signs[1:].islower()


def card(text: str, zones: Sequence[Zone]) -> Iterator[Place]:
    def believed(found: re.Match[str]) -> bool:
        digits = re.sub("[^0-9]", "", found[0])
        if not is_card(digits):
            return False
        return called(text, found.start()) == "card" or (len(digits) != 13 and _free(text, found.start()))

    return _places(text, zones, 13, CARDS, believed)


def phone(text: str, zones: Sequence[Zone]) -> Iterator[Place]:
    def believed(found: re.Match[str]) -> bool:
        if found.re is ABROAD or called(text, found.start()) == "phone":
            return True
        if found.re is LOCAL or not _free(text, found.start()):
            return False
        mobile = len(re.sub("[^0-9]", "", found["exchange"])) == 5
        if mobile or found["open"] or "+" in (found["country"] or ""):
            return True
        years = YEARS.fullmatch(found["exchange"]) and YEARS.fullmatch(found["line"])
        return bool(found["gap"] and found["middle"]) and not years

    return _places(text, zones, 8, [PHONE, ABROAD, LOCAL], believed)


def cep(text: str, zones: Sequence[Zone]) -> Iterator[Place]:
    def believed(found: re.Match[str]) -> bool:
        return _named(text, found.start(), "cep") or (found.re is CEP and _free(text, found.start()))

    return _places(text, zones, 8, [CEP, CEP_NAMED], believed)


def _named(text: str, at: int, kind: str) -> bool:
    return kind in (called(text, at), near(text, at))


def _free(text: str, at: int) -> bool:
    """Whether no word before says that the number is something else: a code, an order, a price."""
    return near(text, at) not in ("code", "order") and called(text, at) != "code" and not MONEY.search(text, max(0, at - 3), at)


def _places(
    text: str, zones: Sequence[Zone], least: int, patterns: Sequence[re.Pattern[str]], believed: Callable[[re.Match[str]], bool]
) -> Iterator[Place]:
    """What these patterns match and is believed, in the zones with enough digits. Three signs more: what follows matters."""
    for zone in zones:
        if zone.digits >= least:
            for pattern in patterns:
                yield from (found.span() for found in pattern.finditer(text, zone.start, zone.end + 3) if believed(found))
