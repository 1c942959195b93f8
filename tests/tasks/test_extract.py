import json

import pytest

from vitrine.tasks import extract

EXAMPLE = {
    "id": "r:o",
    "entity": "c",
    "text": "Chegou quebrado, quero a troca. Não recomendo!",
    "score": 1,
    "days": 12,
    "promised": 20,
    "late": False,
    "category": "cama_mesa_banho",
    "state": "SP",
}
GOLD = extract.record(EXAMPLE)


def said(**changes):
    return json.dumps(GOLD | changes, ensure_ascii=False)


def without(*names):
    return json.dumps({name: value for name, value in GOLD.items() if name not in names})


def test_the_rules_read_the_text():
    assert GOLD == {
        "nota": 1,
        "atrasado": False,
        "dias": 12,
        "categoria": "cama_mesa_banho",
        "estado": "SP",
        "problema": "defeito",
        "elogio": "nenhum",
        "pede_troca": True,
        "recomenda": "nao",
        "recompra": False,
    }


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        pytest.param(said(), 1.0, id="gold"),
        pytest.param(f"```json\n{said()}\n```", 1.0, id="in a code fence"),
        pytest.param(f"<think>{said(nota=5)}</think>{said()}", 1.0, id="only the answer counts"),
        pytest.param(said(estado="sp"), 1.0, id="case of text is ignored"),
        pytest.param(said(nota=2), 0.1 + 0.9 * 0.9, id="one wrong field"),
        pytest.param(said(nota="1"), 0.9 * 0.9, id="a number as text breaks the schema"),
        pytest.param(said(atrasado=0), 0.9 * 0.9, id="0 is not false"),
        pytest.param(without("recompra"), 0.9 * 2 * 9 / 19, id="a field left out"),
        pytest.param(said(extra=1, more=2, yet=3), 0.9 * 10 / 23, id="padding with guesses costs"),
        pytest.param("{}", 0.0, id="empty object"),
        pytest.param(said() + said(), 0.0, id="two objects are not an answer"),
        pytest.param(said()[:-1], 0.0, id="truncated"),
        pytest.param(extract.prompt(EXAMPLE), 0.9 * 4 / 15, id="echo of the prompt, whose order is an object"),
        pytest.param("<think>" + said(), 0.0, id="stuffed into thinking that never ends"),
        pytest.param("", 0.0, id="silence"),
    ],
)
def test_grade(reply, score):
    assert extract.grade(reply, GOLD).score == pytest.approx(score)


def test_one_more_right_field_never_lowers_the_score():
    wrong = dict.fromkeys(GOLD)
    scores = [extract.grade(json.dumps(wrong | dict(list(GOLD.items())[:right])), GOLD).score for right in range(11)]
    assert scores == sorted(scores)
