"""What tasks are asked about, on the shared sample of tests/tasks."""

import re

import pytest

from vitrine import tables
from vitrine.facts import insights, questions, reviews, shop
from vitrine.verifiers.sql.judge import Sandbox


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("Ainda NÃO RECEBI o produto", "problema", "nao_recebido"),
        ("atrasou muito e veio quebrado", "problema", "atraso"),
        ("veio com defeito", "problema", "defeito"),
        ("sem defeito nenhum", "problema", "nenhum"),
        ("mandaram outro produto", "problema", "errado"),
        ("faltou uma peça", "problema", "incompleto"),
        ("não demorou nada", "problema", "nenhum"),
        ("chegou antes do prazo e é lindo", "elogio", "entrega"),
        ("ótima qualidade", "elogio", "qualidade"),
        ("Preço justo", "elogio", "preco"),
        ("a loja baratheon", "elogio", "nenhum"),
        ("quero meu dinheiro de volta", "pede_troca", True),
        ("trocaram de ideia", "pede_troca", False),
        ("não recomendo", "recomenda", "nao"),
        ("Recomendo!", "recomenda", "sim"),
        ("gostei", "recomenda", "nao_diz"),
        ("não comprarei mais", "recompra", False),
        ("comprarei mais vezes", "recompra", True),
    ],
)
def test_the_text_rules(text, field, value):
    assert reviews.rules(text)[field] == value


def test_reviews_repeat_no_text_and_know_their_order(places):
    found = reviews.examples(places.clean, limit=500, seed=7)
    assert len({f"{row['title']}. {row['message']}".lower() for row in found}) == len(found) > 100
    assert all(row["days"] >= 0 and row["promised"] >= 0 and 1 <= row["score"] <= 5 for row in found)


def test_a_perturbed_shop_has_the_same_tables_and_other_answers(places):
    assert sorted(folder.name for folder in (places.facts / "shop").iterdir()) == sorted(shop.COPIES)
    with Sandbox({name: places.facts / "shop" / name for name in shop.COPIES}) as box:
        found = [
            result.rows
            for result in box.run_all("SELECT SUM(price), COUNT(DISTINCT customer_id) FROM order_items, orders").values()
        ]
    assert len(set(found)) == len(shop.COPIES)


def test_no_row_of_a_shop_points_nowhere(places):
    for copy in shop.COPIES:
        frames = {
            name: tables.scan(places.facts / "shop" / copy / f"{name}.parquet", shop.schema(name)).collect()
            for name in shop.COLUMNS
        }
        for table, key, home in [
            ("orders", "customer_id", "customers"),
            ("order_items", "order_id", "orders"),
            ("order_items", "product_id", "products"),
            ("order_reviews", "order_id", "orders"),
        ]:
            assert frames[table].join(frames[home], on=key, how="anti").height == 0


def test_questions_have_no_open_slot_and_stand_under_one_name(places):
    found = list(questions.examples(places.clean, seed=7))
    assert len({one["id"] for one in found}) == len(found) > 1000
    assert not any(re.search(r"[{}]", one["question"] + one["sql"]) for one in found)
    assert {one["id"].split(":")[0] for one in found} == set(questions.SHAPES)


def test_every_number_of_an_insight_is_of_its_slice(places):
    found = insights.examples(places.clean, limit=10_000, seed=7)
    one = next(row for row in found if row["id"].startswith("estado:SP"))
    orders, revenue, ticket = (float(one["figures"][name].replace(",", ".")) for name in ("pedidos", "receita", "ticket"))
    assert orders >= insights.FEWEST_ORDERS and revenue == pytest.approx(orders * ticket, rel=0.01)
