"""Constant replies, the same for every prompt: the majority or template reply, and candidates for the best constant.

majority(["B", "A", "B"])                                     ->  Constant("B", "most frequent gold reply")
majority(['{"a": 5, "b": 1}', '{"a": 5, "b": 0}', '{"a": 1, "b": 0}'])
                                        ->  Constant('{"a": 5, "b": 0}', "most frequent value of each field")
best(task, candidates(golds, {"sft": answers}), facts)        # the candidate with the highest mean score

The best constant is chosen in rounds: every candidate answers a few prompts, then the best ones answer more.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from vitrine.tasks.task import Facts, Task, grade_batch

GOLDS = 32  # gold replies among the candidates
ANSWERS = 16  # answers of each model among the candidates
ROUNDS = ((8, 8), (32, 3), (128, 1))  # number of prompts, number of candidates that remain
CENTRAL = 500  # gold replies from which the most central one is chosen


class Constant(NamedTuple):
    """A reply and how it was chosen."""

    reply: str
    how: str


def majority(golds: Sequence[str]) -> Constant | None:
    """The most frequent gold reply, or for JSON objects the most frequent value of each field. If no reply repeats, the most
    central one. None without gold replies."""
    if not golds:
        return None
    objects = [fields for gold in golds if (fields := _object(gold)) is not None]
    if len(objects) == len(golds):
        return Constant(_by_field(objects), "most frequent value of each field")
    (reply, count), *_ = _counted(golds)
    if count > 1:
        return Constant(reply, "most frequent gold reply")
    return Constant(_central([reply for reply, _ in _counted(golds)[:CENTRAL]]), "most central gold reply")


def candidates(golds: Sequence[str], answers: Mapping[str, Sequence[str]]) -> list[Constant]:
    """The most frequent gold replies of the training split and the most frequent answers of each model, each reply once."""
    origins: dict[str, str] = {}
    if template := majority(golds):
        origins[template.reply] = template.how
    for reply, _ in _counted(golds)[:GOLDS]:
        origins.setdefault(reply, "gold reply")
    for model, replies in answers.items():
        for reply, _ in _counted(replies)[:ANSWERS]:
            origins.setdefault(reply, f"answer of {model}")
    return [Constant(reply, how) for reply, how in origins.items()]


def best(task: Task, candidates: Sequence[Constant], facts: Sequence[Facts]) -> Constant:
    """The candidate with the highest mean score on prompts with these facts; the first if several are equal."""
    remaining = list(candidates)
    for prompts, keep in ROUNDS:
        sample = facts[:prompts]
        earned = iter(grade_batch(task, [(candidate.reply, known) for candidate in remaining for known in sample]))
        means = {candidate: fmean(next(earned).score for _ in sample) for candidate in remaining}
        remaining = sorted(remaining, key=lambda candidate: -means[candidate])[:keep]
    return remaining[0]


def _counted(replies: Iterable[str]) -> list[tuple[str, int]]:
    """Replies with their counts, most frequent first. Ties are ordered by hash, so that the order of rows does not matter."""
    counts = Counter(replies)
    return sorted(counts.items(), key=lambda item: (-item[1], hashlib.sha256(item[0].encode(errors="replace")).hexdigest()))


def _object(reply: str) -> dict[str, Any] | None:
    try:
        value = json.loads(reply)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _by_field(objects: Sequence[Mapping[str, Any]]) -> str:
    values: dict[str, Counter[str]] = {}
    for fields in objects:
        for name, value in fields.items():
            values.setdefault(name, Counter())[json.dumps(value, ensure_ascii=False)] += 1
    half = len(objects) / 2  # a field that most objects lack is left out
    common = {name: json.loads(_most_common(counts)) for name, counts in values.items() if counts.total() > half}
    return json.dumps(common, ensure_ascii=False)


def _most_common(counts: Counter[str]) -> str:
    return min(counts, key=lambda value: (-counts[value], value))


def _central(replies: Sequence[str]) -> str:
    """The reply whose words are most similar to those of all the others."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer  # the import takes a second, which only the benchmark should pay

    try:
        vectors = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\w+").fit_transform(replies)
    except ValueError:  # no reply has a word
        return replies[0]
    return replies[int(np.asarray(vectors @ vectors.mean(axis=0).T).argmax())]
