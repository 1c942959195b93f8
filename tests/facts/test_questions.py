"""The grammar of SQL questions: what every shape keeps to, and which of them stand on the test side."""

import json
import re
from collections import Counter, defaultdict
from string import Formatter

import pytest

from vitrine.facts import questions
from vitrine.facts.questions import HELD_OUT, TEMPLATES, parts, slots_of
from vitrine.splits.entity import side
from vitrine.tasks import sql
from vitrine.tasks.task import chat_rows
from vitrine.verifiers.sql.judge import Sandbox

pytestmark = pytest.mark.slow  # the inner loop does without them

FIRST = {  # shapes that answers were published for: they stay
    "pedidos_estado_ano", "pedidos_estado_mes", "pedidos_status_mes", "pedidos_por_mes_estado", "atrasos_estado",
    "clientes_estado_pagamento", "receita_categoria_ano", "receita_categoria_estado", "categorias_receita_ano",
    "preco_medio_categoria_estado", "itens_caros_categoria", "frete_medio_estado", "nota_media_categoria", "notas_estado",
    "estados_nota_baixa", "media_pagamento", "parcelas_pagamento",
}  # fmt: skip


@pytest.fixture(scope="module")
def every(places):
    return list(questions.examples(places.clean, seed=7))


def fields(text):
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name})


def test_there_are_48_shapes_of_which_eight_are_held_out_and_the_first_are_kept():
    assert len(TEMPLATES) == 48 and len(HELD_OUT) == 8 and set(TEMPLATES) >= FIRST
    assert not HELD_OUT & FIRST


@pytest.mark.parametrize("shape", TEMPLATES.values(), ids=TEMPLATES)
def test_every_wording_names_every_slot_of_the_query_and_there_are_three_at_least(shape):
    assert len(set(shape.wordings)) == len(shape.wordings) >= 3
    for wording in shape.wordings:
        assert fields(wording) == sorted(slots_of(shape)) == fields(shape.sql), wording
        assert not re.search(r"  | [?.,]|^[a-z]|\bd[oa]s? [oa]s? ", wording), wording
        assert wording.endswith(("?", ".")) and len(wording) < 120


@pytest.mark.parametrize("shape", TEMPLATES.values(), ids=TEMPLATES)
def test_a_cut_list_breaks_its_ties_by_name_and_no_gold_is_long(shape):
    assert ("LIMIT" in shape.sql) == shape.sql.endswith("ORDER BY 2 DESC, 1 LIMIT {n}")
    assert len(shape.sql) < 300


def test_no_two_shapes_ask_the_same_and_no_question_has_two_answers(every):
    assert len({shape.sql for shape in TEMPLATES.values()}) == len(TEMPLATES)
    assert len({one["id"] for one in every}) == len({one["sql"] for one in every}) == len(every)
    answers = defaultdict(set)
    for one in every:
        answers[one["question"]].add(one["sql"])
    assert not {question: found for question, found in answers.items() if len(found) > 1}
    said = Counter(wording for shape in TEMPLATES.values() for wording in shape.wordings)
    assert said.most_common(1)[0][1] == 1


def test_every_question_says_the_values_of_its_slots(every):
    for one in every:
        assert all(re.search(rf"(?<!\w){value}(?!\w)", one["question"]) for value in one["id"].split(":")[1:]), one


def test_every_shape_runs(every, places):
    box = Sandbox.at(places.facts / "shop")
    some = {one["id"].split(":")[0]: one["sql"] for one in every}
    assert set(some) == set(TEMPLATES)
    failures = {shape: result.why for shape, gold in some.items() if (result := box.run_all(gold, gold=True)["original"]).failure}
    assert not failures


def test_what_is_held_out_is_made_of_what_is_seen():
    seen, unseen = (
        {word for name, shape in TEMPLATES.items() if (name in HELD_OUT) is held_out for word in re.findall(r"\w+", shape.sql)}
        for held_out in (False, True)
    )
    assert unseen <= seen


