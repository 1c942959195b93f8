"""Each number belongs to the right quantity, and denials are recognised."""

import pytest

from tests.clock import cpu_seconds
from vitrine.facts import report_words
from vitrine.facts.insights import FIGURES
from vitrine.verifiers import claims
from vitrine.verifiers.replies import MAX_CHARS

NAMED = report_words.names(FIGURES)


def bound(text):
    return [
        (claim.number.written, claim.names[0] if claim.names else None)
        for sentence in claims.read(text, NAMED)
        for claim in sentence.claims
    ]


def denied(text):
    return {claim.number.written for sentence in claims.read(text, NAMED) for claim in sentence.claims if claim.denied}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Foram 132 pedidos.", [("132", "pedidos")]),
        ("Pedidos: 132; nota: 4,1", [("132", "pedidos"), ("4,1", "nota")]),
        ("132 vendas e R$ 18.450 em vendas", [("132", "pedidos"), ("18.450", "receita")]),
        ("R$ 139,77 por pedido, com frete de R$ 21,90 por pedido", [("139,77", "ticket"), ("21,90", "frete")]),
        ("O custo de envio foi de 21,90 reais", [("21,90", "frete")]),
        ("8,2% dos pedidos chegaram fora do prazo", [("8,2", "atraso")]),
        ("91,8% no prazo", [("91,8", "pontualidade")]),
        ("receita de quase R$ 10 mil (R$ 9.840)", [("10", "receita"), ("9.840", "receita")]),
        ("faturou R$ 18.450, com tíquete médio de R$ 139,77", [("18.450", "receita"), ("139,77", "ticket")]),
        ("132 elefantes", [("132", None)]),
        ("132 elefantes. A loja vendeu pedidos.", [("132", None)]),  # not across sentences
        ("nota de 8,2%", [("8,2", None)]),  # a score is no percentage
        ("pedidos, receita e ticket: 132", [("132", "ticket")]),  # the nearest name, not the right one
        ("a nota foi 4,1 em 03/2018", [("4,1", "nota")]),
    ],
)
def test_a_number_belongs_to_the_nearest_name_with_its_unit(text, expected):
    assert bound(text) == expected


@pytest.mark.parametrize(
    "text",
    """
    Ninguém fez 132 pedidos|Faltaram 132 pedidos|não 132 pedidos|Nem de longe foram 132 pedidos|132 pedidos? Não.
    Pedidos: 132 (falso)
    A loja não chegou a 132 pedidos|SP não vendeu 132 pedidos|Não foram registrados 132 pedidos|Os pedidos não foram 132
    O número de pedidos está longe de ser 132|A nota de 132 não é real|A nota jamais foi 132|Não acredito que foram 132 pedidos
    É mentira que houve 132 pedidos|É incorreto dizer que houve 132 pedidos|Em vez de 132 pedidos, foram outros
    Seriam 132 pedidos
    Deixou de vender 132 pedidos|A meta era 132 pedidos|Esperavam 132 pedidos|Talvez 132 pedidos
    Os 132 pedidos não aconteceram
    Sem 132 pedidos|tampouco foram 132 pedidos|não passou nem perto de 132 pedidos|de forma alguma houve 132 pedidos
    A nota não é 132
    """.replace("\n", "|").split("|"),
)
def test_denied_numbers_are_recognised(text):
    assert denied(text.strip()) == ({"132"} if text.strip() else set())


@pytest.mark.parametrize(
    "text",
    """
    O frete de R$ 21,90 não é barato|não houve problema com os 132 pedidos|não só 132 pedidos, mas também boa nota
    A nota 4,1 não é ruim|sem surpresas, com nota 4,1
    sem atrasos relevantes, com nota 4,1|O atraso não passou de 8,2%|Não é pouco: R$ 18.450 de receita|não compromete a nota 4,1
    A entrega não falha: só 8,2% atrasaram|Nada mal: 132 pedidos|o frete de R$ 21,90 não pesa no ticket de R$ 139,77
    não por acaso a nota é 4,1|foram 132 pedidos, nem todos no prazo|8,2% dos pedidos não chegaram no prazo|Nenhum atraso (0,0%)
    Não faltou produto e a receita foi de R$ 18.450|132 pedidos sem nenhuma devolução|os 132 pedidos não bastam para crescer
    nunca vendemos tanto: 132 pedidos|a loja não cresceu, mas manteve 132 pedidos
    """.replace("\n", "|").split("|"),
)
def test_negations_of_other_words_deny_no_number(text):
    assert denied(text.strip()) == set()


def test_a_negated_list_denies_all_its_numbers():
    assert denied("não foram 132 pedidos, receita de R$ 18450, nota 4,1 e frete de R$ 21,90") == {"132", "18450", "4,1", "21,90"}


UNITS = ["não foram 132 pedidos, ", "pedidos 1 ", "não ", "1 ", "pedidos ", "nota: ("]
MAX_GROWTH = 40  # of CPU time, for a text ten times as long: 10 if it is linear, 100 if quadratic


def growth(read, unit):
    long = (unit * MAX_CHARS)[:MAX_CHARS]
    short = long[: MAX_CHARS // 10]
    read(short)
    seconds = cpu_seconds(lambda: read(short))
    return cpu_seconds(lambda: read(long), limit=MAX_GROWTH * seconds) / seconds


@pytest.mark.parametrize("unit", UNITS)
def test_time_grows_with_the_length_of_the_text(unit):
    assert growth(lambda text: claims.read(text, NAMED), unit) < MAX_GROWTH


def test_quadratic_time_would_be_noticed():
    def quadratic(text):
        return sum(one == other for one in text[::16] for other in text[::16])

    assert growth(quadratic, "1 ") > MAX_GROWTH
