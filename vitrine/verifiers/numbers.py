"""Find the numbers in a text, in Brazilian and English notation.

    find("O frete médio foi de R$ 1.234,5 em 2017-10; 12% atrasaram.")
    ->  [Number(value=1234.5, decimals=1, written="1.234,5"), Number(value=12.0, decimals=0, written="12")]

Notations:
  "1.234,56" and "1,234.56"   the last separator is the decimal one
  "12,5" and "12.5"           one separator with 1, 2, 4 or more digits after it is decimal; ".5" is 0.5
  "1.234" and "1,234"         exactly three digits after it and one to three before it: thousands, in either notation;
                              decimal after a leading zero ("0,123"), before "milhão" ("1,015 milhão") or before
                              a percent sign ("1,234%", "1,234 por cento")
  "1 234,56"                  groups of three after no-break, narrow or thin spaces: thousands. A plain space separates numbers
  "1,2 mil", "3 milhões"      1200 and 3000000, with decimals -2 and -6 for their precision; the same for "5e3" and "5M"
  "-5", "−5", "–5"            negative if no letter or digit is before the sign ("10-20" is a range: two numbers)
  "12,5%"                     12.5: a percentage is not divided by 100
In any other text of digits and separators, each run of digits is a number ("10,20,30" is three numbers; so "1/2", phone numbers
and postal codes are several), so that no number can be hidden. Numbers in words are not read.

Not numbers: valid dates and times (2017-10, 2017/10, 05/10/2017, 05.10.2017, 10/2017, outubro de 2017, 14:30,
14h30; 87/2018 and 99:99 are numbers), ordinals (1º, 2nd), list markers at the start of a line (1. or 2), to 20), digits
inside a word (G7, an order id). A year alone is a number.
"""

import math
import re
from dataclasses import dataclass

from vitrine.verifiers.replies import INVISIBLE, MAX_CHARS

