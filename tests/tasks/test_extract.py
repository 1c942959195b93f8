"""extract: allowed values of the ten fields, the cost of wrong, missing and extra fields, and the metrics."""

import json
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine.tasks import extract
from vitrine.tasks.extract import FIELDS, MISSING, RIGHT, TEXT_FIELDS, WRONG

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
ORDER = 5 * 0.05  # weight of the five order pairs; the text of EXAMPLE has three pairs of weight 1
ORDER_WRONG = (ORDER - 0.05 + 3) / (ORDER + 3)  # F1 with one wrong order field
TEXT_WRONG = (ORDER + 2) / (ORDER + 3)  # F1 with one wrong text field
TEXT_MISSED = 2 * (ORDER + 2) / (2 * ORDER + 5)  # F1 with one text pair left out


def to_reply(**changes):
    return json.dumps(GOLD | changes, ensure_ascii=False)


def without(*names):
    return json.dumps({name: value for name, value in GOLD.items() if name not in names})


def test_gold_fields_follow_from_order_and_text():
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
        pytest.param(to_reply(), 1.0, id="gold"),
        pytest.param(
            to_reply(**TEXT_FIELDS), 0.1 + 0.9 * 2 * ORDER / (2 * ORDER + 3), id="the order copied, and no pair from the text"
        ),
        pytest.param(f"```json\n{to_reply()}\n```", 1.0, id="in a code fence"),
        pytest.param(f"<think>{to_reply(nota=5)}</think>{to_reply()}", 1.0, id="only the answer counts"),
        pytest.param(to_reply(estado="sp"), 1.0, id="case of text is ignored"),
        pytest.param(to_reply(categoria=" Cama_Mesa_Banho "), 1.0, id="spaces around text are ignored"),
        pytest.param(to_reply(dias=12.0), 0.9, id="12.0 equals 12, but is no integer"),
        pytest.param(str(GOLD), 0.9, id="Python's repr"),
        pytest.param(to_reply()[:-1] + ",}", 0.9, id="a trailing comma"),
        pytest.param(str(GOLD | {"nota": 2}), 0.9 * ORDER_WRONG, id="Python's repr, one wrong field"),
        pytest.param(to_reply(nota=2), 0.1 + 0.9 * ORDER_WRONG, id="one wrong order field"),
        pytest.param(to_reply(nota="1"), 0.9 * ORDER_WRONG, id="a number as text breaks the schema"),
        pytest.param(to_reply(nota=6), 0.9 * ORDER_WRONG, id="a score that does not exist"),
        pytest.param(to_reply(problema="caro"), 0.9 * TEXT_WRONG, id="a problem that does not exist"),
        pytest.param(to_reply(estado="Brasil"), 0.9 * ORDER_WRONG, id="a state that does not exist"),
        pytest.param(to_reply(dias=-1), 0.9 * ORDER_WRONG, id="days below zero"),
        pytest.param(to_reply(categoria=""), 0.9 * ORDER_WRONG, id="an empty category"),
        pytest.param(to_reply(pede_troca=1), 0.9 * TEXT_WRONG, id="1 is not true"),
        pytest.param(to_reply(nota=True), 0.9 * ORDER_WRONG, id="true is not 1"),
        pytest.param(to_reply(nota=[1]), 0.9 * ORDER_WRONG, id="a value in a list"),
        pytest.param(json.dumps([GOLD]), 0.0, id="in a list"),
        pytest.param(json.dumps({"resposta": GOLD}), 0.0, id="inside an object"),
        pytest.param(to_reply()[:-1] + "," + to_reply()[1:], 0.0, id="each key twice"),
        pytest.param(to_reply(atrasado=0), 0.9 * ORDER_WRONG, id="0 is not false"),
        pytest.param(without("recompra"), 0.9, id="a default value left out"),
        pytest.param(without("problema"), 0.9 * TEXT_MISSED, id="a text pair left out"),
        pytest.param(to_reply(problema="nenhum"), 0.1 + 0.9 * TEXT_MISSED, id="the default for a text pair"),
        pytest.param(to_reply(elogio="preco"), 0.1 + 0.9 * 2 * (ORDER + 3) / (2 * ORDER + 7), id="a value for the default"),
        pytest.param(to_reply(extra=1, more=2, yet=3), 0.9 * 0.4 * 2 * (ORDER + 3) / (2 * ORDER + 9), id="padding costs"),
        pytest.param("{}", 0.0, id="empty object"),
        pytest.param(to_reply() + to_reply(), 0.0, id="two objects are not an answer"),
        pytest.param(to_reply()[:-1], 0.0, id="truncated"),
        pytest.param(
            extract.TASK.prompt(EXAMPLE),
            0.9 * 0.4 * 2 * 0.2 / (0.2 + 1 + ORDER + 3),
            id="echo of the prompt, whose order is an object",
        ),
        pytest.param("<think>" + to_reply(), 0.0, id="stuffed into thinking that never ends"),
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
    """For any values of the other fields, with or without extra fields and repairs."""
    order = data.draw(st.permutations(list(FIELDS)))
    reply = {name: data.draw(st.sampled_from(WRONGS[name])) for name in order if data.draw(st.booleans())}
    reply |= {f"campo_{i}": i for i in range(data.draw(st.integers(0, 3)))}
    write = data.draw(st.sampled_from([json.dumps, str]))
    scores = [extract.grade(write(reply), GOLD).score]
    for name in order:
        reply[name] = GOLD[name]
        scores.append(extract.grade(write(reply), GOLD).score)
    assert (all(0 <= worse <= better <= 1 for worse, better in pairwise(scores)) and scores[0] < scores[-1]) or len(reply) == 10


