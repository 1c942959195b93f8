"""A number is supported if a fact, rounded to the number's precision, equals it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine.verifiers import grounding
from vitrine.verifiers.grounding import Grounding

FACTS = [139.77, 8.0, 412, 0.3, -12.4]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        pytest.param("139,77", (1, 1, 1), id="unrounded"),
        pytest.param("139.8", (1, 1, 1), id="rounded to one decimal"),
        pytest.param("140", (1, 1, 1), id="rounded to a whole number"),
        pytest.param("139", (1, 0, 0), id="truncated, not rounded"),
        pytest.param("139,7700", (1, 1, 1), id="more decimals than it has"),
        pytest.param("139,7712", (1, 0, 0), id="a wrong decimal"),
        pytest.param("139,77 ou 139,8 ou 140", (3, 3, 1), id="one fact three times"),
        pytest.param("412 pedidos, 8% atrasados", (2, 2, 2), id="two facts"),
        pytest.param("412 pedidos, 31% atrasados", (2, 1, 1), id="one of two"),
        pytest.param("uma queda de 12,4%", (1, 1, 1), id="the magnitude of a negative fact"),
        pytest.param("-12,4", (1, 1, 1), id="a negative fact"),
        pytest.param("-8", (1, 0, 0), id="the wrong sign"),
        pytest.param("0", (1, 0, 0), id="zero for a third"),
        pytest.param("0,3", (1, 1, 1), id="a third"),
        pytest.param("em 2017-10, na 1ª semana", (0, 0, 0), id="a date"),
        pytest.param("", (0, 0, 0), id="empty"),
    ],
)
def test_counts_of_cited_supported_and_distinct(text, verdict):
    assert grounding.check(text, FACTS) == Grounding(*verdict)


@pytest.mark.parametrize(("text", "supported"), [("1,2 mil", 1), ("1 mil", 0), ("2 milhões", 0), ("1.234", 1)])
def test_thousands_are_rounded_within_five_percent(text, supported):
    assert grounding.check(text, [1234]).supported == supported


def test_a_rounded_number_counts_as_one_fact():
    assert grounding.check("140", [139.6, 139.9, 140.2]).distinct == 1


def test_facts_that_are_not_finite_support_nothing():
    assert grounding.check("5", [float("nan"), float("inf")]) == Grounding(1, 0, 0)
    assert grounding.check("5", []) == Grounding(1, 0, 0)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        pytest.param("139,77 e 412", 1.0, id="two facts"),
        pytest.param("139,77 e 31", 0.5, id="one of two"),
        pytest.param("139,77 139,77 139,77 139,77 e 31", 0.5, id="one fact four times does not outweigh a false number"),
        pytest.param("139,77 ou 139,7700 ou 139,8 ou 140 e 31", 0.5, id="nor does one fact written in four ways"),
        pytest.param("139,77 e 31 e 31", 1 / 3, id="a false number counts each time"),
        pytest.param("31", 0.0, id="false"),
        pytest.param("nada", 0.0, id="empty"),
    ],
)
def test_share_ignores_repeated_true_numbers(text, share):
    assert grounding.check(text, FACTS).share == pytest.approx(share)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1e2", id="a power of ten near a fact"),
        pytest.param("0,1 mil", id="a thousand's tenth near a fact"),
        pytest.param("139.770", id="thousands that look like decimals"),
        pytest.param("−412", id="the wrong sign"),
        pytest.param("4\u00a0120", id="ten times a fact, in groups"),
        pytest.param("139.77.1", id="a fact in a longer run"),
        pytest.param("41\u200b20", id="two more digits after an invisible character"),
        pytest.param("99/2018", id="an invalid month"),
        pytest.param("31. dos pedidos", id="a high list marker"),
    ],
)
def test_a_number_near_a_fact_is_not_supported(text):
    assert grounding.check(text, FACTS).share < 1.0


@given(st.text(), st.lists(st.floats()))
def test_counts_are_bounded(text, facts):
    result = grounding.check(text, facts)
    assert 0 <= result.distinct <= result.supported <= result.cited and 0 <= result.share <= 1


@given(st.floats(0.01, 1e6), st.integers(0, 2))
def test_every_correct_rounding_is_supported(fact, decimals):
    written = f"{fact:.{decimals}f}"
    if float(written) != 0:
        assert grounding.check(f"foram {written.replace('.', ',')} no total", [fact]).supported == 1
