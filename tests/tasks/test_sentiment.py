import pytest

from vitrine.tasks import sentiment

FACTS = {"score": 4}


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        pytest.param("positivo, nota 4", 1.0, id="gold"),
        pytest.param("Positivo. Nota: 4", 1.0, id="other spelling"),
        pytest.param("A avaliação é positiva, e a nota é 4.", 1.0, id="the adjective agrees with its noun"),
        pytest.param("positiva ou negativa, nota 4", 0.0, id="two polarities"),
        pytest.param("positivo, nota 5", 0.6 + 0.4 * 0.75**3, id="a score one step off"),
        pytest.param("neutro, nota 3", 0.4 * 0.75**3, id="wrong polarity"),
        pytest.param("positivo", 0.6, id="no score"),
        pytest.param("positivo, nota 4 ou 5", 0.6, id="two scores"),
        pytest.param("positivo, nota 4,5", 0.6, id="a fractional score"),
        pytest.param("positivo negativo neutro, nota 4", 0.0, id="every polarity"),
        pytest.param("nota 4", 0.0, id="no polarity"),
        pytest.param("positivo, nota 4 " * 50, 0.0, id="endless text"),
        pytest.param("", 0.0, id="silence"),
    ],
)
def test_grade(reply, score):
    assert sentiment.grade(reply, FACTS).score == pytest.approx(score)


@pytest.mark.parametrize(
    ("score", "polarity"), [(1, "negativo"), (2, "negativo"), (3, "neutro"), (4, "positivo"), (5, "positivo")]
)
def test_polarity(score, polarity):
    assert sentiment.polarity(score) == polarity


@pytest.mark.parametrize(("reply", "solved"), [("positivo, nota 4", True), ("positivo, nota 5", True), ("positivo", False)])
def test_solved_needs_the_right_polarity_and_a_score_at_most_one_step_off(reply, solved):
    assert (sentiment.grade(reply, FACTS).score >= sentiment.TASK.solved) is solved
    assert sentiment.grade("neutro, nota 3", FACTS).score < sentiment.TASK.solved


def test_a_constant_polarity_has_macro_f1_below_chance():
    answers = [
        {"components": sentiment.grade("positivo, nota 5", {"score": score}).components} for score in (5, 5, 5, 5, 4, 3, 1)
    ]
    assert sentiment.headline(answers)["macro_f1"] < 1 / 3 < sentiment.headline(answers)["accuracy"]


def test_headline_counts_an_unparsed_reply_as_wrong():
    replies = [("positivo, nota 5", 5), ("negativo, nota 1", 1), ("talvez", 3), ("positivo, nota 4", 3)]
    answers = [{"components": sentiment.grade(reply, {"score": score}).components} for reply, score in replies]
    metrics = sentiment.headline(answers)
    assert metrics["accuracy"] == pytest.approx(2 / 4)
    assert metrics["macro_f1"] == pytest.approx((1.0 + 0.0 + 2 / 3) / 3)
    assert metrics["parse_rate"] == pytest.approx(3 / 4)
