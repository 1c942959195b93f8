"""An order lists each item once; NDCG equals scikit-learn's."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from vitrine.errors import ParseError, VerifierError
from vitrine.verifiers import ranking

GAINS = st.lists(st.sampled_from([1.0, 0.1, 0.01, 0.0]), min_size=2, max_size=6)


@pytest.mark.parametrize("reply", ["B,A,C", "B, A, C", "B > A > C", "[B,A,C]", "B,A,C.", "<think>A,B,C</think>\nB,A,C"])
def test_an_order_is_read(reply):
    assert ranking.find(reply, 3) == [1, 0, 2]


@pytest.mark.parametrize(
    "reply", ["", "B", "B,A", "B,B,A,C", "B,A,D", "BAC", "b,a,c", "B,A,C because", "B,A,C\nA,B,C", "A," * 900]
)
def test_other_answers_are_no_order(reply):
    with pytest.raises(ParseError):
        ranking.find(reply, 3)


@given(GAINS, st.randoms())
def test_ndcg_equals_scikit_learn(gains, rng):
    order = list(range(len(gains)))
    rng.shuffle(order)
    worth = [[2**gain - 1 for gain in gains]]
    scores = [[float(-order.index(place)) for place in range(len(gains))]]
    expected = ndcg_score(worth, scores, ignore_ties=True) if any(gains) else 1.0
    assert ranking.ndcg(order, gains) == pytest.approx(expected, abs=1e-9)


def test_ndcg_by_hand():
    assert ranking.ndcg([1, 0], [1.0, 0.1]) == pytest.approx((2**0.1 - 1 + 1 / math.log2(3)) / (1 + (2**0.1 - 1) / math.log2(3)))


@given(GAINS)
def test_the_best_order_scores_1_the_worst_0_and_others_between(gains):
    scores = {order: ranking.ndcg_above_worst(order, gains) for order in itertools.permutations(range(len(gains)))}
    best = tuple(sorted(range(len(gains)), key=lambda place: -gains[place]))
    assert scores[best] == pytest.approx(1.0)
    assert all(-1e-9 <= score <= 1 + 1e-9 for score in scores.values())
    assert min(scores.values()) == pytest.approx(0.0 if len(set(gains)) > 1 else 1.0)


def test_an_invalid_order_raises_a_verifier_error():
    with pytest.raises(VerifierError):
        ranking.ndcg([0, 0], [1.0, 0.1])
