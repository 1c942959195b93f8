"""Score predicted risks against outcomes.

    average_precision([True, False, False], [0.9, 0.4, 0.4])    ->  1.0: the positive row has the highest score
    average_precision([True, False, False], [0.5, 0.5, 0.5])    ->  0.333…: a constant scores the base rate
    balanced_accuracy([True, False, False], [False] * 3)        ->  0.5
    lift([True, False, False], [0.5, 0.5, 0.5], share=0.1)      ->  1.0

The first two are from scikit-learn, which is imported on use because that takes a second. Equal scores count as if in random
order. Each metric is None unless both outcomes occur.
"""

from collections.abc import Sequence

import numpy as np


def average_precision(happened: Sequence[bool], scores: Sequence[float]) -> float | None:
    """The area under the precision-recall curve, with a step at each distinct score."""
    if len(set(happened)) < 2:
        return None
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(happened, scores))


def balanced_accuracy(happened: Sequence[bool], predicted: Sequence[bool]) -> float | None:
    """The mean of the recalls of both outcomes."""
    if len(set(happened)) < 2:
        return None
    from sklearn.metrics import balanced_accuracy_score

    return float(balanced_accuracy_score(happened, predicted))


def lift(happened: Sequence[bool], scores: Sequence[float], *, share: float) -> float | None:
    """The rate of positives among the `share` of rows with the highest scores, divided by the overall rate."""
    if len(set(happened)) < 2:
        return None
    _, level, rows = np.unique(-np.asarray(scores), return_inverse=True, return_counts=True)
    hits = np.bincount(level, weights=happened)
    selected = share * len(happened)
    taken = np.clip(selected - (np.cumsum(rows) - rows), 0, rows)
    return float((hits * taken / rows).sum() / selected / np.mean(happened))