def test_held_out_shapes_stand_on_the_test_side_and_only_they_say_so(every):
    for one in every:
        held_out = one["id"].split(":")[0] in HELD_OUT
        assert one["unseen"] is held_out and one.get("side") == ("test" if held_out else None)


@pytest.mark.parametrize("limit", [800, 1600, 2600])
def test_a_sixth_of_the_test_side_is_unseen_and_other_shapes_are_tested_by_their_values(every, limit):
    shares = {"seed": 7, "validation": 0.02, "test": 0.08}
    test = [one for one in every[:limit] if one.get("side", side(one["entity"], **shares)) == "test"]
    assert 0.11 < sum(one["unseen"] for one in test[:125]) / len(test[:125]) < 0.24
    assert len({one["id"].split(":")[0] for one in test if not one["unseen"]}) > 20


def test_the_seed_decides_which_come_first_and_how_they_are_worded(every, places):
    again, other = (list(questions.examples(places.clean, seed=seed)) for seed in (7, 8))
    assert again == every and [one["id"] for one in other] != [one["id"] for one in every]
    worded = {one["id"]: one["question"] for one in every}
    assert any(worded[one["id"]] != one["question"] for one in other) and set(worded) == {one["id"] for one in other}


def test_what_does_not_tell_is_left_out(places):
    found = list(questions.examples(places.clean, seed=7, is_discriminative=lambda sql: "HAVING" in sql))
    assert found and all("HAVING" in one["sql"] for one in found)


@pytest.mark.parametrize(
    ("tables", "joins"),
    [
        (("orders", "customers"), "FROM orders JOIN customers USING (customer_id)"),
        (("order_items", "customers"), "FROM order_items JOIN orders USING (order_id) JOIN customers USING (customer_id)"),
        (("order_reviews", "products"), "FROM order_reviews JOIN order_items USING (order_id) JOIN products USING (product_id)"),
        (("order_items", "orders", "orders"), "FROM order_items JOIN orders USING (order_id)"),
    ],
)
def test_tables_are_joined_through_those_between_them_and_once(tables, joins):
    assert parts.source(*tables) == joins


@pytest.fixture(scope="module")
def rows(places):
    return {row["entity"].split(":")[0]: row for row in chat_rows(sql.TASK, places, limit=60, seed=7)}


def test_a_row_of_a_held_out_shape_is_of_the_test_side_and_no_other_is(rows):
    assert len(set(rows) & HELD_OUT) == 1
    assert {row["side"] for shape, row in rows.items() if shape in HELD_OUT} == {"test"}
    assert {row["side"] for shape, row in rows.items() if shape not in HELD_OUT} == {None}


def test_a_reply_to_an_unseen_shape_is_counted_apart(rows):
    graded = {row["side"]: (row, json.loads(row["facts"])) for row in rows.values()}
    seen = {"components": sql.grade(graded[None][0]["gold"], graded[None][1]).components}
    unseen = {"components": sql.grade("SELECT 0", graded["test"][1]).components}
    assert (seen["components"]["unseen"], unseen["components"]["unseen"]) == (0.0, 1.0)
    both = sql.headline([seen, seen, unseen])
    assert both["execution_accuracy"] == pytest.approx(2 / 3)
    assert (both["execution_accuracy_seen"], both["execution_accuracy_unseen"]) == (1.0, 0.0)
    assert "execution_accuracy_unseen" not in sql.headline([seen])


def test_a_tiny_model_is_trained_on_the_core_and_tested_on_what_is_held_out_all_the_same(places):
    found = list(questions.examples(places.clean, seed=7, choice=questions.Questions(shapes="core", engine="duckdb")))
    seen, unseen = ({one["id"].partition(":")[0] for one in found if one["unseen"] is held} for held in (False, True))
    assert seen == FIRST == questions.CORE and unseen == HELD_OUT
