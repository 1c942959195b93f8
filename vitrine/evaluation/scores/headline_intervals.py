"""Intervals of headline metrics by cluster bootstrap. A headline is a function of all of a model's answers to a task.

    intervals(task.headline, rows, clusters, seed=7)     {"macro_f1": (0.88, 0.96), "accuracy": (0.90, 0.98)}

Whole clusters are drawn with replacement and the function is called on their rows. If most resamples lack a metric (an area under
a curve needs both classes), it has no interval. For a share of 0 or 1 resampling gives no width; its interval is the exact
(Clopper-Pearson) one for as many clusters as have the metric. With too few clusters for an interval of the score
(`statistics.fewest_clusters`) a metric has no interval either.
"""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from vitrine.evaluation.scores.statistics import fewest_clusters
from vitrine.tables.answers import SCORE_TOLERANCE

Row = Mapping[str, Any]
Headline = Callable[[list[Row]], Mapping[str, float]]
Ends = tuple[float, float]

DRAWS = 1_000  # resamples; the slowest metrics take a millisecond each
UNKNOWN: Ends = (-math.inf, math.inf)


def intervals(
    headline: Headline, rows: Sequence[Row], clusters: Sequence[Hashable], *, seed: int, draws: int = DRAWS, level: float = 0.95
) -> dict[str, Ends]:
    """The percentile interval of each metric that `headline` returns for all rows."""
    members: dict[Hashable, list[Row]] = {}
    for row, cluster in zip(rows, clusters, strict=True):
        members.setdefault(cluster, []).append(row)
    groups, rng = list(members.values()), np.random.default_rng([seed, 2])  # independent of the draws in `statistics`
    resampled: dict[str, list[float]] = {name: [] for name in headline(list(rows))}
    if len(groups) < fewest_clusters(level):
        return dict.fromkeys(resampled, UNKNOWN)
    for drawn in rng.integers(0, len(groups), (draws, len(groups))):
        for name, value in headline([row for group in drawn for row in groups[group]]).items():
            if name in resampled and math.isfinite(value):
                resampled[name].append(value)
    constant = [name for name, values in resampled.items() if values and max(values) - min(values) < SCORE_TOLERANCE]
    by_cluster = [headline(group) for group in groups] if constant else []
    ends = {name: _ends(values, draws, level) for name, values in resampled.items()}
    return ends | {name: _exact(resampled[name][0], sum(name in metrics for metrics in by_cluster), level) for name in constant}


def _ends(values: Sequence[float], draws: int, level: float) -> Ends:
    if len(values) <= draws / 2:
        return UNKNOWN
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _exact(value: float, clusters: int, level: float) -> Ends:
    """The Clopper-Pearson interval of a share that is 0 in every cluster, or 1 in every cluster."""
    margin = 1 - ((1 - level) / 2) ** (1 / max(clusters, 1))
    if abs(value) < SCORE_TOLERANCE:
        return 0.0, margin
    return (1 - margin, 1.0) if abs(value - 1) < SCORE_TOLERANCE else UNKNOWN
