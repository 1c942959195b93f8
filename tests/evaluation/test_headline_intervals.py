"""Intervals of headline metrics: those of a mean if the metric is a mean, exact or unbounded if resampling has no width."""

import math
import random

import pytest

from vitrine.evaluation.scores.headline_intervals import intervals
from vitrine.evaluation.scores.statistics import interval


def share(rows):
    return {"accuracy": sum(row["right"] for row in rows) / len(rows)}


def rows_of(values):
    return [{"right": value} for value in values]


def test_the_interval_of_a_mean_metric_is_that_of_the_mean():
    rng = random.Random(1)
    values = [float(rng.random() < 0.7) for _ in range(200)]
    low, high = intervals(share, rows_of(values), range(200), seed=7)["accuracy"]
    mean = interval(values)
    assert low == pytest.approx(mean.low, abs=0.02) and high == pytest.approx(mean.high, abs=0.02)
    assert intervals(share, rows_of(values), range(200), seed=7)["accuracy"] == (low, high)


def test_whole_clusters_are_resampled():
    values = [float(place % 2) for place in range(40) for _ in range(5)]
    by_row = intervals(share, rows_of(values), range(200), seed=7)["accuracy"]
    by_cluster = intervals(share, rows_of(values), [place // 5 for place in range(200)], seed=7)["accuracy"]
    assert by_cluster[1] - by_cluster[0] > 1.8 * (by_row[1] - by_row[0])


@pytest.mark.parametrize(
    ("value", "ends"), [(0.0, (0.0, 1 - 0.025 ** (1 / 125))), (1.0, (0.025 ** (1 / 125), 1.0)), (0.3, (-math.inf, math.inf))]
)
def test_a_constant_share_has_an_exact_interval_or_none(value, ends):
    assert intervals(share, rows_of([value] * 125), range(125), seed=7, draws=50)["accuracy"] == pytest.approx(ends)


def test_the_exact_interval_counts_only_clusters_with_the_metric():
    def unseen(rows):
        own = [row["right"] for row in rows if row["unseen"]]
        return {"accuracy": 0.5} | ({"accuracy_unseen": sum(own) / len(own)} if own else {})

    rows = [{"right": 0.0, "unseen": place < 20} for place in range(100)]
    assert intervals(unseen, rows, range(100), seed=7, draws=100)["accuracy_unseen"][1] == pytest.approx(1 - 0.025 ** (1 / 20))


def test_a_metric_that_most_resamples_lack_has_no_interval():
    def area(rows):
        both = {row["right"] for row in rows} == {0.0, 1.0}
        return {"area": 0.5 if both else math.nan}

    assert intervals(area, rows_of([1.0, *[0.0] * 4]), range(5), seed=7)["area"] == (-math.inf, math.inf)
    assert intervals(share, rows_of([1.0, 0.0]), ["one", "one"], seed=7)["accuracy"] == (-math.inf, math.inf)
