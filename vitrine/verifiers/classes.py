"""Accuracy and F1 over classes, as in scikit-learn.

    predicted, gold = ["A", "B", None, "B"], ["A", "B", "B", "C"]
    accuracy(predicted, gold)      ->  0.5
    macro_f1(predicted, gold)      ->  0.5      A 1, B 0.5, C 0
    f1(predicted, gold, "B")       ->  0.5

None is an answer without a class: it counts as wrong. A class counts if it occurs among the predicted or gold labels. Without
answers, all scores are 0.
"""

from collections.abc import Hashable, Sequence
from statistics import fmean

from vitrine.verifiers import records

Labels = Sequence[Hashable | None]


def accuracy(predicted: Labels, gold: Labels) -> float:
    return fmean(label is not None and label == true for label, true in zip(predicted, gold, strict=True)) if gold else 0.0


def f1(predicted: Labels, gold: Labels, label: Hashable) -> float:
    """F1 of one class; 0 if it occurs in neither."""
    hits = sum(one == other == label for one, other in zip(predicted, gold, strict=True))
    counts = [sum(one == label for one in labels) for labels in (predicted, gold)]
    return records.f1(hits, predicted=counts[0], gold=counts[1]) if sum(counts) else 0.0


def macro_f1(predicted: Labels, gold: Labels) -> float:
    labels = {label for label in (*predicted, *gold) if label is not None}
    return fmean(f1(predicted, gold, label) for label in labels) if labels else 0.0
