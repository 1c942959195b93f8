"""What tasks are asked about, on the shared sample of tests/tasks."""

import re

import polars as pl
import pytest

from vitrine import tables
from vitrine.facts import insights, questions, reviews, shop
from vitrine.tables.published import olist
from vitrine.tasks import sentiment, sql
from vitrine.tasks.task import chat_rows
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
    assert reviews.text_fields(text)[field] == value


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


@pytest.mark.parametrize(
    ("table", "key", "amount"), [("order_items", "product_id", "price"), ("order_payments", "order_id", "payment_value")]
)
def test_amounts_in_a_copy_differ_from_the_shop_s_by_more_than_rounding(places, table, key, amount):
    """The same product, or order, at the same amount: a sum would then be right on a copy by luck."""
    published = (
        tables.scan(places.clean / "olist" / f"{table}.parquet", olist.TABLES[table]).select(key, amount).unique().collect()
    )
    for copy in shop.COPIES[1:]:
        own = tables.scan(places.facts / "shop" / copy / f"{table}.parquet", shop.schema(table)).select(key, amount).collect()
        near = [
            own.join(published.with_columns(pl.col(amount).round(2) + cents / 100), on=[key, amount], how="semi").height
            for cents in (-1, 0, 1)
        ]
        assert sum(near) < 0.1 * own.height


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
    assert {one["id"].split(":")[0] for one in found} == set(questions.TEMPLATES)


def test_answers_about_the_same_thing_are_one_cluster(places):
    """What an interval resamples: for SQL the shape of the question, for a report the state, or the category, of its slice."""
    asked = list(questions.examples(places.clean, seed=7))
    assert {one["cluster"] for one in asked} == set(questions.TEMPLATES) and len({one["entity"] for one in asked}) == len(asked)
    reports = insights.examples(places.clean, limit=10_000, seed=7)
    clusters = {row["entity"]: row["cluster"] for row in reports}
    assert {clusters[name] for name in clusters if name.split(":")[-1] == "SP" or name.startswith("estado_mes:SP:")} == {"SP"}
    assert all(
        cluster == name.split(":")[1] for name, cluster in clusters.items() if name.startswith(("categoria:", "categoria_mes:"))
    )
    assert 20 < len({*clusters.values()}) < 0.5 * len(clusters)
    rows = chat_rows(sql.TASK, places, limit=20, seed=7) + chat_rows(sentiment.TASK, places, limit=20, seed=7)
    assert {row["cluster"] for row in rows[:20]} <= set(questions.TEMPLATES)
    assert all(row["cluster"] == row["entity"] for row in rows[20:]), "a review stands with the others of its customer"


def test_every_number_of_an_insight_is_of_its_slice(places):
    found = insights.examples(places.clean, limit=10_000, seed=7)
    one = next(row for row in found if row["id"].startswith("estado:SP"))
    orders, revenue, ticket = (float(one["figures"][name].replace(",", ".")) for name in ("pedidos", "receita", "ticket"))
    assert orders >= insights.FEWEST_ORDERS and revenue == pytest.approx(orders * ticket, rel=0.01)
