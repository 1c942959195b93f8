"""Intervals of headline metrics, which are functions of all of a model's answers to a task: a cluster bootstrap of the function.

    intervals(task.headline, rows, clusters, seed=7)     {"macro_f1": (0.88, 0.96), "accuracy": (0.90, 0.98)}

Whole clusters are drawn with replacement and the function is called on their rows. A metric that most resamples do not have
(a curve's area, where a resample may lack a class) has no interval. Resampling cannot tell how far a share of 0 or 1 may be
off: its interval is the exact one, of no success in as many clusters as have the metric. With too few clusters for an interval
of the score (`statistics.fewest_clusters`) there is none of a metric either.
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

DRAWS = 1_000  # a millisecond each for the slowest metrics
UNKNOWN: Ends = (-math.inf, math.inf)


def intervals(
    headline: Headline, rows: Sequence[Row], clusters: Sequence[Hashable], *, seed: int, draws: int = DRAWS, level: float = 0.95
) -> dict[str, Ends]:
    """The percentile interval of each metric that `headline` returns for all rows."""
    members: dict[Hashable, list[Row]] = {}
    for row, cluster in zip(rows, clusters, strict=True):
        members.setdefault(cluster, []).append(row)
    groups, chance = list(members.values()), np.random.default_rng([seed, 2])  # apart from the streams of `statistics`
    found: dict[str, list[float]] = {name: [] for name in headline(list(rows))}
    if len(groups) < fewest_clusters(level):
        return dict.fromkeys(found, UNKNOWN)
    for drawn in chance.integers(0, len(groups), (draws, len(groups))):
        for name, value in headline([row for place in drawn for row in groups[place]]).items():
            if name in found and math.isfinite(value):
                found[name].append(value)
    fixed = [name for name, values in found.items() if values and max(values) - min(values) < SCORE_TOLERANCE]
    alone = [headline(group) for group in groups] if fixed else []
    ends = {name: _ends(values, draws, level) for name, values in found.items()}
    return ends | {name: _exact(found[name][0], sum(name in one for one in alone), level) for name in fixed}


def _ends(values: Sequence[float], draws: int, level: float) -> Ends:
    if len(values) <= draws / 2:
        return UNKNOWN
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _exact(value: float, clusters: int, level: float) -> Ends:
    """Clopper and Pearson's interval of a share that is 0, or 1, in every cluster."""
    margin = 1 - ((1 - level) / 2) ** (1 / max(clusters, 1))
    if abs(value) < SCORE_TOLERANCE:
        return 0.0, margin
    return (1 - margin, 1.0) if abs(value - 1) < SCORE_TOLERANCE else UNKNOWN
