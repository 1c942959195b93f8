"""ROUGE equals the package's; copying and repetition are shares of word 4-grams."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from tests.clock import cpu_seconds
from vitrine.verifiers import overlap


def test_rouge_by_hand():
    scores = overlap.rouge("the cat sat on the mat", "the cat lay on the mat")
    assert scores == pytest.approx({"rouge1": 5 / 6, "rouge2": 3 / 5, "rougeL": 5 / 6, "rougeLsum": 5 / 6})


def test_rouge_equals_the_package():
    reference, reply = "A red mug.\nHolds 300 ml of coffee.", "Red coffee mug\nthat holds 300 ml"
    theirs = RougeScorer(list(overlap.MEASURES)).score(reference, reply)
    assert overlap.rouge(reference, reply) == {measure: score.fmeasure for measure, score in theirs.items()}


@pytest.mark.parametrize(("reference", "reply"), [("", "a"), ("a", ""), ("", ""), ("ção", "!!!")])
def test_rouge_of_empty_text_is_0(reference, reply):
    assert set(overlap.rouge(reference, reply).values()) == {0.0}


def test_only_the_start_of_an_endless_reply_is_read():
    def score():
        return overlap.rouge("a red mug for coffee " * 20, "a red mug of tea " * 20_000)

    assert cpu_seconds(score, limit=3) < 3
    assert score()["rougeL"] < 0.2


@pytest.mark.parametrize(
    ("source", "reply", "share"),
    [
        pytest.param("um dois três quatro cinco seis", "dois três quatro cinco", 1.0, id="all of it"),
        pytest.param("um dois três quatro cinco seis", "Dois, TRES quatro\ncinco!", 1.0, id="case, accents, signs"),
        pytest.param("um dois três quatro", "um dois três quatro sete oito nove dez", 0.2, id="one gram of five"),
        pytest.param("um dois três quatro", "quatro três dois um", 0.0, id="another order"),
        pytest.param("um dois três quatro", "dois três", 1.0, id="shorter than a gram"),
        pytest.param("um dois três quatro", "", 0.0, id="empty"),
        pytest.param("", "um dois", 0.0, id="of nothing"),
    ],
)
def test_copied_share(source, reply, share):
    assert overlap.copied_share(source, reply) == pytest.approx(share)


@pytest.mark.parametrize("endless", ["muito bom ", "a", "abcde", "!", "- ", "de ", "😀"])
def test_endless_text_has_a_high_repeated_share(endless):
    assert overlap.repeated_share(endless * 2_000) > 0.95


@pytest.mark.parametrize(
    "text", ["", "ok", "um dois três", "O frete médio subiu, e a maior parte dos atrasos ficou no Norte do país em março."]
)
def test_honest_text_has_no_repeated_share(text):
    assert overlap.repeated_share(text) == 0.0


@settings(max_examples=50)
@given(st.text(), st.text())
def test_scores_are_between_0_and_1_for_any_text(one, other):
    assert all(0.0 <= share <= 1.0 for share in overlap.rouge(one, other).values())
    assert 0.0 <= overlap.copied_share(one, other) <= 1.0
    assert 0.0 <= overlap.repeated_share(one) <= 1.0
