"""Statistics of scores: the interval of a mean, and the paired difference of two models.

    >>> interval([0.0] * 10 + [1.0] * 30)
    Interval(mean=0.75, low=0.5907445, high=0.8617832, n=40, clusters=40)
    >>> gain = difference([0.9, 0.8, 0.7, 0.9, 0.6, 0.8], [0.5, 0.6, 0.6, 0.4, 0.5, 0.6], seed=7)
    >>> shown(gain.p)
    True

Rows of one cluster (a customer, a question template) are not independent evidence, so they count together. Both methods are valid
for few clusters and for clusters of unequal size, with the exception below (benchmarks/statistics.py measures this):

difference  A sign-flip test. If neither model is better, each cluster's sign is a coin toss. So the p-value is the share of all
            sign flips that move the mean at least as far from 0 as observed. The interval inverts the same test: it holds every
            difference that the test does not reject. So p < 0.05 exactly if the 95 % interval excludes 0, and the ends lie within
            the observed range, because they are means of some of the clusters.
interval    Wilson's score interval of a mean of scores in [0, 1], with the variance between clusters (CR2, Bell and McCaffrey
            2002) and a t quantile with their degrees of freedom. It is not symmetric and never leaves [0, 1].

The null hypothesis of the sign-flip test is that each cluster's sign is a coin toss, which is stronger than a mean difference of
0. With few clusters and rare large losses the test rejects too often. Example: a model is 0.05 better on nine clusters in ten and
0.45 worse on the tenth, which is 0 on average. The test shows a difference in 43 % of simulations with 8 clusters, 12 % with 20
and 7 % with 100, because a sample without any loss cannot reveal them. Look at the worst answers before you believe a gain of few
clusters.

If all clusters have the same mean, the spread is unknown. The exact (Clopper-Pearson) bound then limits the share of clusters
with other means, unseen so far, and the interval allows them any score. So the interval of 0 of 125 is not [0, 0].

Five clusters or fewer are too few for a 95 % interval: they have 16 flips, and even the most extreme has a share above 5 %. The
interval is then (-inf, inf), p is 1, and nothing is shown.
"""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from vitrine.errors import EmptyError
from vitrine.tables.answers import SCORE_DIGITS, SCORE_TOLERANCE

Floats = npt.NDArray[np.float64]
SIGNIFICANT = 0.05  # a difference with a lower p-value is "shown"
MOST_COUNTED = 14  # with up to 14 clusters all 8,192 sign flips are counted; with more, flips are drawn at random
CELLS = 1 << 20  # signs in memory at once: a few megabytes for any number of clusters and draws


class Interval(NamedTuple):
    """A mean over `n` rows and its interval, which is (-inf, inf) with too few clusters."""

    mean: float
    low: float
    high: float
    n: int
    clusters: int


class Difference(NamedTuple):
    """The mean of paired differences, its interval and its p-value."""

    mean: float
    low: float
    high: float
    n: int
    clusters: int
    p: float