MONTH = (
    "jan(?:eiro|uary)?|fev(?:ereiro)?|feb(?:ruary)?|mar(?:ço|co|ch)?|abr(?:il)?|apr(?:il)?|mai(?:o)?|may|jun(?:ho|e)?|jul(?:ho|y)?"
    "|ago(?:sto)?|aug(?:ust)?|set(?:embro)?|sep(?:tember)?|out(?:ubro)?|oct(?:ober)?|nov(?:embro|ember)?|dez(?:embro)?|dec(?:ember)?"
)
YEAR, OF_YEAR, OF_MONTH = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
HOUR, SIXTY = r"(?:[01]?\d|2[0-4])", r"[0-5]\d"
NOT_CITED = re.compile(
    rf"""
      ^[-*>\# \t]*+(?:1?[1-9]|[12]0)[.)](?=[ \t*])  # a list marker
    | (?<!\w)(?=[\djfmasond])(?:  # a date or time begins with a digit or with the name of a month
      (?<![\w.,/]){YEAR}(?P<iso>[-/]){OF_YEAR}(?:(?P=iso){OF_MONTH})?(?:[T ]{HOUR}:{SIXTY}(?::{SIXTY})?)?(?![\w/-])
    | (?<![\w.,/-]){OF_MONTH}(?P<day>[/.-]){OF_YEAR}(?P=day){YEAR}(?![\w/-])
    | (?<![\w.,/-]){OF_MONTH}/{OF_YEAR}/\d{{2}}(?![\w/-]|[.,]\d)
    | (?<![\w.,/-]){OF_YEAR}[/-]{YEAR}(?![\w/-])
    | (?<!\w)(?:{OF_MONTH}º?[ ]de[ ])?(?:{MONTH})(?:[ ]de[ ]|[ .-]){YEAR}(?!\w)
    | (?<!\w)(?:{MONTH})/(?:{YEAR}|\d{{2}})(?!\w)
    | (?<![\w.,]){OF_MONTH}[ ]de[ ](?:{MONTH})(?!\w)
    | (?<![\w.,:]){HOUR}(?::{SIXTY}){{1,2}}h?(?![\w:])
    | (?<![\w.,]){HOUR}h(?:{SIXTY})?(?!\w)
    | (?<![\w.,])\d{{1,4}}(?:º|ª|°|st|nd|rd|th)(?!\w)
    )
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
CITED = re.compile(
    r"""
    (?=[-−–R.\d])(?:(?<![\w)])(?P<sign>[-−–]))?(?:R\$\s?)?
    (?P<digits>(?<![\w.,])\.\d+(?![.,]?\d)|(?<!\w)\d+(?:[.,]\d+)*)
    (?:e(?P<power>[+-]?\d{1,2})(?!\w)|(?![^\W\d_]*\d))
    (?P<percent>\s?(?:%|por\scento\b|per\s?cent\b))?
    (?:\s?(?P<scale>mil|milhar(?:es)?|thousand|k|milh(?:ão|ao|ões|oes)|million|mi|bilh(?:ão|ao|ões|oes)|billion|bi|(?-i:MM?))(?!\w))?
    """,
    re.VERBOSE | re.IGNORECASE,
)
THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
SPACED = re.compile(r"(?<![\w.,])[1-9]\d{0,2}(?:[\u00a0\u2009\u202f]\d{3})+(?!\w)")
SPACES = dict.fromkeys(map(ord, "\u00a0\u2009\u202f"))


@dataclass(frozen=True)
class Number:
    value: float
    decimals: int  # precision as written: the last digit counts 10 ** -decimals
    written: str


@dataclass(frozen=True)
class CitedNumber:
    """A number with its position in a `visible` text."""

    start: int
    end: int
    unit: str  # "R$", "%" or ""
    number: Number


def find(text: str) -> list[Number]:
    """Return all numbers, in the order of the text."""
    return [cited.number for cited in locate(visible(text))]


def visible(text: str) -> str:
    """Return the text as a reader sees it: no invisible characters, no spaces between groups of digits."""
    return SPACED.sub(lambda match: match[0].translate(SPACES), text[:MAX_CHARS].translate(INVISIBLE))


def locate(text: str) -> list[CitedNumber]:
    """Return all numbers of a `visible` text with position and unit."""
    cited = []
    for match in CITED.finditer(NOT_CITED.sub(_blank, text)):
        zeros = _zeros(match["scale"]) + int(match["power"] or 0)
        percent = match["percent"] is not None
        unit = "%" if percent else "R$" if "R$" in match[0].upper() else ""
        for value, decimals, written in _read(match["digits"], decimal=percent or _is_singular(match["scale"])):
            signed = -value if match["sign"] else value
            if math.isfinite(scaled := signed * 10.0**zeros):
                cited.append(CitedNumber(match.start(), match.end(), unit, Number(scaled, decimals - zeros, written)))
    return cited


def _blank(match: re.Match[str]) -> str:
    """A blank of the same length, so that positions stay the same. Its line break separates the texts on both sides."""
    return " \n".ljust(len(match[0]))


def _is_singular(scale: str | None) -> bool:
    """Whether the scale is a singular, as in "1,015 milhão", where the comma is decimal."""
    return scale is not None and scale.lower() in ("milhão", "milhao", "bilhão", "bilhao")


def _zeros(scale: str | None) -> int:
    """The power of ten of a scale word."""
    if scale is None:
        return 0
    word = scale.lower()
    return 3 if word in ("mil", "k", "thousand") or word.startswith("milhar") else 9 if word.startswith("bi") else 6


def _read(digits: str, *, decimal: bool) -> list[tuple[float, int, str]]:
    separators = [character for character in digits if character in ".,"]
    if not separators:
        return [(float(digits), 0, digits)]
    last = separators[-1]
    integer, _, fraction = digits.rpartition(last)
    grouped = THOUSANDS.fullmatch(integer) is not None and last not in integer and len(set(separators)) == 2
    if grouped or (len(separators) == 1 and (decimal or not THOUSANDS.fullmatch(digits))):
        return [(float(f"{integer.replace('.', '').replace(',', '')}.{fraction}"), len(fraction), digits)]
    if len(set(separators)) == 1 and THOUSANDS.fullmatch(digits):
        return [(float(digits.replace(last, "")), 0, digits)]
    return [(float(run), 0, run) for run in re.split("[.,]", digits)]
