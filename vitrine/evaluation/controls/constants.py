"""Replies that are the same for every prompt: the majority or template reply, and candidates for the best constant one.

majority(["B", "A", "B"])                                     ->  Constant("B", "most frequent gold reply")
majority(['{"a": 5, "b": 1}', '{"a": 5, "b": 0}', '{"a": 1, "b": 0}'])
                                        ->  Constant('{"a": 5, "b": 0}', "most frequent value of each field")
best(task, candidates(golds, {"sft": answers}), facts)        # the candidate that earns most on prompts with these facts

The best constant is chosen in rounds: every candidate answers a few prompts, and the leaders answer more.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from vitrine.tasks.task import Facts, Task, grade_batch

GOLDS = 32  # gold replies that are tried
ANSWERS = 16  # answers of each model that are tried
ROUNDS = ((8, 8), (32, 3), (128, 1))  # so many prompts, and so many candidates that stay
CENTRAL = 500  # gold replies among which the most central one is looked for


class Constant(NamedTuple):
    """A reply and how it was found."""

    reply: str
    how: str


def majority(golds: Sequence[str]) -> Constant | None:
    """The most frequent gold reply; of JSON objects the most frequent value of each field; of replies that never repeat the
    most central one. None without gold replies."""
    if not golds:
        return None
    objects = [found for gold in golds if (found := _object(gold)) is not None]
    if len(objects) == len(golds):
        return Constant(_by_field(objects), "most frequent value of each field")
    (reply, count), *_ = _counted(golds)
    if count > 1:
        return Constant(reply, "most frequent gold reply")
    return Constant(_central([reply for reply, _ in _counted(golds)[:CENTRAL]]), "most central gold reply")


def candidates(golds: Sequence[str], answers: Mapping[str, Sequence[str]]) -> list[Constant]:
    """The most frequent gold replies of the training split and the most frequent answers of each model, each reply once."""
    found: dict[str, str] = {}
    if template := majority(golds):
        found[template.reply] = template.how
    for reply, _ in _counted(golds)[:GOLDS]:
        found.setdefault(reply, "gold reply")
    for model, replies in answers.items():
        for reply, _ in _counted(replies)[:ANSWERS]:
            found.setdefault(reply, f"answer of {model}")
    return [Constant(reply, how) for reply, how in found.items()]


def best(task: Task, tried: Sequence[Constant], facts: Sequence[Facts]) -> Constant:
    """The candidate that earns most on prompts with these facts, of equal ones the first."""
    left = list(tried)
    for prompts, stay in ROUNDS:
        some = facts[:prompts]
        earned = iter(grade_batch(task, [(one.reply, known) for one in left for known in some]))
        means = {one: fmean(next(earned).score for _ in some) for one in left}
        left = sorted(left, key=lambda one: -means[one])[:stay]
    return left[0]


def _counted(replies: Iterable[str]) -> list[tuple[str, int]]:
    """Replies by how often they occur; those that occur equally often in an order that their row's place does not decide."""
    counts = Counter(replies)
    return sorted(counts.items(), key=lambda item: (-item[1], hashlib.sha256(item[0].encode(errors="replace")).hexdigest()))


def _object(reply: str) -> dict[str, Any] | None:
    try:
        found = json.loads(reply)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _by_field(objects: Sequence[Mapping[str, Any]]) -> str:
    values: dict[str, Counter[str]] = {}
    for one in objects:
        for name, value in one.items():
            values.setdefault(name, Counter())[json.dumps(value, ensure_ascii=False)] += 1
    half = len(objects) / 2  # a field that most objects lack is left out
    common = {name: json.loads(_first(found)) for name, found in values.items() if found.total() > half}
    return json.dumps(common, ensure_ascii=False)


def _first(found: Counter[str]) -> str:
    return min(found, key=lambda value: (-found[value], value))


def _central(replies: Sequence[str]) -> str:
    """The reply whose words are most like those of all the others."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer  # takes a second, which only the benchmark should cost

    try:
        vectors = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\w+").fit_transform(replies)
    except ValueError:  # no reply has a word
        return replies[0]
    return replies[int(np.asarray(vectors @ vectors.mean(axis=0).T).argmax())]
