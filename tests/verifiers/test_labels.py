"""One label is found; none or two are an error."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine.errors import ParseError, VerifierError
from vitrine.verifiers import labels

POLARITIES = ["positivo", "neutro", "negativo"]


@pytest.mark.parametrize(
    ("reply", "among", "label"),
    [
        pytest.param("positivo", POLARITIES, "positivo", id="bare"),
        pytest.param("Sentimento: **POSITIVO**.", POLARITIES, "positivo", id="case and signs"),
        pytest.param("<think>negativo?</think>neutro", POLARITIES, "neutro", id="after the thinking"),
        pytest.param("neutro, sim, neutro", POLARITIES, "neutro", id="repeated"),
        pytest.param("Nao", ["não", "sim"], "não", id="without its accent"),
        pytest.param("NÃO", ["nao", "sim"], "nao", id="with an accent it does not have"),
        pytest.param("na\u0303o", ["não", "sim"], "não", id="decomposed"),
        pytest.param("muito  positivo", ["positivo", "muito positivo"], "muito positivo", id="the longer covers the shorter"),
        pytest.param("é positivo", ["positivo", "muito positivo"], "positivo", id="the shorter alone"),
        pytest.param("positivo 👩\u200d👧", POLARITIES, "positivo", id="a joined emoji beside it"),
        pytest.param("ＰＯＳＩＴＩＶＯ", POLARITIES, "positivo", id="wide letters"),
        pytest.param("Categoria A+.", ["A+", "B"], "A+", id="signs in a label"),
    ],
)
def test_one_label_is_found(reply, among, label):
    assert labels.find(reply, among) == label


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        pytest.param("", "no label", id="empty"),
        pytest.param("gostei", "no label", id="none"),
        pytest.param("positivos", "no label", id="part of a word"),
        pytest.param("positivo ou negativo", "positivo and negativo", id="two objects"),
        pytest.param("posi\u200btivo", "no label", id="a label with an invisible character"),
        pytest.param("positivo nega\u200btivo", "positivo and negativo", id="two labels, one with an invisible character"),
        pytest.param("positivo\u0301 ou ｎｅｇａｔｉｖｏ", "positivo and negativo", id="two, in odd letters"),
        pytest.param("positivo/negativo", "positivo and negativo", id="two, with a stroke"),
        pytest.param("positivo, neutro, negativo", "positivo and neutro and negativo", id="all of them"),
        pytest.param("positivo_negativo", "no label", id="two glued together"),
        pytest.param("p\u043esitivo", "no label", id="a Cyrillic letter"),
        pytest.param("<think>positivo", "no label", id="still thinking"),
    ],
)
def test_no_label_or_two_labels_raise(reply, why):
    with pytest.raises(ParseError, match=why):
        labels.find(reply, POLARITIES)


@pytest.mark.parametrize("among", [["sim", "Sim"], ["não", "nao"], ["", "x"]])
def test_indistinguishable_labels_raise_a_verifier_error(among):
    with pytest.raises(VerifierError, match="distinct"):
        labels.find("sim", among)


@given(st.text())
def test_any_text_gives_a_label_or_a_parse_error(text):
    with contextlib.suppress(ParseError):
        assert labels.find(text, POLARITIES) in POLARITIES
