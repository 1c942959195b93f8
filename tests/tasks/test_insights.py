import pytest

from vitrine.tasks import insights

EXAMPLE = {
    "id": "estado:SP:0",
    "entity": "estado:SP",
    "question": "Como foram as vendas de SP em 03/2018?",
    "subject": "SP em 03/2018",
    "figures": {"pedidos": "132", "receita": "18450", "ticket": "139,77", "nota": "4,1", "atraso": "8,2", "frete": "21,90"},
}
FACTS = insights.TASK.facts(EXAMPLE)
TABLE = FACTS["table"]
GOLD = insights.reference(EXAMPLE)
HONEST_BUT_WEAK = (
    "Resumo: as vendas de SP em 03/2018 foram boas para a loja.\n"
    "Números: foram 132 pedidos no período analisado.\n"
    "Recomendação: vender mais no próximo mês para os clientes."
)


def score(reply):
    return insights.grade(reply, FACTS).score


def test_the_reference_earns_everything():
    assert score(GOLD) == 1.0


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        pytest.param(GOLD.replace("139,77", "140"), 1.0, 1.0, id="rounding is not inventing"),
        pytest.param(GOLD.replace("132", "999"), 0.85, 0.95, id="one invented number"),
        pytest.param(HONEST_BUT_WEAK, 0.5, 0.8, id="honest but weak"),
    ],
)
def test_honest_reports(reply, least, most):
    assert least <= score(reply) <= most


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("", id="silence"),
        pytest.param(insights.TASK.prompt(EXAMPLE), id="echo of the prompt"),
        pytest.param(TABLE, id="the table copied"),
        pytest.param("132 18450 139,77 4,1 8,2 21,90", id="numbers alone"),
        pytest.param("Resumo:\nNúmeros:\nRecomendação:", id="headings alone"),
        pytest.param(
            f"Resumo: {TABLE}\nNúmeros: {TABLE}\nRecomendação: {TABLE}",
            id="the table copied under each heading",
        ),
        pytest.param(" ".join(str(n) for n in range(1, 200)), id="every number there is"),
        pytest.param(GOLD + "\n" + " ".join(f"o valor foi {n} reais no mês" for n in range(500, 560)), id="padding with guesses"),
        pytest.param((GOLD + "\n") * 8, id="the reference eight times"),
        pytest.param("os pedidos foram 132 " * 40, id="a loop"),
        pytest.param(
            "Summary: sales were good. Numbers: 132 orders and 18450 of revenue. Advice: sell more to the customers.",
            id="English",
        ),
        pytest.param("<think>" + GOLD, id="stuffed into thinking that never ends"),
    ],
)
def test_a_cheat_earns_less_than_an_honest_weak_answer(reply):
    assert score(reply) < score(HONEST_BUT_WEAK)


def test_naming_the_subject_is_not_citing_a_number():
    assert insights.grade(GOLD, FACTS).components["grounded"] == 1.0
