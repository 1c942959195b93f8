import random
from statistics import fmean

import pytest

from tests.tasks import reports
from vitrine.facts import report_subjects
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
SUBJECT_FACTS = [report.facts for report in reports.good()]


def score(reply):
    return insights.grade(reply, FACTS).score


def components(reply):
    return insights.grade(reply, FACTS).components


def reference(facts, figures=None):
    return insights.reference({"subject": facts["subject"], "figures": figures or facts["facts"]})


@pytest.mark.parametrize("report", reports.good(), ids=lambda report: report.facts["subject"])
def test_a_good_report_in_any_wording_earns_at_least_0_9(report):
    assert insights.grade(report.report, report.facts).score >= 0.9


@pytest.mark.parametrize("report", reports.good()[:20], ids=lambda report: report.facts["subject"])
def test_a_good_report_on_another_subject_earns_less_than_0_1(report):
    others = [facts for facts in SUBJECT_FACTS if facts["subject"] != report.facts["subject"]]
    assert fmean(insights.grade(report.report, facts).score for facts in others) < 0.1


@pytest.mark.parametrize("kind", ["nonsense", "mislabelled", "denied", "untrue"])
@pytest.mark.parametrize(
    "subjects", [pytest.param(SUBJECT_FACTS[::5], id="some"), pytest.param(SUBJECT_FACTS, id="all", marks=pytest.mark.slow)]
)
def test_the_right_numbers_in_a_hostile_report_earn_at_most_0_3(kind, subjects):
    for name, template in reports.hostile(kind).items():
        for facts in subjects:
            assert insights.grade(reports.filled(template, facts), facts).score <= 0.3, (name, facts["subject"])


SUMMARY = "Resumo: SP em 03/2018 somou 132 pedidos e receita de R$ 18450."
FIGURES = "Números: ticket médio de R$ 139,77, nota 4,1, atraso de 8,2% e frete de R$ 21,90."
ADVICE = "Recomendação: ampliar o estoque e divulgar mais a loja para os clientes da região."
WORDS_ONLY = "Resumo: SP em 03/2018 teve bom desempenho na loja, com clientes fiéis e entregas em ordem."


@pytest.mark.parametrize(
    ("summary", "figures"),
    [
        pytest.param(
            "Resumo: SP em 03/2018 superou 130 pedidos e passou de R$ 18 mil de receita.",
            "Números: ticket de quase R$ 140, nota acima de 4, mais de 8% de atraso e frete abaixo de R$ 22.",
            id="bounds that hold",
        ),
        pytest.param(
            "Resumo: SP em 03/2018 somou 132 pedidos, mais que no ano passado, e a receita cresceu para R$ 18.450.",
            "Números: o ticket subiu a R$ 139,77, a nota caiu para 4,1, o atraso chegou a 8,2% e o frete recuou até R$ 21,90.",
            id="changes that end at the figure",
        ),
        pytest.param(
            "Resumo: SP em 03/2018 superou a marca de 130 pedidos, com receita acima da expectativa, de R$ 18.450.",
            "Números: o ticket ficou em R$ 139,77, acima do frete médio de R$ 21,90; nota 4,1 e atraso abaixo de 10% (8,2%).",
            id="distant bounds that hold, and comparisons",
        ),
        pytest.param(
            SUMMARY,
            "Números: o maior ticket do ano, de R$ 139,77, ótima nota 4,1, atraso baixo, de 8,2%, e frete alto, de R$ 21,90.",
            id="judgements that fit",
        ),
        pytest.param(
            "Resumo: como foram as vendas de SP em 03/2018? Foram 132 pedidos e receita de R$ 18450.",
            FIGURES,
            id="an answered question",
        ),
        pytest.param(
            "Resumo: SP em 03/2018 agradou: os clientes compraram 132 vezes, com receita de R$ 18450.",
            "Números: o frete custou R$ 21,90, a nota foi 4,1 e o atraso, de 8,2%.",
            id="times bought",
        ),
        pytest.param(
            "Resumo: em SP, em 03/2018, pedidos e receita somaram 132 e R$ 18.450, respectivamente.",
            "Números: ticket, nota, atraso e frete foram, respectivamente, R$ 139,77, 4,1, 8,2% e R$ 21,90.",
            id="respectively",
        ),
        pytest.param(
            WORDS_ONLY,
            "Números:\n| Indicador | Valor |\n|---|---|\n| Pedidos | 132 |\n| Receita | R$ 18.450 |\n"
            "| Ticket médio | R$ 139,77 |\n| Nota | 4,1 |\n| Atraso | 8,2% |\n| Frete | R$ 21,90 |",
            id="a table with one figure per row",
        ),
        pytest.param(
            WORDS_ONLY,
            "Números:\n| Pedidos | Receita | Ticket médio | Nota | Atraso | Frete |\n|:---|---|---|---|---|---|\n"
            "| 132 | R$ 18.450 | R$ 139,77 | 4,1 | 8,2% | R$ 21,90 |",
            id="a table with one figure per column",
        ),
    ],
)
def test_other_ways_to_state_the_figures_earn_at_least_0_9(summary, figures):
    assert score(f"{summary}\n{figures}\n{ADVICE}") >= 0.9


