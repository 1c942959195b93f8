"""The numbers that a text cites, in Brazilian and English notation.

    find("O frete médio foi de R$ 1.234,5 em 2017-10; 12% atrasaram.")
    ->  [Number(value=1234.5, decimals=1, written="1.234,5"), Number(value=12.0, decimals=0, written="12")]

How a number is read:
  "1.234,56" and "1,234.56"   the last separator is the decimal one
  "12,5" and "12.5"           one separator with one, two or four or more digits after it is decimal
  "1.234" and "1,234"         exactly three digits after it, one to three before it: thousands, in either notation;
                              decimal after a leading zero ("0,123") or before a percent sign ("1,234%")
  "1,2 mil", "3 milhões"      1200 and 3000000, with the decimals they were rounded to: -2 and -6
  "-5", "−5"                  negative if no word or digit stands before the sign ("10-20" is a range)
  "12,5%"                     12.5: a percentage is the number that was written
Anything else made of digits and separators is read run by run ("10,20,30" is three numbers), so that nothing hides.

What is no citation: dates and times (2017-10, 05/10/2017, 10/2017, outubro de 2017, 14:30, 14h30), ordinals (1º, 2nd),
list markers at the start of a line (1. or 2)), digits inside a word (G7, an order's hash). A bare year is a number.
"""

import math
import re
from dataclasses import dataclass

MONTH = (
    "jan(?:eiro|uary)?|fev(?:ereiro)?|feb(?:ruary)?|mar(?:ço|co|ch)?|abr(?:il)?|apr(?:il)?|mai(?:o)?|may|jun(?:ho|e)?|jul(?:ho|y)?"
    "|ago(?:sto)?|aug(?:ust)?|set(?:embro)?|sep(?:tember)?|out(?:ubro)?|oct(?:ober)?|nov(?:embro|ember)?|dez(?:embro)?|dec(?:ember)?"
)
NOT_CITED = re.compile(
    rf"""
      ^[-*>\# \t]*\d{{1,2}}[.)](?=[ \t*])  # a list marker
    | (?<![\w.,])\d{{4}}-\d{{2}}(?:-\d{{2}})?(?:[T ]\d{{2}}:\d{{2}}(?::\d{{2}})?)?(?![\w-])
    | (?<![\w.,/])\d{{1,2}}/\d{{1,2}}/(?:\d{{4}}|\d{{2}})(?![\w/])
    | (?<![\w.,/])\d{{1,2}}/\d{{4}}(?![\w/])
    | (?<!\w)(?:\d{{1,2}}º?[ ]de[ ])?(?:{MONTH})(?:[ ]de[ ]|[ /.-])\d{{4}}(?!\w)
    | (?<!\w)\d{{1,2}}[ ]de[ ](?:{MONTH})(?!\w)
    | (?<![\w.,:])\d{{1,2}}(?::\d{{2}}){{1,2}}(?![\w:])
    | (?<![\w.,])\d{{1,2}}h(?:\d{{2}})?(?!\w)
    | (?<![\w.,])\d{{1,4}}(?:º|ª|°|st|nd|rd|th)(?!\w)
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
CITED = re.compile(
    r"(?:(?<![\w)])(?P<sign>[-−]))?(?:R\$\s?)?(?<!\w)(?P<digits>\d+(?:[.,]\d+)*)(?![^\W\d_]*\d)"
    r"(?P<percent>\s?%)?(?:\s?(?P<scale>mil|thousand|k|milh(?:ão|ao|ões|oes)|million|mi)(?!\w))?",
    re.IGNORECASE,
)
THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
MILLIONS = ("mi", "million", "milhão", "milhao", "milhões", "milhoes")


@dataclass(frozen=True)
class Number:
    value: float
    decimals: int  # as written: its last digit stands for 10 ** -decimals
    written: str


def find(text: str) -> list[Number]:
    """Every cited number, in the order of the text."""
    numbers = []
    for match in CITED.finditer(NOT_CITED.sub(" \n ", text)):
        zeros = 0 if match["scale"] is None else 6 if match["scale"].lower() in MILLIONS else 3
        for value, decimals, written in _read(match["digits"], percent=match["percent"] is not None):
            signed = -value if match["sign"] else value
            if math.isfinite(scaled := signed * 10.0**zeros):
                numbers.append(Number(scaled, decimals - zeros, written))
    return numbers


def _read(digits: str, *, percent: bool) -> list[tuple[float, int, str]]:
    separators = [character for character in digits if character in ".,"]
    if not separators:
        return [(float(digits), 0, digits)]
    last = separators[-1]
    whole, _, fraction = digits.rpartition(last)
    grouped = THOUSANDS.fullmatch(whole) is not None and last not in whole and len(set(separators)) == 2
    if grouped or (len(separators) == 1 and (percent or not THOUSANDS.fullmatch(digits))):
        return [(float(f"{whole.replace('.', '').replace(',', '')}.{fraction}"), len(fraction), digits)]
    if len(set(separators)) == 1 and THOUSANDS.fullmatch(digits):
        return [(float(digits.replace(last, "")), 0, digits)]
    return [(float(run), 0, run) for run in re.split("[.,]", digits)]
