"""Portuguese is distinguished from English, Spanish and random words."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock import cpu_seconds
from vitrine.verifiers.language import portuguese_score

REPORT = """## Resumo
No período de 2017-10 a 2017-12 foram vendidos 1.234 pedidos, com ticket médio de R$ 139,77. A categoria cama_mesa_banho
lidera com 12,5% dos pedidos, e São Paulo (SP) concentra quase metade das entregas.

## Problemas
- Atraso: 8% das entregas chegaram depois do prazo, principalmente em AL e MA.
- A nota média dos pedidos atrasados é de 2,3, contra 4,3 dos entregues no prazo.

## Recomendações
Rever o prazo prometido para o Nordeste e negociar com as transportadoras que mais atrasam."""

TABLE = """- Pedidos: 412
- Nota média: 4,1
- Atrasos: 8,2%
- Estado com mais pedidos: SP
A loja deve rever o prazo de entrega."""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(REPORT, id="a report"),
        pytest.param(TABLE, id="a list with a sentence"),
        pytest.param("O frete médio subiu, e a maior parte dos atrasos ficou no Norte.", id="a sentence"),
        pytest.param("Resumo: as vendas cresceram 12% e a nota média caiu para 3,9.", id="with figures"),
        pytest.param("nao recebi o produto ate hoje, a loja nao responde e o prazo ja passou", id="no accents"),
        pytest.param("NÃO RECEBI O PRODUTO E A LOJA NÃO RESPONDE.", id="shouted"),
        pytest.param("Não gostei.", id="two words"),
        pytest.param("A melhora veio da entrega: os pedidos chegam, em média, três dias antes do prazo.", id="a colon"),
    ],
)
def test_portuguese_scores_high(text):
    assert portuguese_score(text) > 0.9


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("The average freight went up, and most delays were in the North of the country.", id="English"),
        pytest.param("This is a very nice product and I like it a lot.", id="simple English"),
        pytest.param("El producto llegó muy bien y es de buena calidad, pero la caja estaba rota.", id="Spanish"),
        pytest.param("Das Produkt ist gut und die Lieferung war schnell, aber der Preis ist hoch.", id="German"),
        pytest.param(
            "Il prodotto è arrivato in ritardo e la qualità non è buona, ma il prezzo era conveniente per la mia famiglia.",
            id="Italian",
        ),
        pytest.param("Le produit est arrivé en retard et la qualité n'est pas bonne, mais le prix était bon.", id="French"),
        pytest.param(
            "Se recomienda mejorar el plazo de entrega porque los clientes están satisfechos con la atención.",
            id="a Spanish report",
        ),
        pytest.param("O frete average subiu the last month, e a maior parte of the orders ficou no Norte.", id="half English"),
        pytest.param("de para com The average freight went up, and most delays que não were in the North.", id="English, padded"),
        pytest.param("THE AVERAGE FREIGHT WENT UP AND MOST DELAYS WERE IN THE NORTH", id="English, shouted"),
        pytest.param("produto entrega loja preço cliente " * 10, id="a list of nouns"),
        pytest.param("de que para com em por " * 10, id="a list of prepositions"),
        pytest.param("de " * 100, id="one preposition"),
        pytest.param("entregaçãodevel quens ostoal nda prazoent uis xqr dosaé brw klt poit", id="pieces of words"),
        pytest.param("SELECT count(*) FROM orders JOIN reviews USING (order_id) WHERE score > 3", id="SQL"),
        pytest.param("cama_mesa_banho SP 12 RJ 13", id="names and numbers"),
        pytest.param("", id="empty"),
        pytest.param("!!! ... 12", id="signs"),
    ],
)
def test_other_text_scores_low(text):
    assert portuguese_score(text) < 0.3


@pytest.mark.parametrize("seed", range(20))
def test_random_tokens_are_not_portuguese(seed):
    pick = random.Random(seed)
    letters = ["".join(pick.choices("abcdefghijklmnopqrstuvwxyzãçé", k=pick.randint(1, 9))) for _ in range(60)]
    pieces = [
        " de",
        " que",
        "ção",
        " ent",
        "rega",
        "mente",
        " pro",
        "duto",
        "a",
        "o",
        "s",
        "r",
        "R$",
        " não",
        "ar",
        ",",
        ".",
        "\n",
    ]
    pieces += [" nota", " mé", "dia", "12", "{", "}", "ou", "str", "Qu", "NT", "x"]
    assert portuguese_score(" ".join(letters)) < 0.3
    assert portuguese_score("".join(pick.choices(pieces, k=80))) < 0.3


@pytest.mark.parametrize("piece", ["a", "ção", "não ", "a-", "aei", "tr", "a.", "de ", "é\u0301", " \n", "_", "h"])
def test_time_is_linear_on_hostile_text(piece):
    assert cpu_seconds(lambda: portuguese_score(piece * (100_000 // len(piece))), limit=1.0) < 1.0


@given(st.text())
def test_scores_are_between_0_and_1_for_any_text(text):
    assert 0.0 <= portuguese_score(text) <= 1.0
