"""Facts and examples on the shared sample of tests/tasks."""

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
def test_text_rules_read_fields(text, field, value):
    assert reviews.text_fields(text)[field] == value


def test_reviews_have_distinct_texts_and_order_facts(example_config):
    rows = reviews.examples(example_config.clean, limit=500, seed=7)
    assert len({f"{row['title']}. {row['message']}".lower() for row in rows}) == len(rows) > 100
    assert all(row["days"] >= 0 and row["promised"] >= 0 and 1 <= row["score"] <= 5 for row in rows)


def test_perturbed_shop_has_the_same_tables_and_other_results(example_config):
    assert sorted(folder.name for folder in (example_config.facts / "shop").iterdir()) == sorted(shop.COPIES)
    with Sandbox({name: example_config.facts / "shop" / name for name in shop.COPIES}) as box:
        rows = [
            result.rows
            for result in box.run_all("SELECT SUM(price), COUNT(DISTINCT customer_id) FROM order_items, orders").values()
        ]
    assert len(set(rows)) == len(shop.COPIES)


@pytest.mark.parametrize(
    ("table", "key", "amount"), [("order_items", "product_id", "price"), ("order_payments", "order_id", "payment_value")]
)
def test_amounts_in_a_copy_differ_by_more_than_rounding(example_config, table, key, amount):
    """If the same product or order had the same amount, a sum could be right on a copy by luck."""
    published = (
        tables.scan(example_config.clean / "olist" / f"{table}.parquet", olist.TABLES[table])
        .select(key, amount)
        .unique()
        .collect()
    )
    for copy in shop.COPIES[1:]:
        own = (
            tables.scan(example_config.facts / "shop" / copy / f"{table}.parquet", shop.schema(table))
            .select(key, amount)
            .collect()
        )
        near = [
            own.join(published.with_columns(pl.col(amount).round(2) + cents / 100), on=[key, amount], how="semi").height
            for cents in (-1, 0, 1)
        ]
        assert sum(near) < 0.1 * own.height


def test_foreign_keys_resolve(example_config):
    for copy in shop.COPIES:
        frames = {
            name: tables.scan(example_config.facts / "shop" / copy / f"{name}.parquet", shop.schema(name)).collect()
            for name in shop.COLUMNS
        }
        for table, key, home in [
            ("orders", "customer_id", "customers"),
            ("order_items", "order_id", "orders"),
            ("order_items", "product_id", "products"),
            ("order_reviews", "order_id", "orders"),
        ]:
            assert frames[table].join(frames[home], on=key, how="anti").height == 0


def test_questions_have_no_open_slot_and_unique_ids(example_config):
    rows = list(questions.examples(example_config.clean, seed=7))
    assert len({row["id"] for row in rows}) == len(rows) > 1000
    assert not any(re.search(r"[{}]", row["question"] + row["sql"]) for row in rows)
    assert {row["id"].split(":")[0] for row in rows} == set(questions.TEMPLATES)


def test_clusters_group_dependent_answers(example_config):
    """Intervals resample clusters: the template of an SQL question, the state or category of a report's slice."""
    every = list(questions.examples(example_config.clean, seed=7))
    assert {row["cluster"] for row in every} == set(questions.TEMPLATES) and len({row["entity"] for row in every}) == len(every)
    reports = insights.examples(example_config.clean, limit=10_000, seed=7)
    clusters = {row["entity"]: row["cluster"] for row in reports}
    assert {clusters[name] for name in clusters if name.split(":")[-1] == "SP" or name.startswith("estado_mes:SP:")} == {"SP"}
    assert all(
        cluster == name.split(":")[1] for name, cluster in clusters.items() if name.startswith(("categoria:", "categoria_mes:"))
    )
    assert 20 < len({*clusters.values()}) < 0.5 * len(clusters)
    rows = chat_rows(sql.TASK, example_config, limit=20, seed=7) + chat_rows(sentiment.TASK, example_config, limit=20, seed=7)
    assert {row["cluster"] for row in rows[:20]} <= set(questions.TEMPLATES)
    assert all(row["cluster"] == row["entity"] for row in rows[20:]), "reviews of one customer are one cluster"


def test_figures_of_a_slice_are_consistent(example_config):
    rows = insights.examples(example_config.clean, limit=10_000, seed=7)
    row = next(row for row in rows if row["id"].startswith("estado:SP"))
    orders, revenue, ticket = (float(row["figures"][name].replace(",", ".")) for name in ("pedidos", "receita", "ticket"))
    assert orders >= insights.MIN_ORDERS and revenue == pytest.approx(orders * ticket, rel=0.01)
