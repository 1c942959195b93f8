"""One object of ten named fields: what each may hold, what a wrong, missing or added one costs, and the metrics over them."""

import json
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine.tasks import extract
from vitrine.tasks.extract import FIELDS, TEXT_FIELDS, RIGHT, MISSING, WRONG

EXAMPLE = {
    "id": "r:o",
    "entity": "c",
    "title": None,
    "message": "Chegou quebrado, quero a troca. Não recomendo!",
    "score": 1,
    "days": 12,
    "promised": 20,
    "category": "cama_mesa_banho",
    "state": "SP",
}
GOLD = extract.TASK.facts(EXAMPLE)
ORDER = 5 * 0.05  # what its facts weigh together; the text says three things, each of which weighs 1
ORDER_WRONG = (ORDER - 0.05 + 3) / (ORDER + 3)  # F1 with one wrong fact of the order
TEXT_WRONG = (ORDER + 2) / (ORDER + 3)  # with one wrong thing for one that the text says
MISSED = 2 * (ORDER + 2) / (2 * ORDER + 5)  # with one thing left out that the text says


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
        pytest.param(said(**TEXT_FIELDS), 0.1 + 0.9 * 2 * ORDER / (2 * ORDER + 3), id="the order copied, and nothing found in the text"),
        pytest.param(f"```json\n{said()}\n```", 1.0, id="in a code fence"),
        pytest.param(f"<think>{said(nota=5)}</think>{said()}", 1.0, id="only the answer counts"),
        pytest.param(said(estado="sp"), 1.0, id="case of text is ignored"),
        pytest.param(said(categoria=" Cama_Mesa_Banho "), 1.0, id="spaces around text are ignored"),
        pytest.param(said(dias=12.0), 0.9, id="12.0 is 12, but not a whole number"),
        pytest.param(str(GOLD), 0.9, id="as Python writes it"),
        pytest.param(said()[:-1] + ",}", 0.9, id="a comma too many"),
        pytest.param(str(GOLD | {"nota": 2}), 0.9 * ORDER_WRONG, id="as Python writes it, one wrong field"),
        pytest.param(said(nota=2), 0.1 + 0.9 * ORDER_WRONG, id="one wrong fact of the order"),
        pytest.param(said(nota="1"), 0.9 * ORDER_WRONG, id="a number as text breaks the schema"),
        pytest.param(said(nota=6), 0.9 * ORDER_WRONG, id="a score that there is not"),
        pytest.param(said(problema="caro"), 0.9 * TEXT_WRONG, id="a problem that there is not"),
        pytest.param(said(estado="Brasil"), 0.9 * ORDER_WRONG, id="a state that there is not"),
        pytest.param(said(dias=-1), 0.9 * ORDER_WRONG, id="days below zero"),
        pytest.param(said(categoria=""), 0.9 * ORDER_WRONG, id="an empty category"),
        pytest.param(said(pede_troca=1), 0.9 * TEXT_WRONG, id="1 is not true"),
        pytest.param(said(nota=True), 0.9 * ORDER_WRONG, id="true is not 1"),
        pytest.param(said(nota=[1]), 0.9 * ORDER_WRONG, id="a value in a list"),
        pytest.param(json.dumps([GOLD]), 0.0, id="in a list"),
        pytest.param(json.dumps({"resposta": GOLD}), 0.0, id="inside an object"),
        pytest.param(said()[:-1] + "," + said()[1:], 0.0, id="each key twice"),
        pytest.param(said(atrasado=0), 0.9 * ORDER_WRONG, id="0 is not false"),
        pytest.param(without("recompra"), 0.9, id="a field left out that says nothing"),
        pytest.param(without("problema"), 0.9 * MISSED, id="a field left out that says something"),
        pytest.param(said(problema="nenhum"), 0.1 + 0.9 * MISSED, id="nothing where there is something"),
        pytest.param(said(elogio="preco"), 0.1 + 0.9 * 2 * (ORDER + 3) / (2 * ORDER + 7), id="something where there is nothing"),
        pytest.param(said(extra=1, more=2, yet=3), 0.9 * 0.4 * 2 * (ORDER + 3) / (2 * ORDER + 9), id="padding costs"),
        pytest.param("{}", 0.0, id="empty object"),
        pytest.param(said() + said(), 0.0, id="two objects are not an answer"),
        pytest.param(said()[:-1], 0.0, id="truncated"),
        pytest.param(
            extract.TASK.prompt(EXAMPLE),
            0.9 * 0.4 * 2 * 0.2 / (0.2 + 1 + ORDER + 3),
            id="echo of the prompt, whose order is an object",
        ),
        pytest.param("<think>" + said(), 0.0, id="stuffed into thinking that never ends"),
        pytest.param("", 0.0, id="silence"),
    ],
)
def test_grade(reply, score):
    assert extract.grade(reply, GOLD).score == pytest.approx(score)


