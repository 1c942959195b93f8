"""Spellings of one value are equal, and texts for "no value" are recognised."""

import pytest

from vitrine.verifiers.values import normalize, same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("220 V", "220V"), ("220 v.", "220V"), ("Red Patent", "red  patent"), ("Café", "cafe"), ('50"', "50"), (50, "50"),
        (8.0, "8"), ("1,5 L", "1.5l"), ("50 / Pack", "50/Pack"), ("Wi-Fi", "wi-fi"), ("10 x 20 cm", "10x20cm"), ("“48”", "48"),
    ],
)  # fmt: skip
def test_spellings_of_one_value_are_equal(one, other):
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("220 V", "110 V"),
        ("1 1/2", "11/2"),
        ("15 L", "1,5 L"),
        ("8.5", "8"),
        ("-20 C", "20 C"),
        ("1,500", "1.5"),
        ("red", ""),
        ("0", ""),
    ],
)
def test_different_values_are_not_equal(one, other):
    assert not same(one, other)


@pytest.mark.parametrize(
    "text",
    """- | -- | — | n/a | N/A. | n.a. | n/d | N.D. | null | none | Unknown | not specified | Not Available | Não informado
    não informada | NAO INFORMADO | não se aplica | Não especificado. | não consta | não disponível | sem informação | nenhum
    Nenhuma | desconhecido | indefinida | not told | not applicable | não mencionado | não foi informado""".replace(
        "\n", "|"
    ).split("|"),
)
def test_absent_values_are_recognised_in_both_languages(text):
    assert normalize(text.strip()) == "" == normalize(None) == normalize(" ")


@pytest.mark.parametrize("text", ["não", "no", "sem fio", "não lava louça", "nonstick", "0", "NA 12", "informado"])
def test_values_that_are_not_absent(text):
    assert normalize(text) != ""
