"""What said risks were worth, now that it is known what happened.

    average_precision([True, False, False], [0.9, 0.4, 0.4])    ->  1.0: what happened was said to be likeliest
    average_precision([True, False, False], [0.5, 0.5, 0.5])    ->  0.333…: a constant earns the share of what happened
    balanced_accuracy([True, False, False], [False] * 3)        ->  0.5
    lift([True, False, False], [0.5, 0.5, 0.5], share=0.1)      ->  1.0

The first two are scikit-learn's, imported when they are asked for: it takes a second. Equal scores count as drawn in random
order, never as lucky ones. Each needs at least one row of both outcomes, or is None.
"""

from collections.abc import Sequence

import numpy as np


def average_precision(happened: Sequence[bool], scores: Sequence[float]) -> float | None:
    """The area under precision and recall, in steps at each distinct score."""
    if len(set(happened)) < 2:
        return None
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(happened, scores))


def balanced_accuracy(happened: Sequence[bool], said: Sequence[bool]) -> float | None:
    """The mean of the shares that were told rightly, of what happened and of what did not."""
    if len(set(happened)) < 2:
        return None
    from sklearn.metrics import balanced_accuracy_score

    return float(balanced_accuracy_score(happened, said))


def lift(happened: Sequence[bool], scores: Sequence[float], *, share: float) -> float | None:
    """How many times as much happened among the `share` of rows with the highest scores as among all."""
    if len(set(happened)) < 2:
        return None
    _, level, rows = np.unique(-np.asarray(scores), return_inverse=True, return_counts=True)
    hits = np.bincount(level, weights=happened)
    room = share * len(happened)
    taken = np.clip(room - (np.cumsum(rows) - rows), 0, rows)
    return float((hits * taken / rows).sum() / room / np.mean(happened))