def test_score_of_every_subset_of_right_fields():
    """ "nenhum", "nao_diz" and false in text fields are no pairs and have weight 0."""
    weights = {name: 0.05 if name not in TEXT_FIELDS else float(GOLD[name] != TEXT_FIELDS[name]) for name in FIELDS}
    for size in range(len(FIELDS) + 1):
        for subset in combinations(FIELDS, size):
            right = sum(weights[name] for name in subset)
            expected = 0.9 * 2 * right / (right + sum(weights.values())) + 0.1 * (size == len(FIELDS))
            assert extract.grade(json.dumps({name: GOLD[name] for name in subset}), GOLD).score == pytest.approx(expected)


def test_every_gold_value_is_allowed(example_config):
    for example in extract.TASK.examples(example_config, limit=200, seed=7):
        record = extract.TASK.facts(example)
        assert record.keys() == FIELDS.keys() and all(FIELDS[name](value) for name, value in record.items())


def test_components_hold_a_verdict_on_each_field():
    parts = extract.grade(json.dumps({"nota": 1, "dias": 3}), GOLD).components
    assert (parts["nota"], parts["dias"], parts["estado"], parts["schema"]) == (RIGHT, WRONG, MISSING, 0.0)
    repaired = extract.grade(str(GOLD), GOLD).components
    assert all(repaired[name] == RIGHT for name in FIELDS)
    assert (repaired["clean"], repaired["schema"], repaired["f1"]) == (0.0, 0.0, 1.0)


def test_metrics_count_a_wrong_value_twice_and_a_missing_one_once():
    replies = [to_reply(), to_reply(nota=2), without("nota"), "não sei"]
    metrics = extract.headline([{"components": extract.grade(reply, GOLD).components} for reply in replies])
    assert next(iter(metrics)) == "field_f1"
    assert metrics["f1_nota"] == pytest.approx(2 * 1 / (2 + 4))  # one right, one wrong, two missing
    assert metrics["f1_estado"] == pytest.approx(2 * 3 / (3 + 4))
    assert metrics["field_f1"] == pytest.approx((9 * 6 / 7 + 1 / 3) / 10)
    assert metrics["micro_f1"] == pytest.approx(2 * 28 / (29 + 40))
    assert (metrics["exact"], metrics["parse_rate"], metrics["clean_rate"], metrics["schema_rate"]) == (0.25, 0.75, 0.75, 0.5)


def test_defaults_in_all_text_fields_have_no_text_f1():
    defaults = to_reply(**extract.TEXT_FIELDS)
    metrics = extract.headline([{"components": extract.grade(defaults, GOLD).components}])
    assert metrics["field_f1"] == pytest.approx(0.7) and metrics["text_f1"] == 0.0  # elogio and recompra have their defaults
    metrics = extract.headline([{"components": extract.grade(to_reply(problema="atraso"), GOLD).components}])
    assert metrics["text_f1"] == pytest.approx(2 * 2 / (3 + 3))


def test_metrics_of_an_empty_reply_are_zero():
    metrics = extract.headline([{"components": extract.grade("", GOLD).components}])
    assert set(metrics.values()) == {0.0}