WRONGS = {name: [None, [], "outro", 7.5, {"a": 1}] for name in FIELDS}
WRONGS["nota"].append(5)
WRONGS["problema"].append("atraso")
WRONGS["pede_troca"].append(False)


@given(st.data())
def test_one_more_right_field_never_lowers_the_score(data):
    """Whatever the other fields hold, and whether or not others were added, or the reply had to be repaired."""
    order = data.draw(st.permutations(list(FIELDS)))
    reply = {name: data.draw(st.sampled_from(WRONGS[name])) for name in order if data.draw(st.booleans())}
    reply |= {f"campo_{i}": i for i in range(data.draw(st.integers(0, 3)))}
    write = data.draw(st.sampled_from([json.dumps, str]))
    scores = [extract.grade(write(reply), GOLD).score]
    for name in order:
        reply[name] = GOLD[name]
        scores.append(extract.grade(write(reply), GOLD).score)
    assert (all(0 <= worse <= better <= 1 for worse, better in pairwise(scores)) and scores[0] < scores[-1]) or len(reply) == 10


def test_of_all_subsets_of_right_fields_the_larger_earns_no_less():
    """And more, if what it adds says something: "nenhum", "nao_diz" and false are no pairs."""
    weights = {name: 0.05 if name not in TEXT_FIELDS else float(GOLD[name] != TEXT_FIELDS[name]) for name in FIELDS}
    for size in range(len(FIELDS) + 1):
        for some in combinations(FIELDS, size):
            right = sum(weights[name] for name in some)
            due = 0.9 * 2 * right / (right + sum(weights.values())) + 0.1 * (size == len(FIELDS))
            assert extract.grade(json.dumps({name: GOLD[name] for name in some}), GOLD).score == pytest.approx(due)


def test_every_gold_value_is_one_that_its_field_may_have(places):
    for example in extract.TASK.examples(places, limit=200, seed=7):
        record = extract.TASK.facts(example)
        assert record.keys() == FIELDS.keys() and all(FIELDS[name](value) for name, value in record.items())


def test_components_say_what_became_of_each_field():
    parts = extract.grade(json.dumps({"nota": 1, "dias": 3}), GOLD).components
    assert (parts["nota"], parts["dias"], parts["estado"], parts["schema"]) == (RIGHT, WRONG, MISSING, 0.0)
    whole = extract.grade(str(GOLD), GOLD).components
    assert all(whole[name] == RIGHT for name in FIELDS) and (whole["clean"], whole["schema"], whole["f1"]) == (0.0, 0.0, 1.0)


def test_metrics_count_a_wrong_value_twice_and_a_missing_one_once():
    replies = [said(), said(nota=2), without("nota"), "não sei"]
    found = extract.headline([{"components": extract.grade(reply, GOLD).components} for reply in replies])
    assert next(iter(found)) == "field_f1"
    assert found["f1_nota"] == pytest.approx(2 * 1 / (2 + 4))  # one right, one wrong, two unsaid
    assert found["f1_estado"] == pytest.approx(2 * 3 / (3 + 4))
    assert found["field_f1"] == pytest.approx((9 * 6 / 7 + 1 / 3) / 10)
    assert found["micro_f1"] == pytest.approx(2 * 28 / (29 + 40))
    assert (found["exact"], found["parse_rate"], found["clean_rate"], found["schema_rate"]) == (0.25, 0.75, 0.75, 0.5)


def test_saying_nothing_of_the_text_is_right_often_and_tells_nothing():
    nothing = said(**extract.TEXT_FIELDS)
    found = extract.headline([{"components": extract.grade(nothing, GOLD).components}])
    assert found["field_f1"] == pytest.approx(0.7) and found["text_f1"] == 0.0  # elogio and recompra are nothing in truth
    found = extract.headline([{"components": extract.grade(said(problema="atraso"), GOLD).components}])
    assert found["text_f1"] == pytest.approx(2 * 2 / (3 + 3))


def test_metrics_of_silence_are_zero():
    found = extract.headline([{"components": extract.grade("", GOLD).components}])
    assert set(found.values()) == {0.0}
