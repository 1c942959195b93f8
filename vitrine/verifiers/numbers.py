"""The numbers that a text cites, in Brazilian and English notation.

    find("O frete médio foi de R$ 1.234,5 em 2017-10; 12% atrasaram.")
    ->  [Number(value=1234.5, decimals=1, written="1.234,5"), Number(value=12.0, decimals=0, written="12")]

How a number is read:
  "1.234,56" and "1,234.56"   the last separator is the decimal one
  "12,5" and "12.5"           one separator with one, two or four or more digits after it is decimal; ".5" is a half
  "1.234" and "1,234"         exactly three digits after it, one to three before it: thousands, in either notation;
                              decimal after a leading zero ("0,123"), before "milhão" ("1,015 milhão") or before
                              a percent sign ("1,234%", "1,234 por cento")
  "1 234,56"                  groups of three behind no-break, narrow or thin spaces: thousands. A plain space parts two numbers
  "1,2 mil", "3 milhões"      1200 and 3000000, with the decimals they were rounded to: -2 and -6; "5e3" and "5M" likewise
  "-5", "−5", "–5"            negative if no word or digit stands before the sign ("10-20" is a range: two numbers)
  "12,5%"                     12.5: a percentage is the number that was written
Anything else made of digits and separators is read run by run ("10,20,30" is three numbers, "1/2", a phone or a postal code
as many as it has runs), so that nothing hides. Numbers in words are not read.

What is no citation: dates and times that there are (2017-10, 2017/10, 05/10/2017, 05.10.2017, 10/2017, outubro de 2017, 14:30,
14h30; 87/2018 and 99:99 are numbers), ordinals (1º, 2nd), list markers at the start of a line (1. or 2), to 20), digits
inside a word (G7, an order's hash). A bare year is a number.
"""

import math
import re
from dataclasses import dataclass

from vitrine.verifiers.replies import MAX_CHARS, INVISIBLE

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
    decimals: int  # as written: its last digit stands for 10 ** -decimals
    written: str


@dataclass(frozen=True)
class CitedNumber:
    """A number and where it stands in `visible` text."""

    start: int
    end: int
    unit: str  # "R$", "%" or ""
    number: Number


def find(text: str) -> list[Number]:
    """Every cited number, in the order of the text."""
    return [cited.number for cited in locate(visible(text))]


def visible(text: str) -> str:
    """The text as a reader sees it: without invisible characters, and without spaces between groups of digits."""
    return SPACED.sub(lambda match: match[0].translate(SPACES), text[:MAX_CHARS].translate(INVISIBLE))


def locate(seen: str) -> list[CitedNumber]:
    """Every cited number of a `visible` text, with its place and unit."""
    found = []
    for match in CITED.finditer(NOT_CITED.sub(_blank, seen)):
        zeros = _zeros(match["scale"]) + int(match["power"] or 0)
        percent = match["percent"] is not None
        unit = "%" if percent else "R$" if "R$" in match[0].upper() else ""
        for value, decimals, written in _read(match["digits"], decimal=percent or _one(match["scale"])):
            signed = -value if match["sign"] else value
            if math.isfinite(scaled := signed * 10.0**zeros):
                found.append(CitedNumber(match.start(), match.end(), unit, Number(scaled, decimals - zeros, written)))
    return found


def _blank(match: re.Match[str]) -> str:
    """As long as what it replaces, so that places stay the same. The line break keeps what stands around it apart."""
    return " \n".ljust(len(match[0]))


def _one(scale: str | None) -> bool:
    """Whether the scale is a singular: "1,015 milhão" is a little more than one."""
    return scale is not None and scale.lower() in ("milhão", "milhao", "bilhão", "bilhao")


def _zeros(scale: str | None) -> int:
    if scale is None:
        return 0
    word = scale.lower()
    return 3 if word in ("mil", "k", "thousand") or word.startswith("milhar") else 9 if word.startswith("bi") else 6


def _read(digits: str, *, decimal: bool) -> list[tuple[float, int, str]]:
    separators = [character for character in digits if character in ".,"]
    if not separators:
        return [(float(digits), 0, digits)]
    last = separators[-1]
    whole, _, fraction = digits.rpartition(last)
    grouped = THOUSANDS.fullmatch(whole) is not None and last not in whole and len(set(separators)) == 2
    if grouped or (len(separators) == 1 and (decimal or not THOUSANDS.fullmatch(digits))):
        return [(float(f"{whole.replace('.', '').replace(',', '')}.{fraction}"), len(fraction), digits)]
    if len(set(separators)) == 1 and THOUSANDS.fullmatch(digits):
        return [(float(digits.replace(last, "")), 0, digits)]
    return [(float(run), 0, run) for run in re.split("[.,]", digits)]
