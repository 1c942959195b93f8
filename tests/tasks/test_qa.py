"""qa: an answer, or a refusal if the reviews do not answer the question."""

import pytest

from vitrine.tasks import TASKS, qa

STEEL = {"answer": "It is made of steel."}
SILENT = {"answer": None}


@pytest.mark.parametrize(
    ("reply", "facts", "score"),
    [
        pytest.param("It is made of steel.", STEEL, 1.0, id="gold"),
        pytest.param("Steel", STEEL, 0.867, id="in one word"),
        pytest.param("The bottle is made of steel, according to a reviewer.", STEEL, 0.3895, id="in more words"),
        pytest.param("It is not made of steel.", STEEL, 0.098, id="the opposite"),
        pytest.param("It is made of.", STEEL, 0.178, id="function words only"),
        pytest.param("cannot be answered", STEEL, 0.0, id="refused although there is an answer"),
        pytest.param("It is made of steel. It cannot be answered.", STEEL, 0.0, id="both"),
        pytest.param("", STEEL, 0.0, id="silence"),
        pytest.param("cannot be answered", SILENT, 1.0, id="rightly refused"),
        pytest.param("This question can't be answered from the reviews.", SILENT, 1.0, id="in a sentence"),
        pytest.param("**Cannot be answered**", SILENT, 1.0, id="bold"),
        pytest.param("It is made of steel.", SILENT, 0.0, id="made up"),
        pytest.param("It is made of steel, or cannot be answered", SILENT, 0.0, id="hedged"),
        pytest.param("", SILENT, 0.0, id="silence is no refusal"),
        pytest.param("<think>cannot be answered</think>", SILENT, 0.0, id="only in thinking"),
        pytest.param("It can be answered", SILENT, 0.0, id="the opposite of a refusal"),
    ],
)
def test_grade(reply, facts, score):
    assert qa.grade(reply, facts).score == pytest.approx(score, abs=5e-4)


def test_neither_always_refusing_nor_always_answering_beats_an_honest_weak_answer():
    facts = [STEEL, {"answer": "The size is 8 oz."}, SILENT]

    def mean_score(*replies):
        return sum(qa.grade(reply, fact).score for reply, fact in zip(replies, facts, strict=True)) / 3

    honest = mean_score("Steel.", "8 oz", "cannot be answered")
    assert mean_score(*["cannot be answered"] * 3) == pytest.approx(1 / 3)
    assert mean_score(*["It is made of steel. The size is 8 oz."] * 3) < 1 / 3 < honest


def test_headline_by_hand():
    replies = [
        ("It is made of steel.", STEEL),
        ("Made of wood", STEEL),  # two words of four and five: F1 2 * 2 / (3 + 5)
        ("cannot be answered", STEEL),
        ("cannot be answered", SILENT),
        ("It is blue.", SILENT),
        ("", SILENT),
    ]
    metrics = qa.headline([{"components": qa.grade(reply, facts).components} for reply, facts in replies])
    assert metrics["token_f1"] == pytest.approx((1 + 0.5 + 0 + 1 + 0 + 0) / 6)
    assert metrics["answered_token_f1"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert metrics["answerability_accuracy"] == pytest.approx(3 / 6)
    assert metrics["answerability_f1"] == pytest.approx(2 * 2 / (3 + 3))  # 2 right answers; 3 predicted, 3 true


def test_a_third_of_the_questions_has_no_answer_and_prompts_do_not_show_the_refusal(example_config):
    examples = TASKS["qa"].examples(example_config, limit=60, seed=7)
    silent = [example for example in examples if example["answer"] is None]
    assert len(silent) == 20
    for example in examples:
        prompt = TASKS["qa"].prompt(example)
        assert "cannot be answered" not in prompt.split("\n", 1)[1]
        assert prompt.startswith("[QA] ") and example["fields"]["question"] in prompt