def test_advice_may_start_from_a_figure():
    advice = (
        "Recomendação: reduzir o atraso de 8,2% para 5% no próximo mês e aumentar o ticket de R$ 139,77 com kits de produtos."
    )
    assert score(f"{SUMMARY}\n{FIGURES}\n{advice}") >= 0.9


def test_a_table_with_wrong_names_has_no_grounded_figure():
    rows = "| Frete | R$ 139,77 |\n| Ticket médio | R$ 21,90 |\n| Pedidos | 4,1 |\n| Nota | 132 |"
    assert components(f"{WORDS_ONLY}\nNúmeros:\n| Indicador | Valor |\n|---|---|\n{rows}\n{ADVICE}")["grounded"] == 0.0


@pytest.mark.parametrize(
    "figure", ["excelente nota 1,4", "nota excelente de 1,4", "atraso baixíssimo de 61,0%", "ótimo atraso de 61,0%"]
)
def test_a_word_that_contradicts_its_figure_makes_it_wrong(figure):
    facts = FACTS | {"facts": FACTS["facts"] | {"nota": "1,4", "atraso": "61,0"}}
    parts = insights.grade(f"SP em 03/2018 teve 132 pedidos, {figure}.", facts).components
    assert parts["grounded"] == 0.5
    assert (
        insights.grade("SP em 03/2018 teve nota 1,4, longe de excelente, atraso de 61,0%.", facts).components["grounded"] == 1.0
    )


@pytest.mark.parametrize(
    "words",
    [
        "de a loja o que para com clientes por mais em vendas e as de um na entrega",
        "para o de estoque com a em clientes que do mais por os vendas na de prazo",
        "loja de que com por uma em vendas para clientes o mais as dos e a frete",
    ],
)
def test_advice_in_impossible_word_order_earns_less_than_half(words):
    assert score(f"{SUMMARY}\n{FIGURES}\nRecomendação: {words}.") < 0.5


@pytest.mark.parametrize(
    ("subject", "text", "share"),
    [
        ("RJ", "No Rio", 1.0),
        ("beleza_saude em RJ", "Beleza e saúde no Rio", 1.0),
        ("MG", "Em Minas", 1.0),
        ("RS", "No Rio Grande do Sul", 1.0),
        ("RS", "No Rio Grande", 1.0),
        ("RN", "No Rio Grande do Norte", 1.0),
        ("RJ", "No Rio Grande do Sul", 0.0),
        ("RJ", "Em São José do Rio Preto", 0.0),
    ],
)
def test_states_may_be_named_by_their_short_names(subject, text, share):
    assert report_subjects.named_share(subject, f"{text} foram 132 pedidos.") == share


def test_the_right_numbers_under_wrong_names_earn_at_most_0_3():
    for facts in SUBJECT_FACTS[:10]:
        for figures in reports.mislabelled(facts["facts"], every=23):
            assert insights.grade(reference(facts, figures), facts).score <= 0.3, figures


