"""The regression is scikit-learn's, and both outcomes weigh the same."""

import numpy as np
import pytest

from vitrine.facts import logistic


def some(rows=400, seed=7):
    rng = np.random.default_rng(seed)
    values = np.column_stack([rng.normal(size=rows), rng.gamma(2.0, size=rows), np.zeros(rows), rng.integers(0, 2, rows)])
    return values, rng.random(rows) < 1 / (1 + np.exp(3 - values[:, 0] - values[:, 1]))


@pytest.mark.parametrize("ridge", [0.1, 30.0])
def test_as_scikit_learn_fits_it(ridge):
    linear, preprocessing = pytest.importorskip("sklearn.linear_model"), pytest.importorskip("sklearn.preprocessing")
    values, happened = some()
    features = preprocessing.StandardScaler().fit_transform(values)
    weight = np.where(happened, 1.0, happened.sum() / (~happened).sum())
    theirs = linear.LogisticRegression(C=1 / ridge, tol=1e-10, max_iter=5000).fit(features, happened, weight)
    ours = logistic.fit(values, happened, ridge=ridge)(values)
    assert ours == pytest.approx(theirs.predict_proba(features)[:, 1], abs=1e-5)


def test_a_rare_outcome_is_as_likely_as_the_other():
    values, happened = some(rows=4000)
    said = logistic.fit(values, happened, ridge=1.0)(values)
    assert happened.mean() < 0.4
    assert (said[happened].mean() + said[~happened].mean()) / 2 == pytest.approx(0.5, abs=0.02)


def test_outcomes_that_a_column_tells_apart_do_not_run_away():
    values = np.arange(20.0)[:, None]
    said = logistic.fit(values, values[:, 0] > 9.5, ridge=1e-3)(values)
    assert np.isfinite(said).all() and said[0] < 0.01 < 0.99 < said[-1]


def test_other_rows_are_measured_by_the_scale_that_was_learnt():
    values, happened = some()
    model = logistic.fit(values, happened, ridge=1.0)
    assert model(values[:1]) == pytest.approx(model(values)[:1])
