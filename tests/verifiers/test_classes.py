"""Accuracy and F1 are scikit-learn's; an answer that names no class is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from vitrine.verifiers import classes

TRUE = st.sampled_from(["A", "B", "C"])
SAID = st.sampled_from(["A", "B", "C", "D", None])
PAIRS = st.lists(st.tuples(SAID, TRUE), min_size=1, max_size=40)


@given(PAIRS)
def test_agreement_with_scikit_learn(pairs):
    said, true = (list(side) for side in zip(*pairs, strict=True))
    written = [one or "none" for one in said]
    named = sorted({one for one in (*said, *true) if one})
    macro = f1_score(true, written, labels=named, average="macro", zero_division=0)
    only_a = f1_score(true, written, labels=["A"], average="macro", zero_division=0)
    assert classes.macro_f1(said, true) == pytest.approx(macro, abs=1e-9)
    assert classes.f1(said, true, "A") == pytest.approx(only_a, abs=1e-9)
    assert classes.accuracy(said, true) == pytest.approx(accuracy_score(true, written), abs=1e-9)


def test_nothing_is_worth_nothing():
    assert classes.accuracy([], []) == classes.macro_f1([], []) == classes.f1([], [], "A") == 0.0
