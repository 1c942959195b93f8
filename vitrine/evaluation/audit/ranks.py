"""Spearman's rank correlation of two columns, with a cluster bootstrap interval; ties share their mean rank.

    >>> spearman([0.1, 0.4, 0.4, 0.9], [0.0, 0.0, 1.0, 1.0], seed=7)
    Agreement(rho=0.707…, low=-1.0, high=1.0, n=4)

The interval resamples whole clusters (a customer, a question template); scipy's bootstrap resamples rows only. With five clusters
or fewer the interval is [-1, 1], as in `scores.statistics`. The correlation of a constant column is NaN; the interval ignores
resamples in which it is NaN.
"""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from vitrine.evaluation.scores.statistics import fewest_clusters
from vitrine.tables.answers import SCORE_DIGITS

Floats = npt.NDArray[np.float64]


class Agreement(NamedTuple):
    """A rank correlation over `n` rows and its interval; NaN if a column is constant."""

    rho: float
    low: float
    high: float
    n: int


def rho(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The correlation without an interval."""
    return _rho(*_columns(ours, theirs))


def spearman(
    ours: Sequence[float],
    theirs: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    seed: int,
    draws: int = 1_000,
    level: float = 0.95,
) -> Agreement:
    """The rank correlation of `ours` and `theirs`, with a percentile bootstrap interval."""
    one, other = _columns(ours, theirs)
    estimate = _rho(one, other)
    if np.isnan(estimate):
        return Agreement(estimate, estimate, estimate, len(one))
    members: dict[Hashable, list[int]] = {}
    for row, cluster in enumerate(clusters or range(len(one))):
        members.setdefault(cluster, []).append(row)
    if len(members) < fewest_clusters(level):
        return Agreement(estimate, -1.0, 1.0, len(one))
    rows, rng = [np.array(own) for own in members.values()], np.random.default_rng(seed)
    resamples = (np.concatenate([rows[cluster] for cluster in rng.integers(0, len(rows), len(rows))]) for _ in range(draws))
    correlations = [_rho(one[resample], other[resample]) for resample in resamples]
    low, high = np.nanquantile(correlations, [(1 - level) / 2, (1 + level) / 2])
    return Agreement(estimate, float(low), float(high), len(one))


def _columns(ours: Sequence[float], theirs: Sequence[float]) -> tuple[Floats, Floats]:
    one, other = (np.array([round(float(number), SCORE_DIGITS) for number in column]) for column in (ours, theirs))
    if one.shape != other.shape or one.ndim != 1:
        raise ValueError(f"{len(ours)} numbers cannot be paired with {len(theirs)}: give both columns in the same order of rows")
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise ValueError("ranks need finite numbers: leave out the other rows")
    return one, other


def _rho(one: Floats, other: Floats) -> float:
    ranks = rankdata(np.stack([one, other]), axis=1) if len(one) else np.zeros((2, 1))
    return float(np.corrcoef(ranks)[0, 1]) if (ranks != ranks[:, :1]).any(axis=1).all() else float("nan")
