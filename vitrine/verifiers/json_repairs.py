"""Repair almost-JSON in an answer, and return it with the names of the repairs.

    repair_object("{nota: 5, troca: False,}", 0)
    ->  RepairedObject('{ "nota" : 5 , "troca" : false }', end=24, repairs=("bare keys", "Python literals", "trailing comma"))

Four repairs. Each leaves only one way to read the text:
  trailing comma    one comma after the last pair or item
  single quotes     'x' is a string; only an apostrophe between two letters or digits (d'água, Levi's) belongs to
                    it, so two strings with a missing comma between them are never read as one
  Python literals   True, False, None
  bare keys         {nota: 5}; bare values are not accepted, because their meaning would be a guess
Text between double quotes is never changed. Comments are not skipped, smart quotes are letters, and nothing is added: a
truncated object, a missing comma or quote, or a number like 01 stays invalid.

Why not a library: json_repair completes truncated text, adds commas, takes the second of two equal keys, and needs seconds
for 2,000 characters of "{'". json5 and pyjson5 do not accept True or d'água, accept NaN and 0x1F, and do not report repairs.
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
IN_SINGLE = re.compile(
    r"""\\(?:'|x([0-9a-fA-F]{2}))|(")|\\.""", re.DOTALL
)  # escapes that differ between single and double quotes


@dataclass(frozen=True)
class RepairedObject:
    text: str  # may still be invalid JSON: decoding shows it
    end: int  # of the object in the answer
    repairs: tuple[str, ...]


def repair_object(answer: str, start: int) -> RepairedObject | None:
    """Repair the object that opens at `start`; None if that is not possible."""
    tokens: list[str] = []  # joined by spaces, otherwise "1 2" would become 12
    repairs: dict[str, None] = {}
    place, depth = start, 0
    while token := TOKEN.match(answer, place):
        place, kind, written = token.end(), token.lastgroup, token[0].lstrip()
        if kind == "mark":
            depth += (written in "{[") - (written in "}]")
            if written in "}]" and tokens[-1:] == [","] and tokens[-2] not in ("{", "[", ",", ":"):
                tokens.pop()
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
        tokens.append(written)
        if depth == 0:
            return RepairedObject(" ".join(tokens), place, tuple(repairs))
    return None


def _escape(match: re.Match[str]) -> str:
    if match[2]:
        return '\\"'
    if match[1]:
        return f"\\u00{match[1]}"
    return "'" if match[0] == "\\'" else match[0]
