"""What stands in an answer where JSON was meant, written as JSON, with the names of the repairs that it took.

    repair_object("{nota: 5, troca: False,}", 0)
    ->  RepairedObject(text='{ "nota" : 5 , "troca" : false }', end=24, repairs=("bare keys", "Python literals", "trailing comma"))

Four repairs, each of which leaves one way to read what was written:
  trailing comma    one comma after the last pair or item
  single quotes     'x' is a string; an apostrophe between two letters or digits (d'água, Levi's) belongs to it and no
                    other does, so that two strings with a comma forgotten between them are never read as one
  Python literals   True, False, None
  bare keys         {nota: 5}; a bare value is a word that somebody has to guess at, and is not read
What stands between double quotes is never touched. Comments are not skipped (an answer is no place to think), smart quotes
are letters, and nothing is invented: what breaks off, lacks a comma or a quote, or counts in 01 stays broken.

Why not a library: json_repair closes what breaks off, adds commas, takes the second of two equal keys, and needs seconds for
two thousand characters of "{'"; json5 and pyjson5 do not read True or d'água, read NaN and 0x1F, and do not say what they did.
"""

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""
    \s*+(?:
      (?P<double> "(?:[^"\\]|\\.)*" )
    | (?P<single> '(?:[^'\\]|\\.|(?<=\w)'(?=\w))*(?:(?<!\w)'|'(?!\w)) )
    | (?P<number> -?\d[\d.eE+-]*+ )
    | (?P<word> [^\W\d]\w*+ ) (?P<key> (?=\s*+:) )?
    | (?P<mark> [{}\[\],:] )
    )
    """,
    re.VERBOSE | re.DOTALL,
)
PYTHON = {"True": "true", "False": "false", "None": "null"}
JSON_WORDS = {"true", "false", "null"}
IN_SINGLE = re.compile(r"""\\(?:'|x([0-9a-fA-F]{2}))|(")|\\.""", re.DOTALL)  # what single and double quotes write differently


@dataclass(frozen=True)
class RepairedObject:
    text: str  # JSON, if the pieces were in order: whoever decodes it finds out
    end: int  # where it ends in the answer
    repairs: tuple[str, ...]


def repair_object(answer: str, start: int) -> RepairedObject | None:
    """The object that opens at `start`; None where no repair leads to one."""
    pieces: list[str] = []  # joined by spaces, or "1 2" would become 12
    repairs: dict[str, None] = {}
    place, depth = start, 0
    while token := TOKEN.match(answer, place):
        place, kind, written = token.end(), token.lastgroup, token[0].lstrip()
        if kind == "mark":
            depth += (written in "{[") - (written in "}]")
            if written in "}]" and pieces[-1:] == [","] and pieces[-2] not in ("{", "[", ",", ":"):
                pieces.pop()
                repairs["trailing comma"] = None
        elif kind == "single":
            written = f'"{IN_SINGLE.sub(_escape, written[1:-1])}"'
            repairs["single quotes"] = None
        elif kind == "key":
            written = f'"{token["word"]}"'
            repairs["bare keys"] = None
        elif kind == "word" and written not in JSON_WORDS:
            if written not in PYTHON:
                return None
            written = PYTHON[written]
            repairs["Python literals"] = None
        pieces.append(written)
        if depth == 0:
            return RepairedObject(" ".join(pieces), place, tuple(repairs))
    return None


def _escape(found: re.Match[str]) -> str:
    if found[2]:
        return '\\"'
    if found[1]:
        return f"\\u00{found[1]}"
    return "'" if found[0] == "\\'" else found[0]
