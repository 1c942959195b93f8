"""Whether two columns put the same answers in the same order: Spearman's rank correlation, ties sharing their rank.

    >>> spearman([0.1, 0.4, 0.4, 0.9], [0.0, 0.0, 1.0, 1.0], seed=7)
    Agreement(rho=0.707…, low=…, high=1.0, n=4)

The interval resamples whole clusters (a customer, a product), as `statistics.interval` does. A column that is the same
everywhere has no order: its correlation is NaN, in a resample too, and such resamples say nothing.
"""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
CELLS = 1 << 20  # numbers held at once, whatever n and draws are
DIGITS = 9  # scores this close are the same score


class Agreement(NamedTuple):
    """A rank correlation over `n` rows and the range that holds it; NaN where there is no order to compare."""

    rho: float
    low: float
    high: float
    n: int


def rho(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The correlation alone."""
    one, other = _columns(ours, theirs)
    return float(_correlations(one, other, np.ones((1, len(one))))[0]) if len(one) else float("nan")


def spearman(
    ours: Sequence[float],
    theirs: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    seed: int,
    draws: int = 1_000,
    level: float = 0.95,
) -> Agreement:
    """How far the order of `ours` is that of `theirs`, with a percentile bootstrap interval."""
    one, other = _columns(ours, theirs)
    whole = rho(ours, theirs)
    if np.isnan(whole):
        return Agreement(whole, whole, whole, len(one))
    number: dict[Hashable, int] = {}
    of = np.array([number.setdefault(cluster, len(number)) for cluster in (clusters or range(len(one)))])
    found = np.concatenate(list(_resampled(one, other, of, seed, draws)))
    found = found[~np.isnan(found)]
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2]) if len(found) else (whole, whole)
    return Agreement(whole, float(low), float(high), len(one))


def _columns(ours: Sequence[float], theirs: Sequence[float]) -> tuple[Floats, Floats]:
    one, other = (np.array([round(float(number), DIGITS) for number in column]) for column in (ours, theirs))
    if one.shape != other.shape or one.ndim != 1:
        raise ValueError(f"{len(ours)} numbers cannot be paired with {len(theirs)}: give both columns in the same order of rows")
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise ValueError("a rank needs finite numbers: leave out the rows that have none")
    return one, other


def _resampled(one: Floats, other: Floats, of: npt.NDArray[Any], seed: int, draws: int) -> Any:
    """The correlations of `draws` resamples, in which a row weighs as much as its cluster was drawn often."""
    rng, size = np.random.default_rng(seed), int(of.max()) + 1
    step = max(1, CELLS // len(one))
    for start in range(0, draws, step):
        drawn = rng.multinomial(size, np.full(size, 1 / size), size=min(step, draws - start))
        yield _correlations(one, other, drawn[:, of].astype(np.float64))


def _correlations(one: Floats, other: Floats, weights: Floats) -> Floats:
    """One correlation a row of `weights`."""
    total = weights.sum(axis=1, keepdims=True)
    x, y = (
        ranks - (weights * ranks).sum(axis=1, keepdims=True) / total for ranks in (_ranks(one, weights), _ranks(other, weights))
    )
    together, alone, alone_too = ((weights * a * b).sum(axis=1) for a, b in ((x, y), (x, x), (y, y)))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = together / np.sqrt(alone * alone_too)
    return np.where((alone > 1e-9) & (alone_too > 1e-9), np.clip(found, -1.0, 1.0), np.nan)


def _ranks(values: Floats, weights: Floats) -> Floats:
    """The rank of each value among the weighted rows; equal values share the middle one."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    counts = np.add.reduceat(weights[:, order], starts, axis=1)
    middles = np.cumsum(counts, axis=1) - counts / 2
    return middles[:, np.searchsorted(ordered[starts], values)]
