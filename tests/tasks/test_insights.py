import random
from statistics import fmean

import pytest

from tests.tasks import reports
from vitrine.tasks import insights

EXAMPLE = {
    "id": "estado:SP:0",
    "entity": "estado:SP",
    "question": "Como foram as vendas de SP em 03/2018?",
    "subject": "SP em 03/2018",
    "figures": {"pedidos": "132", "receita": "18450", "ticket": "139,77", "nota": "4,1", "atraso": "8,2", "frete": "21,90"},
}
FACTS = insights.TASK.facts(EXAMPLE) | {"subject": EXAMPLE["subject"]}
TABLE = FACTS["table"]
GOLD = insights.reference(EXAMPLE)
HONEST_BUT_WEAK = (
    "Resumo: as vendas de SP em 03/2018 foram boas para a loja.\n"
    "Números: foram 132 pedidos no período analisado, com nota 4,1 e frete de R$ 21,90.\n"
    "Recomendação: vender mais no próximo mês para os clientes."
)
SLICES = [report.facts for report in reports.good()]


def score(reply):
    return insights.grade(reply, FACTS).score


def components(reply):
    return insights.grade(reply, FACTS).components


def reference(facts, figures=None):
    return insights.reference({"subject": facts["subject"], "figures": figures or facts["facts"]})


@pytest.mark.parametrize("report", reports.good(), ids=lambda report: report.facts["subject"])
def test_a_good_report_in_whatever_words_earns_nearly_everything(report):
    assert insights.grade(report.report, report.facts).score >= 0.9


@pytest.mark.parametrize("report", reports.good()[:20], ids=lambda report: report.facts["subject"])
def test_a_good_report_on_another_slice_earns_next_to_nothing(report):
    others = [facts for facts in SLICES if facts["subject"] != report.facts["subject"]]
    assert fmean(insights.grade(report.report, facts).score for facts in others) < 0.1


@pytest.mark.parametrize("kind", ["nonsense", "mislabelled", "denied"])
def test_the_right_numbers_in_a_hostile_report_earn_at_most_three_tenths(kind):
    for name, template in reports.hostile(kind).items():
        for facts in SLICES:
            assert insights.grade(reports.filled(template, facts), facts).score <= 0.3, (name, facts["subject"])


def test_the_right_numbers_under_wrong_names_earn_at_most_three_tenths():
    for facts in SLICES[:10]:
        for figures in reports.mislabelled(facts["facts"], every=23):
            assert insights.grade(reference(facts, figures), facts).score <= 0.3, figures


def test_good_reports_with_their_content_words_exchanged_for_nonsense_earn_at_most_three_tenths():
    nonsense = "banana elefante girafa sapo lua nuvem dragão castelo abelha morango vulcão cometa violino tapete".split()
    chance = random.Random(7)
    for report in reports.good()[:20]:
        words = [
            chance.choice(nonsense) if len(word) > 4 and word.isalpha() and word.islower() else word
            for word in report.report.split(" ")
        ]
        assert insights.grade(" ".join(words), report.facts).score <= 0.3


def test_the_reference_earns_everything():
    assert score(GOLD) == 1.0


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        pytest.param(GOLD.replace("139,77", "140"), 1.0, 1.0, id="rounding is not inventing"),
        pytest.param(GOLD.replace("18450", "18,4 mil"), 1.0, 1.0, id="thousands"),
        pytest.param(GOLD.replace("18450", "18.450,00"), 1.0, 1.0, id="cents"),
        pytest.param(GOLD.replace("SP em 03/2018", "São Paulo em março de 2018"), 1.0, 1.0, id="the subject in words"),
        pytest.param(GOLD.replace("132", "999"), 0.8, 0.9, id="one invented number"),
        pytest.param(GOLD.replace("somou 132", "não somou 132"), 0.5, 0.65, id="two denied numbers"),
        pytest.param(GOLD.replace("SP em 03/2018", "RJ em 05/2017"), 0.0, 0.15, id="another subject"),
        pytest.param(GOLD.replace("SP em 03/2018", "a loja"), 0.05, 0.15, id="no subject"),
        pytest.param(GOLD.replace(" em 03/2018", ""), 0.5, 0.7, id="half of the subject"),
        pytest.param(
            GOLD.replace("139,77", "21,90").replace("frete de R$ 21,90", "frete de R$ 139,77"), 0.4, 0.7, id="two exchanged"
        ),
        pytest.param(HONEST_BUT_WEAK, 0.5, 0.75, id="three figures of six"),
    ],
)
def test_honest_and_less_honest_reports(reply, least, most):
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


def test_a_figure_told_in_two_ways_is_not_told():
    once, twice = components(GOLD), components(f"{GOLD}\nForam 140 pedidos.")
    assert once["coverage"] == 1.0 and once["grounded"] == 1.0
    assert twice["grounded"] == pytest.approx(5 / 6)


def test_the_subject_holds_until_another_is_named():
    assert components("SP em 03/2018 foi bem. Foram 132 pedidos.")["grounded"] == 1.0
    assert components("SP em 03/2018 foi bem. E o Paraná? Foram 132 pedidos.")["grounded"] == 0.0
    assert components("O Paraná e SP em 03/2018 tiveram 132 pedidos.")["grounded"] == 0.0
    assert components("O Paraná foi bem. Em SP, no mês 03/2018, foram 132 pedidos.")["grounded"] == 1.0


def test_naming_the_subject_is_not_citing_a_number():
    assert components(GOLD)["grounded"] == 1.0


def test_what_follows_from_the_figures_is_right():
    assert components("91,8% das entregas chegaram no prazo.")["grounded"] == 1.0
    assert components("Foram 11 pedidos atrasados.")["grounded"] == 1.0
    assert components("O frete representa 15,7% do ticket.") | {"coverage": 0.0} == components(
        "O frete representa 15,7% do ticket."
    )


def test_figures_of_other_names_go_by_these():
    facts = {"facts": {"cancelamentos": "17"}, "subject": "SP", "table": "cancelamentos 17"}
    assert insights.grade("Em SP houve 17 cancelamentos.", facts).components["coverage"] == 1.0
    assert insights.grade("Em SP houve 17 vendedores.", facts).components["coverage"] == 0.0


def test_a_long_reply_is_read_in_little_time():
    for reply in ("não foram 132 pedidos e ", "1.", "R$ 1,2 mil ", "Resumo: nota 4 ", "beleza e ", "* ", "1-", "\n"):
        assert score(reply * (100_000 // len(reply))) == 0.0
