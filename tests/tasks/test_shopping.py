"""shopping: short thinking, then an answer from the listing."""

import pytest

from vitrine.tasks import TASKS, shopping

FACTS = {
    "title": "Blue Steel Bottle",
    "context": "The bottle is made of steel. It keeps drinks cold all day. It comes with a spare lid.",
    "answer": "It keeps drinks cold all day.",
}
ANSWER = FACTS["answer"]
THOUGHT = "<think>The product is Blue Steel Bottle.</think>\n"


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        pytest.param(THOUGHT + ANSWER, 1.0, 1.0, id="thinking and answer"),
        pytest.param(ANSWER, 0.5, 0.5, id="no thinking"),
        pytest.param(f"<think></think>{ANSWER}", 0.5, 0.5, id="empty thinking"),
        pytest.param(f"<think>Hm, what could it be?</think>{ANSWER}", 0.0, 0.5, id="thinking without words of the listing"),
        pytest.param(f"{THOUGHT}It keeps drinks warm all day.", 0.2, 0.7, id="a wrong word"),
        pytest.param(f"{THOUGHT}It no keeps drinks cold all day.", 0.0, 0.1, id="the opposite"),
        pytest.param(
            f"{THOUGHT}steel. It keeps drinks cold all day. It comes with a spare lid", 0.0, 0.2, id="a window of words"
        ),
        pytest.param(f"{THOUGHT}Drinks", 0.0, 0.2, id="the queried word"),
        pytest.param(f"{THOUGHT}The bottle keeps drinks cold all day.", 0.5, 1.0, id="about the product"),
        pytest.param(f"{THOUGHT}It is made of steel.", 0.0, 0.1, id="another sentence"),
        pytest.param(THOUGHT + FACTS["context"], 0.0, 0.2, id="the whole description"),
        pytest.param(f"{THOUGHT}{ANSWER} It costs 12 dollars and lasts 99 years.", 0.0, 0.4, id="with an invented sentence"),
        pytest.param("<think>Blue Steel Bottle costs 1999 euros</think>" + ANSWER, 0.5, 0.9, id="an invented fact in thinking"),
        pytest.param(f"<think>{ANSWER}</think>", 0.0, 0.0, id="thinking alone"),
        pytest.param(f"<think>{ANSWER}", 0.0, 0.0, id="thinking without end"),
        pytest.param(THOUGHT * 2 + ANSWER, 0.0, 0.0, id="two thinking blocks"),
        pytest.param(f"<think>{THOUGHT}</think>{ANSWER}", 0.0, 0.0, id="nested thinking"),
        pytest.param(ANSWER + THOUGHT, 0.0, 0.0, id="thinking after the answer"),
        pytest.param(f"<think>{FACTS['context'] * 8}</think>{ANSWER}", 0.0, 0.0, id="stuffed"),
        pytest.param(f"<think>{'blue steel bottle ' * 20}</think>{ANSWER}", 0.0, 0.3, id="repetitive thinking"),
    ],
)
def test_grade(reply, least, most):
    assert least - 1e-9 <= shopping.grade(reply, FACTS).score <= most + 1e-9


def test_headline():
    replies = [THOUGHT + ANSWER, ANSWER, f"{THOUGHT}Buy now, friends!", ""]
    metrics = shopping.headline([{"components": shopping.grade(reply, FACTS).components} for reply in replies])
    assert metrics["thinking"] == 2 / 4 and metrics["fully_grounded"] == 2 / 4
    assert metrics["grounded_rate"] == pytest.approx((1 + 1 + 3 / 5 + 0) / 4)  # "buy" and "friends" are not in the listing
    assert metrics["answer_f1"] == pytest.approx(2 / 4, abs=0.01)


def test_the_reference_quotes_the_listing_and_earns_everything(example_config):
    for example in TASKS["shopping"].examples(example_config, limit=30, seed=7):
        reply = shopping.reference(example)
        assert example["title"] in reply and example["answer"] in example["context"]
        grade = shopping.grade(reply, example)
        assert grade.score == pytest.approx(1.0) and grade.components["grounded"] == 1.0