def fewest_clusters(level: float = 1 - SIGNIFICANT) -> int:
    """The smallest number of clusters with which the sign-flip test can reach this level: 6 for 0.95."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1; got {level}")
    return next(size for size in range(2, 1100) if 2.0 ** (1 - size) < 1 - level - 1e-12)


def interval(scores: Sequence[float], clusters: Sequence[Hashable] | None = None, *, level: float = 0.95) -> Interval:
    """The interval of the mean of scores in [0, 1]. Without `clusters` each row is its own cluster."""
    values = _finite(scores, "scores")
    if np.any((values < -SCORE_TOLERANCE) | (values > 1 + SCORE_TOLERANCE)):
        raise ValueError(f"scores lie in [0, 1]; got {values.min():g} to {values.max():g}")
    sums, counts = _by_cluster(values, clusters)
    low, high = _wilson(sums, counts, level) if len(sums) >= fewest_clusters(level) else (-np.inf, np.inf)
    return Interval(_tidy(values.mean()), low, high, len(values), len(sums))


def difference(
    better: Sequence[float],
    than: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    seed: int,
    draws: int = 10_000,
    level: float = 0.95,
) -> Difference:
    """The mean of `better` - `than`; `better[i]` and `than[i]` belong to the same prompt.

    Both are scores in [0, 1], or differences of such scores (own - shuffled) in [-1, 1]. `seed` and `draws` matter from 15
    clusters on, when flips are drawn. The observed signs count as one of the flips, so p is never 0.
    """
    if len(better) != len(than):
        raise ValueError(f"{len(better)} scores cannot be paired with {len(than)}: give both in the same order of prompts")
    fewest = fewest_clusters(level)
    if draws < 1 / (1 - level):
        raise ValueError(f"a level of {level} needs at least {1 / (1 - level):.0f} draws; got draws={draws}")
    ours, theirs = _finite(better, "better"), _finite(than, "than")
    least, most = min(ours.min(), theirs.min()), max(ours.max(), theirs.max())
    if least < -1 - SCORE_TOLERANCE or most > 1 + SCORE_TOLERANCE:
        raise ValueError(f"scores lie in [0, 1] and their differences in [-1, 1]; got {least:g} to {most:g}")
    largest = 1.0 if least >= -SCORE_TOLERANCE else 2.0  # possible difference
    values = ours - theirs
    sums, counts = _by_cluster(values, clusters)
    low, high, p = -np.inf, np.inf, 1.0
    if len(sums) >= fewest:
        low, high, p = _sign_flips(sums, counts, seed, draws, level, largest)
    return Difference(_tidy(values.mean()), low, high, len(values), len(sums), p)


def shown(p_adjusted: float) -> bool:
    """Whether a difference is shown, by its p-value, which is adjusted if there are several comparisons."""
    return p_adjusted < SIGNIFICANT


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for multiple comparisons (Holm's step-down), in the given order."""
    values = _finite(p_values, "p_values") if len(p_values) else np.empty(0)
    if np.any((values < 0) | (values > 1)):
        raise ValueError(f"p-values lie in [0, 1]; got {min(p_values)} to {max(p_values)}")
    order = np.argsort(values, kind="stable")
    stepped = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)), 1.0)
    adjusted = np.empty_like(stepped)
    adjusted[order] = stepped
    return [float(p) for p in adjusted]


# ------------------------------------------------------------------------------------------------- differences


def _sign_flips(sums: Floats, counts: Floats, seed: int, draws: int, level: float, largest: float) -> tuple[float, float, float]:
    """The interval and the p-value of the sign-flip test.

    A flip splits the clusters into those that keep their sign and those that lose it. If the true difference is d, the flip moves
    the mean at least as far from d as observed exactly if d lies between the means of the two parts. (The observed mean lies
    between them too.) So the p-value of d is the share of the splits that hold d, and the ends are quantiles of the parts' means.
    """
    mean = sums.sum() / counts.sum()
    if _equal_means(sums, counts):
        low, high = _all_equal(mean, len(sums), level, -largest, largest)
        p = min(1.0, 2 * (1 + abs(float(mean)) / largest) ** -len(sums))  # at the level 1 - p an end of the interval is 0
        return low, high, p
    lows, highs = (np.concatenate(ends) for ends in zip(*_parts(sums, counts, seed, draws), strict=True))
    flips = 1 + len(lows)  # the observed signs are one of them, and hold every d
    inside = np.count_nonzero((lows <= 0) & (highs >= 0))
    rank = int(np.ceil((1 - level) * flips - 1e-9)) - 1  # splits, besides the observed one, that must hold an end
    low, high = np.partition(lows, rank - 1)[rank - 1], np.partition(highs, -rank)[-rank]
    return _tidy(low), _tidy(high), (1 + int(inside)) / flips


def _parts(sums: Floats, counts: Floats, seed: int, draws: int) -> Iterator[tuple[Floats, Floats]]:
    """For each split, the lower and the higher mean of its two parts, in blocks."""
    clusters = np.stack([sums, counts], axis=1)
    total = clusters.sum(axis=0)
    for splits in _splits(len(sums), seed, draws):
        one = splits @ clusters
        other = total - one
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.stack([one[:, 0] / one[:, 1], other[:, 0] / other[:, 1]])
        nothing_flipped = (one[:, 1] == 0) | (other[:, 1] == 0)
        # rounded, so that the order of summation does not matter
        means = np.where(nothing_flipped, [[-np.inf], [np.inf]], np.round(means, SCORE_DIGITS))
        yield means.min(axis=0), means.max(axis=0)


