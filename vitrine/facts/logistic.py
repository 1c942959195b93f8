"""A logistic regression: what plain statistics makes of a table, for a language model to be shown beside.

    model = fit(values, happened, ridge=100.0)   # values: a row a customer, a column a feature
    model(others)                                # probabilities, as if both outcomes were equally frequent

Both outcomes weigh the same together, however rare one of them is, so that the penalty means as much in a large table as in a
small one with as many rare rows. Newton's method on the penalised likelihood: a few steps, the same result every time. The
penalty is on the weights of standardised features and not on the intercept, as scikit-learn has it with C = 1 / ridge.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
STEPS = 50
ENOUGH = 1e-8  # of the gradient, a row


@dataclass(frozen=True)
class Logistic:
    middle: Floats
    spread: Floats
    weights: Floats  # of the features, and the intercept last

    def __call__(self, values: Floats) -> Floats:
        return _probability(_with_one((values - self.middle) / self.spread) @ self.weights)


def fit(values: Floats, happened: npt.NDArray[np.bool_], *, ridge: float) -> Logistic:
    """The regression of `happened`, of which both outcomes must occur, on the columns of `values`."""
    middle, spread = values.mean(axis=0), values.std(axis=0)
    spread[spread == 0] = 1.0
    features, rows = _with_one((values - middle) / spread), len(values)
    times, others = happened.sum(), rows - happened.sum()
    weight = min(times, others) / np.where(happened, times, others)  # the rarer outcome counts in full
    penalty = np.append(np.full(values.shape[1], ridge), 0.0)
    found = np.zeros(features.shape[1])

    def cost(weights: Floats) -> float:
        towards = np.where(happened, 1.0, -1.0) * (features @ weights)
        return float(weight @ np.logaddexp(0.0, -towards) + 0.5 * penalty @ weights**2)

    for _ in range(STEPS):
        said = _probability(features @ found)
        gradient = features.T @ (weight * (said - happened)) + penalty * found
        if np.abs(gradient).max() < ENOUGH * rows:
            break
        curve = (features * (weight * said * (1 - said))[:, None]).T @ features + np.diag(penalty)
        step = np.linalg.lstsq(curve, gradient, rcond=None)[0]
        while cost(found - step) > cost(found) and np.abs(step).max() > ENOUGH:
            step = step / 2
        found = found - step
    return Logistic(middle, spread, found)


def _with_one(features: Floats) -> Floats:
    return np.column_stack([features, np.ones(len(features))])


def _probability(total: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(total, -50, 50)))
