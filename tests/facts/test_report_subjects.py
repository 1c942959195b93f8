"""Whether a report names its subject, in any spelling, and which other subjects it names."""

import pytest

from vitrine.facts import report_subjects
from vitrine.facts.report_words import is_about_business


@pytest.mark.parametrize(
    ("subject", "report", "share"),
    [
        ("beleza_saude em SP", "beleza_saude em SP somou", 1.0),
        ("beleza_saude em SP", "Beleza e saúde, em São Paulo,", 1.0),
        ("beleza_saude em SP", "BELEZA/SAÚDE vende bem ao paulista", 1.0),
        ("beleza_saude em SP", "beleza e saúde no Rio", 0.5),
        ("beleza_saude em SP", "a saúde da loja em São Paulo", 0.75),
        ("informatica_acessorios", "acessórios de informática", 1.0),
        ("fashion_bolsas_e_acessorios", "Bolsas e acessórios", 1.0),
        ("SP em 03/2018", "março de 2018 em SP", 1.0),
        ("SP em 03/2018", "em mar/18, São Paulo", 1.0),
        ("SP em 03/2018", "SP, 2018-03", 1.0),
        ("SP em 03/2018", "SP em março", 0.75),
        ("SP em 03/2018", "SP em março de 2017", 0.75),
        ("PA", "para a loja", 0.0),
        ("PA", "no Pará", 1.0),
        ("MT", "em Mato Grosso do Sul", 0.0),
        ("telefonia", "a loja", 0.0),
    ],
)
def test_named_share(subject, report, share):
    assert report_subjects.named_share(subject, report) == share


@pytest.mark.parametrize(
    ("subject", "text", "others"),
    [
        ("SP em 03/2018", "São Paulo em março de 2018", set()),
        ("SP em 03/2018", "no Rio de Janeiro, em 04/2018", {"RJ", "04/2018"}),
        ("beleza_saude", "cama, mesa e banho", {"cama_mesa_banho"}),
        ("beleza_saude em SP", "beleza e saúde, para o cliente de SP", set()),
        ("telefonia", "a loja foi bem", set()),
    ],
)
def test_other_subjects(subject, text, others):
    assert report_subjects.other_subjects(subject, text) == others


def test_business_vocabulary():
    assert all(map(is_about_business, "transportadora cliente estoque negociar satisfeitos campanha receita".split()))
    assert not any(
        map(is_about_business, "banana elefante girafa lua sapo beijar castelo bruxa morango crepusculo dragao".split())
    )
