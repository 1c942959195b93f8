"""Intervals of headline metrics: those of the mean where the metric is a mean, and honest where resampling cannot tell."""

import math
import random

import pytest

from vitrine.evaluation.scores.headline_intervals import intervals
from vitrine.evaluation.scores.statistics import interval


def share(rows):
    return {"accuracy": sum(row["right"] for row in rows) / len(rows)}


def rows_of(values):
    return [{"right": value} for value in values]


def test_a_mean_has_the_interval_of_a_mean():
    chance = random.Random(1)
    values = [float(chance.random() < 0.7) for _ in range(200)]
    low, high = intervals(share, rows_of(values), range(200), seed=7)["accuracy"]
    mean = interval(values)
    assert low == pytest.approx(mean.low, abs=0.02) and high == pytest.approx(mean.high, abs=0.02)
    assert intervals(share, rows_of(values), range(200), seed=7)["accuracy"] == (low, high)


def test_clusters_are_drawn_whole():
    values = [float(place % 2) for place in range(40) for _ in range(5)]
    alone = intervals(share, rows_of(values), range(200), seed=7)["accuracy"]
    together = intervals(share, rows_of(values), [place // 5 for place in range(200)], seed=7)["accuracy"]
    assert together[1] - together[0] > 1.8 * (alone[1] - alone[0])


@pytest.mark.parametrize(
    ("value", "ends"), [(0.0, (0.0, 1 - 0.025 ** (1 / 125))), (1.0, (0.025 ** (1 / 125), 1.0)), (0.3, (-math.inf, math.inf))]
)
def test_a_share_that_never_varies_has_an_exact_bound_or_none(value, ends):
    assert intervals(share, rows_of([value] * 125), range(125), seed=7, draws=50)["accuracy"] == pytest.approx(ends)


def test_the_exact_bound_counts_the_clusters_that_have_the_metric():
    def unseen(rows):
        own = [row["right"] for row in rows if row["unseen"]]
        return {"accuracy": 0.5} | ({"accuracy_unseen": sum(own) / len(own)} if own else {})

    rows = [{"right": 0.0, "unseen": place < 20} for place in range(100)]
    assert intervals(unseen, rows, range(100), seed=7, draws=100)["accuracy_unseen"][1] == pytest.approx(1 - 0.025 ** (1 / 20))


def test_what_most_resamples_lack_has_no_interval():
    def area(rows):
        both = {row["right"] for row in rows} == {0.0, 1.0}
        return {"area": 0.5 if both else math.nan}

    assert intervals(area, rows_of([1.0, *[0.0] * 4]), range(5), seed=7)["area"] == (-math.inf, math.inf)
    assert intervals(share, rows_of([1.0, 0.0]), ["one", "one"], seed=7)["accuracy"] == (-math.inf, math.inf)