def test_good_reports_with_nonsense_for_content_words_earn_at_most_0_3():
    nonsense = "banana elefante girafa sapo lua nuvem dragão castelo abelha morango vulcão cometa violino tapete".split()
    rng = random.Random(7)
    for report in reports.good()[:20]:
        words = [
            rng.choice(nonsense) if len(word) > 4 and word.isalpha() and word.islower() else word
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


def test_a_figure_stated_in_two_different_ways_is_wrong():
    once, twice = components(GOLD), components(f"{GOLD}\nForam 140 pedidos.")
    assert once["coverage"] == 1.0 and once["grounded"] == 1.0
    assert twice["grounded"] == pytest.approx(5 / 6)


def test_figures_belong_to_the_last_named_subject():
    assert components("SP em 03/2018 foi bem. Foram 132 pedidos.")["grounded"] == 1.0
    assert components("SP em 03/2018 foi bem. E o Paraná? Foram 132 pedidos.")["grounded"] == 0.0
    assert components("O Paraná e SP em 03/2018 tiveram 132 pedidos.")["grounded"] == 0.0
    assert components("O Paraná foi bem. Em SP, no mês 03/2018, foram 132 pedidos.")["grounded"] == 1.0


def test_numbers_in_the_subject_are_no_figures():
    assert components(GOLD)["grounded"] == 1.0


def test_numbers_derived_from_the_figures_are_right():
    assert components("91,8% das entregas chegaram no prazo.")["grounded"] == 1.0
    assert components("Foram 11 pedidos atrasados.")["grounded"] == 1.0
    assert components("O frete representa 15,7% do ticket.") | {"coverage": 0.0} == components(
        "O frete representa 15,7% do ticket."
    )


def test_figures_with_other_names_are_recognised():
    facts = {"facts": {"cancelamentos": "17"}, "subject": "SP", "table": "cancelamentos 17"}
    assert insights.grade("Em SP houve 17 cancelamentos.", facts).components["coverage"] == 1.0
    assert insights.grade("Em SP houve 17 vendedores.", facts).components["coverage"] == 0.0


def test_long_replies_are_graded_and_earn_nothing():
    for reply in ("não foram 132 pedidos e ", "1.", "R$ 1,2 mil ", "Resumo: nota 4 ", "beleza e ", "* ", "1-", "\n"):
        assert score(reply * (100_000 // len(reply))) == 0.0


@pytest.mark.parametrize(
    ("figures", "least", "most"),
    [
        ("frete de R$ 21,90, sem atrasos (0,0%).", 1.0, 1.0),
        ("não houve atrasos (0,0%) e frete de R$ 21,90.", 1.0, 1.0),
        ("frete de R$ 21,90, sem atrasos: 0%.", 1.0, 1.0),
        ("frete de R$ 21,90, sem atrasos (8,2%).", 0.0, 0.9),
        ("frete de R$ 21,90, sem atrasos e com nota 0.", 0.0, 0.7),
        ("sem atrasos, receita 0, frete de R$ 21,90.", 0.0, 0.7),
        ("sem atrasos, frete de R$ 0.", 0.0, 0.7),
        ("frete de R$ 21,90 não houve atrasos (0,0%) existiram.", 0.0, 0.4),
    ],
)
def test_no_delay_states_a_zero_for_the_delay_and_for_nothing_else(figures, least, most):
    values = {"pedidos": "132", "receita": "18450", "ticket": "139,77", "nota": "4,1", "atraso": "0,0", "frete": "21,90"}
    report = (
        "Resumo: SP somou 132 pedidos e receita de R$ 18.450.\n"
        f"Números: ticket médio de R$ 139,77, nota 4,1, {figures}\n"
        "Recomendação: manter o estoque e divulgar mais, porque os clientes estão satisfeitos."
    )
    assert least <= insights.grade(report, {"facts": values, "subject": "SP", "table": ""}).score <= most
