"""Checks whether a report names its subject (a slice of the shop), in any spelling, and which other subjects it names.

    named_share("beleza_saude em SP", "Beleza e saúde em São Paulo vendeu bem.")   ->  1.0
    named_share("beleza_saude em SP", "Beleza e saúde vendeu bem.")                ->  0.5
    other_subjects("SP em 03/2018", "Em março de 2018 o Rio de Janeiro …")           ->  {"RJ"}

A subject has one or two parts: a category, a state or a month. A state is named by code, name or demonym; a month by number or
name; a category by its words in any order, close together. A month without its year counts as half named.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from vitrine.verifiers.claims import phrase_pattern
from vitrine.verifiers.labels import normalize

FILE = Path(__file__).with_name("report_subjects.yaml")
MONTH = re.compile(r"(\d{1,2})/(\d{4})")
WORD = re.compile(r"[^\W_]+")
SMALL = frozenset("e de da do das dos em".split())
OPTIONAL = frozenset({"fashion"})  # a category may be named without these: "bolsas e acessórios"
MAX_GAP = 3  # extra words allowed between the words of a category
WITHOUT_YEAR = 0.5
CITIES = re.compile(r"(?<!\w)rio (?:branco|preto|claro|verde|negro|doce|das ostras|do sul|bonito)(?!\w)")  # not the state


class Subjects(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    states: Mapping[str, tuple[str, ...]]
    months: tuple[str, ...]
    categories: str


def parts(subject: str) -> list[str]:
    return subject.split(" em ")


def named_share(subject: str, report: str) -> float:
    """The share of the subject's parts that the report names."""
    subject_parts = parts(subject)
    return sum(_named(part, report) for part in subject_parts) / len(subject_parts)


def other_subjects(subject: str, text: str) -> set[str]:
    """States, months and categories that the text names and that do not belong to the subject."""
    own = parts(subject)
    mentioned = _states(text) | {_month(*month) for month in _months(text)}
    words = [word for word in WORD.findall(normalize(text)) if word not in SMALL]
    joined = " ".join(words)
    own_words = {word for part in own for word in WORD.findall(normalize(part))}
    for match in _categories().finditer(joined):
        if not {*match[0].split()} <= own_words:
            mentioned.add(match[0].replace(" ", "_"))
    months = [MONTH.fullmatch(part) for part in own]
    return mentioned - set(own) - {_month(int(month[1]), int(month[2])) for month in months if month}


@lru_cache(maxsize=4_096)
def subject_words(subject: str) -> frozenset[str]:
    """Words that may name this subject, or any state, month or category of Olist."""
    own = WORD.findall(normalize(subject.replace("_", " ")))
    return _words() | {form for word in own for form in (word, _stem(word), f"{word}s")}


@cache
def _words() -> frozenset[str]:
    names = [normalize(name).replace("*", "") for own in _data().states.values() for name in own]
    codes = map(normalize, _data().states)
    all_words = " ".join([*names, *codes, *_month_names(), normalize(_data().categories).replace("_", " ")]).split()
    return frozenset(form for word in all_words for form in (word, _stem(word)))


def _named(part: str, report: str) -> float:
    if match := MONTH.fullmatch(part):
        month, year = int(match[1]), int(match[2])
        if (month, year % 100) in _months(report):
            return 1.0
        alone = re.search(rf"(?<!\w){_month_names()[month - 1]}(?!\w)", normalize(report))
        return WITHOUT_YEAR if alone else 0.0
    if part in _data().states:
        return float(part in _states(report))
    return _category(part, report)


def _category(part: str, report: str) -> float:
    """The largest share of the category's words that occur close together in the report."""
    words = {_stem(word) for word in WORD.findall(normalize(part.replace("_", " "))) if word not in SMALL}
    required = words - OPTIONAL or words
    if not required:
        return 0.0
    text = [_stem(word) for word in WORD.findall(normalize(report))]
    best, reach = 0, 2 * len(required) + MAX_GAP
    positions = [position for position, word in enumerate(text) if word in required]
    for start, position in enumerate(positions):
        near = {text[other] for other in positions[start : start + reach] if other - position < reach}
        best = max(best, len(near))
    return best / len(required)


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


@lru_cache(maxsize=256)
def _states(text: str) -> set[str]:
    codes, names, of_name, accented = _state_names()
    states = set(codes.findall(text))
    states |= {of_name[(match.lastindex or 1) - 1] for match in names.finditer(CITIES.sub(" ", normalize(text)))}
    return states | {code for code, name in accented if name in WORD.findall(text.casefold())}


@lru_cache(maxsize=256)
def _months(text: str) -> set[tuple[int, int]]:
    """The months named, as (month, two-digit year)."""
    months = set()
    for match in _month_forms().finditer(normalize(text)):
        month = match["number"] or match["last"]
        number = int(month) if month else 1 + [name[:3] for name in _month_names()].index(match["name"][:3])
        months.add((number, int(match["year"] or match["after"] or match["first"]) % 100))
    return months


def _month(month: int, year: int) -> str:
    return f"{month:02d}/{2000 + year % 100}"


def _month_names() -> tuple[str, ...]:
    return _data().months


@cache
def _data() -> Subjects:
    return Subjects.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _state_names() -> tuple[re.Pattern[str], re.Pattern[str], list[str], list[tuple[str, str]]]:
    pairs = [(name, code) for code, own in _data().states.items() for name in own]
    accented = [(code, name) for name, code in pairs if not name.isascii()]
    plain_pairs = sorted(((name, code) for name, code in pairs if name.isascii()), key=lambda pair: -len(pair[0]))
    codes = re.compile(r"(?<!\w)(?:" + "|".join(_data().states) + r")(?!\w)")
    names = re.compile(r"(?<!\w)(?:" + "|".join(f"({phrase_pattern(name)})" for name, _ in plain_pairs) + r")(?!\w)")
    return codes, names, [code for _, code in plain_pairs], accented


@lru_cache(maxsize=1)
def _month_forms() -> re.Pattern[str]:
    name = "|".join(f"{full}|{full[:3]}" for full in _month_names())
    return re.compile(
        rf"(?<![\w/])(?:(?P<number>1[0-2]|0?[1-9])[/-](?P<year>20\d\d|[12]\d)"
        rf"|(?P<first>20\d\d)[/-](?P<last>1[0-2]|0[1-9])"
        rf"|(?P<name>{name})(?:[.]? de |[./ -]+)(?P<after>20\d\d|[12]\d))(?![\w/])"
    )


@lru_cache(maxsize=1)
def _categories() -> re.Pattern[str]:
    """Categories of more than one word. A single word ("livros") is too ambiguous."""
    names = [" ".join(word for word in name.split("_") if word not in SMALL) for name in _data().categories.split()]
    longest = sorted((name for name in names if " " in name), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(longest) + r")(?!\w)")
