"""Numbers are read in Brazilian and English notation; dates, ordinals and names are no numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock import cpu_seconds
from vitrine.verifiers import numbers


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param("R$ 1.234,56", [(1234.56, 2)], id="reais"),
        pytest.param("R$1.234.567,8", [(1234567.8, 1)], id="millions of reais"),
        pytest.param("$1,234.56", [(1234.56, 2)], id="English"),
        pytest.param("12,5%", [(12.5, 1)], id="a share"),
        pytest.param("12.5 %", [(12.5, 1)], id="a share in English"),
        pytest.param("132 pedidos", [(132, 0)], id="plain"),
        pytest.param("1.234", [(1234, 0)], id="three digits after a point are thousands"),
        pytest.param("1,234", [(1234, 0)], id="three digits after a comma are thousands"),
        pytest.param("12.345.678", [(12345678, 0)], id="several groups"),
        pytest.param("0,123 e 0.123", [(0.123, 3), (0.123, 3)], id="no thousands after a zero"),
        pytest.param("1,234%", [(1.234, 3)], id="no thousands before a percent sign"),
        pytest.param("1234,567", [(1234.567, 3)], id="no thousands after four digits"),
        pytest.param("4,0871", [(4.0871, 4)], id="four decimals"),
        pytest.param("99.441 pedidos, nota 4,09.", [(99441, 0), (4.09, 2)], id="the end of a sentence"),
        pytest.param("10,20,30", [(10, 0), (20, 0), (30, 0)], id="a list without spaces"),
        pytest.param("-5 e −3,5", [(-5, 0), (-3.5, 1)], id="signs"),
        pytest.param("10-20", [(10, 0), (20, 0)], id="a range"),
        pytest.param("5 mil", [(5000, -3)], id="mil"),
        pytest.param("1,2 milhões e 3k", [(1200000, -5), (3000, -3)], id="millions and k"),
        pytest.param("300ml, 3x", [(300, 0), (3, 0)], id="units"),
        pytest.param("em 2017", [(2017, 0)], id="a bare year is a number"),
        pytest.param("foram **12** pedidos", [(12, 0)], id="bold"),
        pytest.param("9" * 400, [], id="beyond every float"),
        pytest.param("R$ -5,00 ou -R$ 5,00", [(-5, 2), (-5, 2)], id="a sign on either side of the currency"),
        pytest.param("–3,2", [(-3.2, 1)], id="a dash as a sign"),
        pytest.param("10–12", [(10, 0), (12, 0)], id="a range with a dash"),
        pytest.param("- 12 pedidos", [(12, 0)], id="a dash as a bullet"),
        pytest.param("US$ 12.50", [(12.5, 2)], id="dollars"),
        pytest.param("1.234.567", [(1234567, 0)], id="two groups"),
        pytest.param("1\u00a0234,56", [(1234.56, 2)], id="a no-break space for thousands"),
        pytest.param("1\u202f234\u202f567", [(1234567, 0)], id="narrow spaces for thousands"),
        pytest.param("1\u2009234", [(1234, 0)], id="a thin space for thousands"),
        pytest.param("132 412 pedidos", [(132, 0), (412, 0)], id="a plain space separates two numbers"),
        pytest.param("2017\u00a0132", [(2017, 0), (132, 0)], id="four digits are no group"),
        pytest.param("1\u200b2 e 1\u00ad2", [(12, 0), (12, 0)], id="invisible characters do not split a number"),
        pytest.param("12,5 por cento", [(12.5, 1)], id="per cent in words"),
        pytest.param("1,234 por cento", [(1.234, 3)], id="no thousands before per cent in words"),
        pytest.param("12,5 p.p., 3 pct", [(12.5, 1), (3, 0)], id="points"),
        pytest.param("1e3 e 1,5e3", [(1000, -3), (1500, -2)], id="powers of ten"),
        pytest.param("2,5 bi, 1 bilhão, 3 milhares", [(2.5e9, -8), (1e9, -9), (3000, -3)], id="other scales"),
        pytest.param("5M e 5 m", [(5e6, -6), (5, 0)], id="millions and metres"),
        pytest.param("um fator .5, não 5", [(0.5, 1), (5, 0)], id="a half without a zero"),
        pytest.param("1/2, 4/5", [(1, 0), (2, 0), (4, 0), (5, 0)], id="fractions are two numbers each"),
        pytest.param("(11) 98765-4321", [(11, 0), (98765, 0), (4321, 0)], id="a phone"),
        pytest.param("CEP 01310-100", [(1310, 0), (100, 0)], id="a postal code"),
        pytest.param("12.345.678/0001-90", [(12345678, 0), (1, 0), (90, 0)], id="a company's number"),
        pytest.param("87/2018 e 2018-31", [(87, 0), (2018, 0), (2018, 0), (31, 0)], id="invalid months"),
        pytest.param("45/99/2018", [(45, 0), (99, 0), (2018, 0)], id="an invalid day"),
        pytest.param("98:76 e 31h", [(98, 0), (76, 0), (31, 0)], id="invalid times"),
        pytest.param("31) dos pedidos", [(31, 0)], id="no list is so long"),
        pytest.param("5.10.12", [(5, 0), (10, 0), (12, 0)], id="a version"),
        pytest.param("12,3a4", [(12, 0)], id="a word at the end of a run"),
        pytest.param("𝟏𝟐 e ３", [(12, 0), (3, 0)], id="digits of other alphabets"),
    ],
)
def test_a_number_is_read(text, read):
    actual = [(number.value, number.decimals) for number in numbers.find(text)]
    assert actual == [(pytest.approx(value), decimals) for value, decimals in read]


@pytest.mark.parametrize(
    "text",
    [
        "2017-10", "2017-10-05", "2017-10-05 14:30:00", "05/10/2017", "5/1/18", "10/2017", "outubro de 2017", "5 de maio de 2018",
        "out/2017", "jan/18", "October 2017", "2017/10", "2017/10/05", "05.10.2017", "05-10-2017", "10-2017", "10:30h",
        "14:30", "às 14h", "14h30", "1º", "2ª", "3rd", "G7", "e481f51cbdc54678", "8f51ab2", "id_42",
        "1. Resumo", "  2) Problemas", "## 3. Ações", "- 4. Fim", "**5.** Fim", "", "sem números",
    ],
)  # fmt: skip
def test_dates_ordinals_and_list_markers_are_no_numbers(text):
    assert numbers.find(text) == []


def test_the_written_form_is_kept():
    assert numbers.find("R$ 1.234,50")[0].written == "1.234,50"


@pytest.mark.parametrize(
    "piece",
    [
        "1.",
        "-",
        "- ",
        "1",
        "1-",
        "1:",
        "1/",
        "jan ",
        "1,",
        "\n1.",
        "de 1 ",
        "R$ ",
        "1 mil",
        "#*>-",
        "1\u00a0",
        "123\u00a0",
        "1e",
        ".1",
        "1,1a1",
        "1h",
        "\u200b",
    ],
)
def test_time_is_linear_on_hostile_text(piece):
    for text in (piece * 20_000, piece * 20_000 + "a1"):
        assert cpu_seconds(lambda text=text: numbers.find(text), limit=0.75) < 0.75


@given(st.text(alphabet="0123456789.,-% R$kmilé/\n:") | st.text())
def test_any_text_gives_finite_numbers(text):
    assert all(math.isfinite(number.value) for number in numbers.find(text))


@given(st.integers(0, 10**12), st.integers(0, 2))
def test_numbers_written_by_python_are_read_back(whole, decimals):
    value = whole / 100
    english = f"{value:,.{decimals}f}"
    brazilian = english.translate(str.maketrans(",.", ".,"))
    for written in (english, brazilian):
        (number,) = numbers.find(f"foram {written} no total")
        assert number.value == pytest.approx(float(f"{value:.{decimals}f}"))
        assert number.decimals == decimals
