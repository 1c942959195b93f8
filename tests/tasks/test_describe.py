import pytest

from vitrine.tasks import describe

FACTS = {
    "title": "Blue Steel Bottle",
    "content": "Keep drinks cold with this blue steel bottle. Fits any bag and cleans in seconds.",
}


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        pytest.param(FACTS["content"], 1.0, 1.0, id="gold"),
        pytest.param("A blue steel bottle that fits any bag.", 0.3, 0.7, id="part of it"),
        pytest.param("", 0.0, 0.0, id="silence"),
        pytest.param((FACTS["content"] + " ") * 20, 0.0, 0.1, id="endless text"),
        pytest.param("the the the the the the the the", 0.0, 0.1, id="a common word over and over"),
    ],
)
def test_grade(reply, least, most):
    assert least <= describe.grade(reply, FACTS).score <= most
