"""How sure a mean is, and whether one model is really better than another: no model, no file, no task in sight.

    >>> interval([0.0, 1.0, 1.0, 1.0], seed=7)
    Interval(mean=0.75, low=0.25, high=1.0, n=4)
    >>> round(difference([0.9, 0.8, 0.7, 0.9], [0.5, 0.6, 0.6, 0.4], seed=7).mean, 3)
    0.3

Every function takes its seed and gives the same numbers for the same arguments. Rows that share a cluster (a customer,
a product) are resampled together: two reviews by one person are not two independent pieces of evidence.
"""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from vitrine.errors import EmptyError

Floats = npt.NDArray[np.float64]
CELLS = 1 << 20  # random numbers held at once: a few megabytes, whatever n and draws are
DIGITS = 12


class Interval(NamedTuple):
    """A mean over `n` rows and the range that holds it. Without two clusters to resample the range is unbounded."""

    mean: float
    low: float
    high: float
    n: int


class Difference(NamedTuple):
    """The mean of paired differences, its interval, and how likely one as large is if neither side is better."""

    mean: float
    low: float
    high: float
    n: int
    p: float


def interval(
    scores: Sequence[float], clusters: Sequence[Hashable] | None = None, *, seed: int, draws: int = 10_000, level: float = 0.95
) -> Interval:
    """The percentile bootstrap interval of the mean, resampling whole clusters (each row alone, if none are given).

    It holds the true mean about as often as `level` says from some twenty clusters up; with fewer it is too narrow.
    """
    values = _finite(scores, "scores")
    sums, counts = _by_cluster(values, clusters)
    low, high = _bootstrap(sums, counts, seed, draws, level)
    return Interval(_tidy(values.mean()), low, high, len(values))


def difference(
    better: Sequence[float],
    than: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    seed: int,
    draws: int = 10_000,
    level: float = 0.95,
) -> Difference:
    """How far `better` is above `than`, prompt by prompt: `better[i]` and `than[i]` answer the same question.

    The p-value is two-sided and comes from flipping signs, not from inverting the bootstrap: if neither model is better,
    which of the two gave which answer is a coin toss per cluster, so the test keeps its level at any n and for scores of
    any shape. The observed labelling counts as one of the draws (add one), hence p is never 0.
    """
    if len(better) != len(than):
        raise ValueError(f"{len(better)} scores cannot be paired with {len(than)}: give both sides in the same order of prompts")
    values = _finite(better, "better") - _finite(than, "than")
    sums, counts = _by_cluster(values, clusters)
    low, high = _bootstrap(sums, counts, seed, draws, level)
    return Difference(_tidy(values.mean()), low, high, len(values), _flip(sums, seed, draws))


def shown(found: Difference) -> bool:
    """A difference is shown when its interval excludes 0; any other is called "not shown"."""
    return found.low > 0 or found.high < 0


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for being looked at together (Holm's step-down), in the order they came."""
    values = _finite(p_values, "p_values") if len(p_values) else np.empty(0)
    if np.any((values < 0) | (values > 1)):
        raise ValueError(f"p-values lie in [0, 1]; got {min(p_values)} to {max(p_values)}")
    order = np.argsort(values, kind="stable")
    stepped = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)), 1.0)
    adjusted = np.empty_like(stepped)
    adjusted[order] = stepped
    return [float(p) for p in adjusted]


def _finite(numbers: Sequence[float], name: str) -> Floats:
    values = np.asarray(numbers, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"{name} must be one row of numbers, not an array of shape {values.shape}")
    if not len(values):
        raise EmptyError(f"{name} holds no numbers, and a mean needs at least one")
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise ValueError(f"{name}[{bad[0]}] is {values[bad[0]]}: a score must be finite ({len(bad)} of {len(values)} are not)")
    return values


def _tidy(number: float | np.floating[Any]) -> float:
    # seven scores of 0.1 have the mean 0.1 and the interval [0.1, 0.1]: what summing adds beyond this digit is not evidence
    return round(float(number), DIGITS)


def _by_cluster(values: Floats, clusters: Sequence[Hashable] | None) -> tuple[Floats, Floats]:
    """The sum and the number of rows of each cluster: all that resampling needs to know."""
    if clusters is None:
        return values, np.ones_like(values)
    if len(clusters) != len(values):
        raise ValueError(f"{len(values)} scores have {len(clusters)} clusters: each row belongs to exactly one")
    number: dict[Hashable, int] = {}
    index = np.fromiter((number.setdefault(cluster, len(number)) for cluster in clusters), dtype=np.intp, count=len(values))
    counts = np.bincount(index).astype(np.float64)
    return np.bincount(index, weights=values).astype(np.float64), counts


def _bootstrap(sums: Floats, counts: Floats, seed: int, draws: int, level: float) -> tuple[float, float]:
    if draws < 1 or not 0 < level < 1:
        raise ValueError(f"a bootstrap needs at least one draw and a level between 0 and 1; got draws={draws}, level={level}")
    size = len(sums)
    if size == 1:  # one cluster says nothing about another one, and "no spread" would be the wrong thing to say of it
        return -np.inf, np.inf
    even = bool(np.all(counts == counts[0]))
    rng = np.random.default_rng(seed)
    means = np.empty(draws)
    step = max(1, CELLS // size)
    for start in range(0, draws, step):
        drawn = rng.integers(0, size, (min(step, draws - start), size), dtype=np.int32)
        rows = counts[0] * size if even else counts.take(drawn).sum(axis=1)
        means[start : start + step] = sums.take(drawn).sum(axis=1) / rows
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return _tidy(low), _tidy(high)


def _flip(sums: Floats, seed: int, draws: int) -> float:
    """The share of random sign flips whose total is at least as far from 0 as the one observed."""
    moved = sums[np.abs(sums) > 10**-DIGITS]  # clusters without a difference read the same either way round
    if not len(moved):
        return 1.0
    # flips that tie with the observed total in exact arithmetic must count, whatever the order of summing did to them
    observed = abs(moved.sum()) - 1e-9 * np.abs(moved).sum()
    rng = np.random.default_rng([seed, 1])  # apart from the bootstrap's stream
    as_far = 0
    step = max(1, CELLS // len(moved))
    for start in range(0, draws, step):
        rows = min(step, draws - start)
        coins = np.unpackbits(rng.integers(0, 256, (rows, -(-len(moved) // 8)), dtype=np.uint8), axis=1, count=len(moved))
        as_far += int(np.count_nonzero(np.abs(2 * (coins @ moved) - moved.sum()) >= observed))
    return (1 + as_far) / (1 + draws)
