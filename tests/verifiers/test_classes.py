"""Accuracy and F1 equal scikit-learn's; an answer without a class is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from vitrine.verifiers import classes

GOLD = st.sampled_from(["A", "B", "C"])
PREDICTED = st.sampled_from(["A", "B", "C", "D", None])
PAIRS = st.lists(st.tuples(PREDICTED, GOLD), min_size=1, max_size=40)


@given(PAIRS)
def test_agreement_with_scikit_learn(pairs):
    predicted, gold = (list(labels) for labels in zip(*pairs, strict=True))
    as_text = [label or "none" for label in predicted]
    labels = sorted({label for label in (*predicted, *gold) if label})
    macro = f1_score(gold, as_text, labels=labels, average="macro", zero_division=0)
    only_a = f1_score(gold, as_text, labels=["A"], average="macro", zero_division=0)
    assert classes.macro_f1(predicted, gold) == pytest.approx(macro, abs=1e-9)
    assert classes.f1(predicted, gold, "A") == pytest.approx(only_a, abs=1e-9)
    assert classes.accuracy(predicted, gold) == pytest.approx(accuracy_score(gold, as_text), abs=1e-9)


def test_empty_lists_score_0():
    assert classes.accuracy([], []) == classes.macro_f1([], []) == classes.f1([], [], "A") == 0.0
