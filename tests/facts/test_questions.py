"""SQL question templates: rules that all follow, and the held-out ones for testing."""

import json
import re
from collections import Counter, defaultdict
from string import Formatter

import pytest

from vitrine.facts import questions
from vitrine.facts.questions import HELD_OUT, TEMPLATES, parts, slots_of
from vitrine.splits.entity import split_of
from vitrine.tasks import sql
from vitrine.tasks.task import chat_rows
from vitrine.verifiers.sql.judge import Sandbox

pytestmark = pytest.mark.slow  # not in the quick test run

PUBLISHED_TEMPLATES = {  # templates with published results: they must stay
    "pedidos_estado_ano", "pedidos_estado_mes", "pedidos_status_mes", "pedidos_por_mes_estado", "atrasos_estado",
    "clientes_estado_pagamento", "receita_categoria_ano", "receita_categoria_estado", "categorias_receita_ano",
    "preco_medio_categoria_estado", "itens_caros_categoria", "frete_medio_estado", "nota_media_categoria", "notas_estado",
    "estados_nota_baixa", "media_pagamento", "parcelas_pagamento",
}  # fmt: skip


@pytest.fixture(scope="module")
def every(example_config):
    return list(questions.examples(example_config.clean, seed=7))


def fields(text):
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name})


def test_there_are_48_templates_and_eight_are_held_out():
    assert len(TEMPLATES) == 48 and len(HELD_OUT) == 8 and set(TEMPLATES) >= PUBLISHED_TEMPLATES
    assert not HELD_OUT & PUBLISHED_TEMPLATES


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_each_template_has_three_wordings_with_every_slot(template):
    assert len(set(template.wordings)) == len(template.wordings) >= 3
    for wording in template.wordings:
        assert fields(wording) == sorted(slots_of(template)) == fields(template.sql), wording
        assert not re.search(r"  | [?.,]|^[a-z]|\bd[oa]s? [oa]s? ", wording), wording
        assert wording.endswith(("?", ".")) and len(wording) < 120


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_limited_lists_break_ties_and_queries_are_short(template):
    assert ("LIMIT" in template.sql) == template.sql.endswith("ORDER BY 2 DESC, 1 LIMIT {n}")
    assert len(template.sql) < 300


def test_templates_are_distinct_and_questions_have_one_answer(every):
    assert len({template.sql for template in TEMPLATES.values()}) == len(TEMPLATES)
    assert len({question["id"] for question in every}) == len({question["sql"] for question in every}) == len(every)
    answers = defaultdict(set)
    for question in every:
        answers[question["question"]].add(question["sql"])
    assert not {question: queries for question, queries in answers.items() if len(queries) > 1}
    counts = Counter(wording for template in TEMPLATES.values() for wording in template.wordings)
    assert counts.most_common(1)[0][1] == 1


def test_questions_contain_their_slot_values(every):
    for question in every:
        assert all(re.search(rf"(?<!\w){value}(?!\w)", question["question"]) for value in question["id"].split(":")[1:]), question


def test_every_template_runs(every, example_config):
    box = Sandbox.at(example_config.facts / "shop")
    some = {question["id"].split(":")[0]: question["sql"] for question in every}
    assert set(some) == set(TEMPLATES)
    failures = {
        template: result.why for template, gold in some.items() if (result := box.run_all(gold, gold=True)["original"]).failure
    }
    assert not failures


def test_held_out_templates_use_only_words_of_seen_templates():
    seen, unseen = (
        {
            word
            for name, template in TEMPLATES.items()
            if (name in HELD_OUT) is held_out
            for word in re.findall(r"\w+", template.sql)
        }
        for held_out in (False, True)
    )
    assert unseen <= seen


def test_held_out_templates_are_in_the_test_split(every):
    for question in every:
        held_out = question["id"].split(":")[0] in HELD_OUT
        assert question["unseen"] is held_out and question.get("side") == ("test" if held_out else None)


@pytest.mark.parametrize("limit", [800, 1600, 2600])
def test_about_a_sixth_of_test_questions_are_unseen(every, limit):
    shares = {"seed": 7, "validation": 0.02, "test": 0.08}
    test = [question for question in every[:limit] if question.get("side", split_of(question["entity"], **shares)) == "test"]
    assert 0.11 < sum(question["unseen"] for question in test[:125]) / len(test[:125]) < 0.24
    assert len({question["id"].split(":")[0] for question in test if not question["unseen"]}) > 20


def test_seed_decides_order_and_wording(every, example_config):
    again, other = (list(questions.examples(example_config.clean, seed=seed)) for seed in (7, 8))
    assert again == every and [question["id"] for question in other] != [question["id"] for question in every]
    worded = {question["id"]: question["question"] for question in every}
    assert any(worded[question["id"]] != question["question"] for question in other) and set(worded) == {
        question["id"] for question in other
    }


def test_non_discriminative_questions_are_left_out(example_config):
    queries = list(questions.examples(example_config.clean, seed=7, is_discriminative=lambda sql: "HAVING" in sql))
    assert queries and all("HAVING" in question["sql"] for question in queries)


@pytest.mark.parametrize(
    ("tables", "joins"),
    [
        (("orders", "customers"), "FROM orders JOIN customers USING (customer_id)"),
        (("order_items", "customers"), "FROM order_items JOIN orders USING (order_id) JOIN customers USING (customer_id)"),
        (("order_reviews", "products"), "FROM order_reviews JOIN order_items USING (order_id) JOIN products USING (product_id)"),
        (("order_items", "orders", "orders"), "FROM order_items JOIN orders USING (order_id)"),
    ],
)
def test_joins_go_through_intermediate_tables_once(tables, joins):
    assert parts.source(*tables) == joins


@pytest.fixture(scope="module")
def rows(example_config):
    return {row["entity"].split(":")[0]: row for row in chat_rows(sql.TASK, example_config, limit=60, seed=7)}


def test_only_rows_of_held_out_templates_name_the_test_split(rows):
    assert len(set(rows) & HELD_OUT) == 1
    assert {row["side"] for template, row in rows.items() if template in HELD_OUT} == {"test"}
    assert {row["side"] for template, row in rows.items() if template not in HELD_OUT} == {None}


def test_unseen_templates_are_scored_separately(rows):
    graded = {row["side"]: (row, json.loads(row["facts"])) for row in rows.values()}
    seen = {"components": sql.grade(graded[None][0]["gold"], graded[None][1]).components}
    unseen = {"components": sql.grade("SELECT 0", graded["test"][1]).components}
    assert (seen["components"]["unseen"], unseen["components"]["unseen"]) == (0.0, 1.0)
    both = sql.headline([seen, seen, unseen])
    assert both["execution_accuracy"] == pytest.approx(2 / 3)
    assert (both["execution_accuracy_seen"], both["execution_accuracy_unseen"]) == (1.0, 0.0)
    assert "execution_accuracy_unseen" not in sql.headline([seen])


def test_core_questions_still_include_held_out_templates(example_config):
    queries = list(questions.examples(example_config.clean, seed=7, choice=questions.Questions(shapes="core", engine="duckdb")))
    seen, unseen = (
        {question["id"].partition(":")[0] for question in queries if question["unseen"] is held} for held in (False, True)
    )
    assert seen == PUBLISHED_TEMPLATES == questions.CORE and unseen == HELD_OUT
