"""Every pattern and every scanner that reads replies takes time in proportion to their length.

How a module uses a pattern is read from its source: `FENCE.fullmatch(…)`, and `re.split(",", …)` with the pattern in place. A
pattern that its module gives only short texts is tried with texts of that length (MAX_INPUT). tests/tasks/test_hostile.py tries
whole graders.
"""

import ast
import contextlib
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import vitrine.tasks
import vitrine.verifiers
from tests.verifiers.hostile import HOSTILE, LENGTH
from vitrine.errors import ParseError
from vitrine.tasks import churn, sql
from vitrine.verifiers import (
    json_object,
    labels,
    language,
    numbers,
    options,
    overlap,
    ranking,
    records,
    replies,
    tokens,
    values,
    values_pt,
)
from vitrine.verifiers.sql import outcome, sqlite_engine
from vitrine.verifiers.taxonomy import Taxonomy

MAX_SECONDS = 0.05  # processor time of a pattern for 100,000 characters
READER_MAX_SECONDS = 0.5  # of a function that reads a reply; it may use several patterns
TRIES = 3  # the best counts: a busy machine is slow sometimes, a pattern that is not linear always
METHODS = {"match", "fullmatch", "search", "findall", "finditer", "sub", "split"}
TREE = Taxonomy.from_paths([("Pets", "Cats"), ("Arts & Crafts", "Paper")])
POLARITIES = ("positivo", "neutro", "negativo")
# Patterns that are built from labels or a tree at run time, or called through another name.
BUILT = {
    "verifiers.values_pt.COMMA": (values_pt.COMMA, {"split"}),
    "verifiers.values_pt.JOINT": (values_pt.JOINT, {"split"}),
    "labels._label_pattern": (labels._label_pattern(POLARITIES)[0], {"finditer"}),
    "taxonomy._second_path": (TREE._second_path, {"search"}),
}
MAX_INPUT = {  # longest text that a module passes to a pattern
    "verifiers.language.SPELLED": language.MAX_WORD,
    "verifiers.numbers.NOT_CITED": replies.MAX_CHARS,
    "verifiers.numbers.CITED": replies.MAX_CHARS,
    "tasks.churn.CITED": churn.MAX_REASON_CHARS,
}
READERS: dict[str, Callable[[str], Any]] = {
    "answer_of": replies.answer_of,
    "json_object.find": json_object.find,
    "json_object.find_or_repair": json_object.find_or_repair,
    "records.find": records.find,
    "labels.find": lambda text: labels.find(text, POLARITIES),
    "labels.normalize": labels.normalize,
    "language.portuguese_score": language.portuguese_score,
    "numbers.find": numbers.find,
    "options.find": lambda text: options.find(text, ["A: good", "B: bad"]),
    "overlap.copied_share": lambda text: overlap.copied_share(text, text),
    "overlap.repeated_share": overlap.repeated_share,
    "overlap.rouge": lambda text: overlap.rouge("It is made of steel.", text),
    "ranking.find": lambda text: ranking.find(text, 3),
    "taxonomy.parse": TREE.parse,
    "tokens.match": lambda text: tokens.match("It is made of steel.", text),
    "tokens.grounded_share": lambda text: tokens.grounded_share(text, text),
    "tokens.first_words": lambda text: tokens.first_words(text, 300),
    "values.normalize": values.normalize,
    "values_pt.items": lambda text: values_pt.items("cor", text),
    "sql.extract_query": sql.extract_query,
    "sql.readable": outcome.check_readable,
    "sql.select_only": sqlite_engine.select_only,
}


def modules() -> Iterator[tuple[ModuleType, ast.Module]]:
    for package in (vitrine.verifiers, vitrine.tasks):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            yield module, ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))


def called(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield names with the methods that are called on them: ("FENCE", "sub")."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id, node.attr


def inline(module: ModuleType, tree: ast.Module) -> Iterator[tuple[re.Pattern[str], str]]:
    """Yield patterns that are written in place: `re.sub(r"\\W+", …)`, built from names of the module only."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=method), args=[made, *_]) if method in METHODS:
                code = compile(ast.Expression(made), str(module.__file__), "eval")
                yield re.compile(eval(code, dict(vars(module)))), method


def patterns() -> dict[str, tuple[re.Pattern[str], set[str]]]:
    patterns = dict(BUILT)
    for module, tree in modules():
        place = module.__name__.removeprefix("vitrine.")
        calls = list(called(tree))
        for name, value in vars(module).items():
            uses = {method for own, method in calls if own == name} & METHODS
            if isinstance(value, re.Pattern) and uses:
                patterns[f"{place}.{name}"] = value, uses
        patterns |= {f"{place}: {pattern.pattern}": (pattern, {method}) for pattern, method in inline(module, tree)}
    return patterns


PATTERNS = patterns()


def seconds(work: Callable[[], Any], limit: float = MAX_SECONDS) -> float:
    best = float("inf")
    for _ in range(TRIES):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
        if best < limit:
            break
    return best


def use(pattern: re.Pattern[str], method: str, text: str) -> None:
    if method in ("finditer", "findall"):
        for _ in pattern.finditer(text):
            pass
    elif method == "sub":
        pattern.sub("", text)
    else:
        getattr(pattern, method)(text)


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("length", [LENGTH // 2, pytest.param(2 * LENGTH, marks=pytest.mark.slow)])
def test_a_pattern_takes_linear_time(name, length):
    pattern, methods = PATTERNS[name]
    length = min(length, MAX_INPUT.get(name, length))
    slow = {
        f"{method} on {kind}": round(taken, 3)
        for kind, text in HOSTILE.items()
        for method in methods
        if (taken := seconds(lambda method=method, text=text: use(pattern, method, text[:length]))) >= MAX_SECONDS
    }
    assert slow == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_reader_takes_linear_time(name):
    def read(text: str) -> None:
        with contextlib.suppress(ParseError, outcome.Refused):
            READERS[name](text)

    taken = {kind: seconds(lambda text=text: read(text), READER_MAX_SECONDS) for kind, text in HOSTILE.items()}
    assert {kind: round(value, 3) for kind, value in taken.items() if value >= READER_MAX_SECONDS} == {}


def test_every_pattern_is_tested():
    assert MAX_INPUT.keys() <= PATTERNS.keys()
    assert len(PATTERNS) > 45
    unused = [
        f"{module.__name__}.{name}"
        for module, _ in modules()
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern) and f"{module.__name__.removeprefix('vitrine.')}.{name}" not in PATTERNS
    ]
    assert unused == []


def test_a_pattern_with_cubic_time_is_detected():
    fence = re.compile(r"\A```(?:sql)?\s+(.*?)\s*```\Z", re.DOTALL)  # cubic
    text = HOSTILE["a fence, blanks and no end"][:600]
    assert seconds(lambda: fence.sub("", text)) > MAX_SECONDS > seconds(lambda: use(sql.FENCE, "fullmatch", text))