def _splits(size: int, seed: int, draws: int) -> Iterator[Floats]:
    """The clusters that lose their sign: in every split except the one without flips, or in `draws` random splits."""
    step = max(1, CELLS // size)
    if size <= MOST_COUNTED:
        for start in range(1, 2 ** (size - 1), step):
            numbers = np.arange(start, min(start + step, 2 ** (size - 1)))
            yield ((numbers[:, None] >> np.arange(size)) & 1).astype(np.float64)
        return
    rng = np.random.default_rng(seed)
    for start in range(0, draws, step):
        coins = rng.integers(0, 256, (min(step, draws - start), -(-size // 8)), dtype=np.uint8)
        yield np.unpackbits(coins, axis=1, count=size).astype(np.float64)


# ------------------------------------------------------------------------------------------------- means of scores


def _wilson(sums: Floats, counts: Floats, level: float) -> tuple[float, float]:
    """All means m within t standard errors of the observed mean, if the variance of the mean is m (1 - m) / size.

    `size` is the number of independent binary scores with the same variance as was observed between clusters.
    """
    mean = sums.sum() / counts.sum()
    if _equal_means(sums, counts):
        return _all_equal(mean, len(sums), level, 0.0, 1.0)
    share = counts / counts.sum()
    variance = np.sum((sums / counts.sum() - share * mean) ** 2 / (1 - share))
    t = stdtrit(_degrees_of_freedom(share), (1 + level) / 2)
    slack = t**2 * variance / (mean * (1 - mean))  # t² / size
    middle = (mean + slack / 2) / (1 + slack)
    half = np.sqrt(mean * (1 - mean) * slack + slack**2 / 4) / (1 + slack)
    return _tidy(middle - half), _tidy(middle + half)


def _degrees_of_freedom(share: Floats) -> float:
    """Degrees of freedom of the CR2 variance (Bell and McCaffrey), if rows of a cluster are equal: clusters - 1 for equal sizes.

    They are trace(Q)² / trace(Q²) of the quadratic form Q, whose elements are sums of powers of the clusters' shares.
    """
    total = np.sum(share**2)
    weight = share**2 / (1 - share)
    own = weight * (1 - 2 * share + total)  # the diagonal of Q
    zeroth, first, second = weight.sum(), np.sum(weight * share), np.sum(weight * share**2)
    # sum over all pairs of weight_i weight_j (share_i + share_j - total)², with the diagonal corrected afterwards
    pairs = 2 * second * zeroth + total**2 * zeroth**2 + 2 * first**2 - 4 * total * first * zeroth
    squares = pairs + np.sum(own**2 - (weight * (2 * share - total)) ** 2)
    return float(own.sum() ** 2 / squares)


# ------------------------------------------------------------------------------------------------- small parts


def _equal_means(sums: Floats, counts: Floats) -> bool:
    means = sums / counts
    return bool(means.max() - means.min() <= SCORE_TOLERANCE)


def _all_equal(mean: float, clusters: int, level: float, least: float, most: float) -> tuple[float, float]:
    """The interval if all clusters have the same mean, for scores from `least` to `most`.

    If a share s of all clusters has this mean, all of `clusters` have it with probability s ** clusters. The smallest s that is
    not rejected is the Clopper-Pearson bound; the other clusters may have any mean.
    """
    same = ((1 - level) / 2) ** (1 / clusters)
    return _tidy(same * mean + (1 - same) * least), _tidy(same * mean + (1 - same) * most)


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
    """Rounded, to remove errors of summation: seven scores of 0.1 have the mean 0.1."""
    return round(float(number), SCORE_DIGITS) + 0.0  # no -0.0


def _by_cluster(values: Floats, clusters: Sequence[Hashable] | None) -> tuple[Floats, Floats]:
    """The sum and the number of rows of each cluster."""
    if clusters is None:
        return values, np.ones_like(values)
    if len(clusters) != len(values):
        raise ValueError(f"{len(values)} scores have {len(clusters)} clusters: each row belongs to exactly one")
    number: dict[Hashable, int] = {}
    index = np.fromiter((number.setdefault(cluster, len(number)) for cluster in clusters), dtype=np.intp, count=len(values))
    counts = np.bincount(index).astype(np.float64)
    return np.bincount(index, weights=values).astype(np.float64), counts
