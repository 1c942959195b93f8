"""Shared words as SQuAD counts them, and what saying more than was asked for costs."""

import re
import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine.verifiers import tokens

TEXT = st.lists(st.sampled_from("The a blue lamp, shines; it's 8 oz. BRIGHT".split()), max_size=12).map(" ".join)


def squad_f1(reference, reply):
    """Written out anew from the definition in the SQuAD paper's evaluation."""

    def normal(text):
        kept = "".join(letter for letter in text.lower() if letter not in string.punctuation)
        return re.sub(r"\b(a|an|the)\b", " ", kept).split()

    said, true = normal(reply), normal(reference)
    if not said or not true:
        return float(said == true)
    same = sum((Counter(said) & Counter(true)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(said), same / len(true)
    return 2 * precision * recall / (precision + recall)


@given(TEXT, TEXT)
def test_f1_is_squads(reference, reply):
    assert tokens.f1(reference, reply) == pytest.approx(squad_f1(reference, reply), abs=1e-9)


@given(TEXT, TEXT)
def test_match_is_one_for_the_reference_and_nothing_without_a_word_of_it(reference, reply):
    assert tokens.match(reference, reference) == pytest.approx(1.0)
    assert 0.0 <= tokens.match(reference, reply) <= 1.0 + 1e-12
    assert tokens.f1(reference, reply) > 0 or tokens.match(reference, reply) == 0.0


REPLIES = (
    "It is not made of steel.",
    "It is made of.",
    "The bottle is made of steel, says one.",
    "Steel",
    "It is made of steel.",
)


def test_an_honest_answer_earns_more_than_the_opposite_however_short_or_long():
    worth = [tokens.match("It is made of steel.", reply) for reply in REPLIES]
    assert worth == sorted(worth) and worth[0] <= 0.1 and worth[1] < 0.2 and worth[2] > 0.4 and worth[3] > 0.8


def test_an_answer_of_frame_words_counts_all_of_them():
    assert tokens.match("Yes, it does.", "It is of the.") < 0.4 < 0.8 < tokens.match("Yes, it does.", "Yes it does")
    assert tokens.match("Yes, it does.", "No, it does not.") < 0.1


def test_saying_everything_does_not_pay():
    reference = "It keeps drinks cold all day."
    page = f"It is made of steel. {reference} It comes in blue and fits most cup holders. Order two of them today!"
    assert tokens.f1(reference, page) > 0.35 and tokens.match(reference, page) < 0.15
    worth = [tokens.match(reference, reference + " steel" * more) for more in range(0, 40, 4)]
    assert worth == sorted(worth, reverse=True) and worth[-1] < 0.02


@pytest.mark.parametrize(
    ("said", "share"),
    [("It is made of steel.", 1.0), ("It is made of wood.", 0.0), ("A steel bottle of 8 oz", 1 / 2), ("It is.", 0.0), ("", 0.0)],
)
def test_grounded_counts_the_words_that_say_something(said, share):
    assert tokens.grounded_share(said, "A blue bottle. Steel.") == pytest.approx(share)


def test_the_first_words_of_a_text():
    assert tokens.first_words("one  two\nthree", 2) == "one two" and tokens.first_words("one  two", 2) == "one  two"
