"""Accuracy and F1 over classes, as scikit-learn has them.

    said, true = ["A", "B", None, "B"], ["A", "B", "B", "C"]
    accuracy(said, true)      ->  0.5
    macro_f1(said, true)      ->  0.5      A 1, B 0.5, C 0
    f1(said, true, "B")       ->  0.5

None is an answer that names no class: wrong for the class that it should have named. A class counts if it is said or true
somewhere. Over no answers at all everything is 0.
"""

from collections.abc import Hashable, Sequence
from statistics import fmean

from vitrine.verifiers import records

Labels = Sequence[Hashable | None]


def accuracy(said: Labels, true: Labels) -> float:
    return fmean(one is not None and one == other for one, other in zip(said, true, strict=True)) if true else 0.0


def f1(said: Labels, true: Labels, label: Hashable) -> float:
    """F1 of one class; 0 where it is neither said nor true."""
    hits = sum(one == other == label for one, other in zip(said, true, strict=True))
    named, wanted = sum(one == label for one in said), sum(one == label for one in true)
    return records.f1(hits, predicted=named, gold=wanted) if named + wanted else 0.0


def macro_f1(said: Labels, true: Labels) -> float:
    labels = {label for label in (*said, *true) if label is not None}
    return fmean(f1(said, true, label) for label in labels) if labels else 0.0
