"""Metrics of a rare outcome equal scikit-learn's, and a constant does not win."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.verifiers import risks

ROWS = st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])), min_size=2, max_size=40).filter(
    lambda rows: len({outcome for outcome, _ in rows}) == 2
)


@given(rows=ROWS)
@settings(deadline=None)  # scikit-learn is imported once
def test_metrics_equal_scikit_learn(rows):
    from sklearn import metrics  # seconds to import

    happened, scores = zip(*rows, strict=True)
    assert risks.average_precision(happened, scores) == pytest.approx(metrics.average_precision_score(happened, scores))
    called = [score >= 0.5 for score in scores]
    assert risks.balanced_accuracy(happened, called) == pytest.approx(metrics.balanced_accuracy_score(happened, called))


@given(rows=ROWS)
def test_the_order_of_rows_does_not_change_the_score(rows):
    one, other = (
        (risks.average_precision(happened, scores), risks.lift(happened, scores, share=0.1))
        for happened, scores in (zip(*rows, strict=True), zip(*rows[::-1], strict=True))
    )
    assert one == pytest.approx(other)


def test_a_constant_scores_the_base_rate():
    happened, scores = [True] + [False] * 9, [0.97] * 10
    assert risks.average_precision(happened, scores) == pytest.approx(0.1)
    assert risks.lift(happened, scores, share=0.1) == pytest.approx(1.0)
    assert risks.balanced_accuracy(happened, [True] * 10) == 0.5


@pytest.mark.parametrize(("score", "lift"), [(0.9, 10.0), (0.5, 1.0), (0.1, 0.0)])
def test_lift(score, lift):
    assert risks.lift([True] + [False] * 9, [score] + [0.5] * 9, share=0.1) == pytest.approx(lift)


@pytest.mark.parametrize("happened", [[], [True, True], [False]])
def test_metrics_are_none_if_only_one_outcome_occurs(happened):
    scores = [0.5] * len(happened)
    assert risks.average_precision(happened, scores) is None
    assert risks.lift(happened, scores, share=0.1) is None
    assert risks.balanced_accuracy(happened, happened) is None
