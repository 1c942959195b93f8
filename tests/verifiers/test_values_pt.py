"""Spellings of Brazilian attribute values, and texts that name several values."""

import pytest

from tests.clock import cpu_seconds
from vitrine.verifiers.values_pt import items, normalize, predicted, spellings


@pytest.mark.parametrize(
    ("attribute", "one", "other"),
    [
        ("cor", "Branca", "BRANCO"),
        ("formato", "Redonda", "redondo"),
        ("quantidade_de_bocas", "4 Bocas", 4),
        ("Quantidade de portas", "2 Portas", "2"),
        ("niveis_de_potencia", "10 Níveis", "10"),
        ("capacidade_de_refrigeracao", "9.000 BTUs", "9000 Btu/h"),
        ("capacidade", "40L", "40 litros"),
        ("peso_suportado", "12kg", "12 Quilos"),
        ("polegadas", '50"', "50 polegadas"),
        ("potencia", "20 W RMS", "20 watts"),
        ("voltagem", "110V", "127 V"),
        ("voltagem", "220", "220 Volts"),
        ("instalacao", "de Embutir", "Embutir"),
        ("painel", "com Relógio", "relogio"),
        ("ciclo", "Só Frio", "Frio"),
    ],
)
def test_the_same(attribute, one, other):
    assert normalize(attribute, one) == normalize(attribute, other) != ""


@pytest.mark.parametrize(
    ("attribute", "one", "other"),
    [
        ("voltagem", "110V", "220V"),
        ("voltagem", "110V", "Bivolt"),
        ("potencia", "110W", "127W"),
        ("marca", "Midea", "Mideo"),
        ("marca", "Com Amor", "Amor"),
        ("altura", "1.5 m", "15 m"),
        ("memoria", "4 GB", "4"),
        ("sistema_operacional", "Windows", "Windows 10"),
        ("material", "Madeira", "Madeira Maciça"),
        ("capacidade", "40L", "40 latas"),
    ],
)
def test_not_the_same(attribute, one, other):
    assert normalize(attribute, one) != normalize(attribute, other)


@pytest.mark.parametrize("text", ["Não informado", "não se aplica", "-", "", " ", None, [], ["N/A"], "[]"])
def test_absent(text):
    assert items("cor", text) == [] and predicted("cor", text) == set()


@pytest.mark.parametrize(
    ("attribute", "value", "expected"),
    [
        ("cor", "[Branco, Preto]", ["Branco", "Preto"]),
        ("cor", ["Branco", "Preto e Azul"], ["Branco", "Preto", "Azul"]),
        ("cor", "[Preto,Cinza]", ["Preto", "Cinza"]),
        ("ciclo", "Quente/Frio", ["Quente", "Frio"]),
        ("protecao", "Antiácaro - Antifungo – Antimofo", ["Antiácaro", "Antifungo", "Antimofo"]),
        ("conectividade", "Wi-Fi, HDMI", ["Wi-Fi", "HDMI"]),
        ("altura", "4,5 kg", ["4,5 kg"]),
        ("voltagem", "110V,220V", ["110V", "220V"]),
        ("capacidade", "9000 BTU/h", ["9000 BTU/h"]),
        ("conforto", "Macio c/ Firmeza", ["Macio c/ Firmeza"]),
        ("resolucao", "4K / Ultra HD", ["4K / Ultra HD"]),
        ("marca", "Lar e Cia, Ferro-Forte", ["Lar e Cia", "Ferro-Forte"]),
        ("quantidade", 4.0, ["4"]),
    ],
)
def test_items(attribute, value, expected):
    assert items(attribute, value) == expected


def test_alternatives_are_spellings_of_the_gold_and_several_values_of_a_reply():
    assert spellings("resolucao", "4K / Ultra HD") == {"4k", "ultra hd", "4k ultra hd"}
    assert predicted("resolucao", "4K / Full HD") == {"4k", "full hd"}


@pytest.mark.parametrize(
    "text", [" " * 20_000, "e " * 9_000, "/ " * 9_000, "[" * 20_000, "1" * 20_000, ",1" * 9_000, "1 litro" * 2_500]
)
def test_long_texts_take_no_time(text):
    assert cpu_seconds(lambda: predicted("cor", text), limit=2) < 2
