import pytest

from vitrine.tasks import sentiment

FACTS = {"score": 4}


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        pytest.param("positivo, nota 4", 1.0, id="gold"),
        pytest.param("Positivo. Nota: 4", 1.0, id="other spelling"),
        pytest.param("positivo, nota 5", 0.9, id="one step away"),
        pytest.param("neutro, nota 3", 0.3, id="wrong polarity"),
        pytest.param("positivo", 0.6, id="no score"),
        pytest.param("positivo, nota 4 ou 5", 0.6, id="two scores are none"),
        pytest.param("positivo, nota 4,5", 0.6, id="half a step is not a score"),
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


def test_headline_counts_a_missing_answer_as_wrong_for_every_class():
    replies = [("positivo, nota 5", 5), ("negativo, nota 1", 1), ("talvez", 3), ("positivo, nota 4", 3)]
    answers = [{"components": sentiment.grade(reply, {"score": score}).components} for reply, score in replies]
    found = sentiment.headline(answers)
    assert found["accuracy"] == pytest.approx(2 / 4)
    assert found["macro_f1"] == pytest.approx((1.0 + 0.0 + 2 / 3) / 3)
