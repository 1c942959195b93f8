"""What said risks were worth, now that it is known what happened.

    average_precision([True, False, False], [0.9, 0.4, 0.4])    ->  1.0: what happened was said to be likeliest
    average_precision([True, False, False], [0.5, 0.5, 0.5])    ->  0.333…: a constant earns the share of what happened
    balanced_accuracy([True, False, False], [False] * 3)        ->  0.5
    lift([True, False, False], [0.5, 0.5, 0.5], share=0.1)      ->  1.0

Equal scores count as drawn in random order, never as lucky ones. Each needs at least one row of both outcomes, or is None.
"""

from collections.abc import Sequence
from itertools import groupby
from statistics import fmean


def average_precision(happened: Sequence[bool], scores: Sequence[float]) -> float | None:
    """The area under precision and recall, in steps at each distinct score, as scikit-learn has it."""
    if not _both(happened):
        return None
    total, seen, found, area = sum(happened), 0, 0, 0.0
    for rows, hits in _levels(happened, scores):
        seen, found = seen + rows, found + hits
        area += hits / total * found / seen
    return area


def balanced_accuracy(happened: Sequence[bool], said: Sequence[bool]) -> float | None:
    """The mean of the shares that were told rightly, of what happened and of what did not."""
    if not _both(happened):
        return None
    pairs = list(zip(happened, said, strict=True))
    return fmean(fmean(told == outcome for true, told in pairs if true == outcome) for outcome in (True, False))


def lift(happened: Sequence[bool], scores: Sequence[float], *, share: float) -> float | None:
    """How many times as much happened among the `share` of rows with the highest scores as among all."""
    if not _both(happened):
        return None
    room = size = share * len(happened)
    found = 0.0
    for rows, hits in _levels(happened, scores):
        taken = min(room, rows)
        found, room = found + hits * taken / rows, room - taken
    return found / size / fmean(happened)


def _both(happened: Sequence[bool]) -> bool:
    return len(set(happened)) == 2


def _levels(happened: Sequence[bool], scores: Sequence[float]) -> list[tuple[int, int]]:
    """Rows, and how often it happened, at each distinct score, the highest first."""
    ranked = sorted(zip(scores, happened, strict=True), key=lambda pair: -pair[0])
    levels = [[outcome for _, outcome in group] for _, group in groupby(ranked, key=lambda pair: pair[0])]
    return [(len(level), sum(level)) for level in levels]
