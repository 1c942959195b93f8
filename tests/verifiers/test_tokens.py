"""Shared words are counted as in SQuAD, and saying too much costs."""

import re
import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine.verifiers import tokens

TEXT = st.lists(st.sampled_from("The a blue lamp, shines; it's 8 oz. BRIGHT".split()), max_size=12).map(" ".join)


def squad_f1(reference, reply):
    """SQuAD's F1, reimplemented from its published definition."""

    def normal(text):
        kept = "".join(letter for letter in text.lower() if letter not in string.punctuation)
        return re.sub(r"\b(a|an|the)\b", " ", kept).split()

    predicted, gold = normal(reply), normal(reference)
    if not predicted or not gold:
        return float(predicted == gold)
    same = sum((Counter(predicted) & Counter(gold)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(predicted), same / len(gold)
    return 2 * precision * recall / (precision + recall)


@given(TEXT, TEXT)
def test_f1_equals_squad(reference, reply):
    assert tokens.f1(reference, reply) == pytest.approx(squad_f1(reference, reply), abs=1e-9)


@given(TEXT, TEXT)
def test_match_is_1_for_the_reference_and_0_without_a_shared_word(reference, reply):
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


def test_an_honest_answer_scores_more_than_a_contradiction_of_any_length():
    scores = [tokens.match("It is made of steel.", reply) for reply in REPLIES]
    assert scores == sorted(scores) and scores[0] <= 0.1 and scores[1] < 0.2 and scores[2] > 0.4 and scores[3] > 0.8


def test_a_reference_of_stop_words_is_compared_by_all_words():
    assert tokens.match("Yes, it does.", "It is of the.") < 0.4 < 0.8 < tokens.match("Yes, it does.", "Yes it does")
    assert tokens.match("Yes, it does.", "No, it does not.") < 0.1


def test_copying_the_whole_source_scores_low():
    reference = "It keeps drinks cold all day."
    page = f"It is made of steel. {reference} It comes in blue and fits most cup holders. Order two of them today!"
    assert tokens.f1(reference, page) > 0.35 and tokens.match(reference, page) < 0.15
    scores = [tokens.match(reference, reference + " steel" * more) for more in range(0, 40, 4)]
    assert scores == sorted(scores, reverse=True) and scores[-1] < 0.02


@pytest.mark.parametrize(
    ("text", "share"),
    [("It is made of steel.", 1.0), ("It is made of wood.", 0.0), ("A steel bottle of 8 oz", 1 / 2), ("It is.", 0.0), ("", 0.0)],
)
def test_grounded_share_counts_content_words(text, share):
    assert tokens.grounded_share(text, "A blue bottle. Steel.") == pytest.approx(share)


def test_first_words():
    assert tokens.first_words("one  two\nthree", 2) == "one two" and tokens.first_words("one  two", 2) == "one  two"
