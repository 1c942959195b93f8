"""Gold queries translated to SQLite return the same results as in DuckDB."""

import dataclasses
import json

import pytest

from vitrine.facts import analyst, questions
from vitrine.facts.dialects import translate
from vitrine.tasks import sql
from vitrine.tasks.task import chat_rows, grade_batch
from vitrine.verifiers.sql.judge import Sandbox, is_ordered, same_result

UNTRANSLATABLE = {"produto_lider_vendedor"}  # QUALIFY
BY_HAND_UNTRANSLATABLE = {
    "logistica_08",
    "vendedores_05",
    "categorias_03",
    "categorias_11",
    "frete_07",
    "frete_09",
}  # also MEDIAN, CORR


@pytest.mark.parametrize(
    ("duckdb", "sqlite"),
    [
        ("SELECT COUNT(*) FROM orders", "SELECT COUNT(*) FROM orders"),
        (
            "SELECT MONTH(order_purchase_timestamp), COUNT(*) FROM orders GROUP BY 1",
            "SELECT CAST(STRFTIME('%m', order_purchase_timestamp) AS INTEGER), COUNT(*) FROM orders GROUP BY 1",
        ),
        (
            "SELECT DATE_DIFF('day', order_purchase_timestamp, order_delivered_customer_date) AS days FROM orders",
            "SELECT CAST((JULIANDAY(DATE(order_delivered_customer_date)) - JULIANDAY(DATE(order_purchase_timestamp))) "
            "AS INTEGER) AS days FROM orders",
        ),
        ("SELECT CORR(price, freight_value) FROM order_items", None),
        ("SELECT order_id FROM orders QUALIFY ROW_NUMBER() OVER (ORDER BY order_id) = 1", None),
        ("SELECT DATE_DIFF('month', order_purchase_timestamp, order_delivered_customer_date) FROM orders", None),
        ("SELECT nothing FROM nowhere", None),
    ],
)
def test_translation_to_sqlite(duckdb, sqlite):
    assert translate(duckdb, "sqlite") == sqlite
    assert translate(duckdb, "duckdb") == duckdb


def test_aliases_in_windows_are_replaced():
    translated = translate(
        "SELECT MONTH(order_purchase_timestamp) AS mes, SUM(COUNT(*)) OVER (ORDER BY mes) FROM orders GROUP BY 1", "sqlite"
    )
    assert translated and "OVER (ORDER BY CAST(STRFTIME('%m'" in translated


@pytest.mark.slow
@pytest.mark.parametrize("by_hand", [False, True], ids=["grammar", "by hand"])
def test_nearly_all_queries_translate_and_return_the_same(example_config, by_hand):
    folder = example_config.facts / "shop"
    duckdb, sqlite = Sandbox.at(folder), Sandbox.at(folder, engine="sqlite")
    golds = {one["id"].split(":")[0]: one["sql"] for one in questions.examples(example_config.clean, seed=7)}
    if by_hand:
        golds = {one.id: one.sql for one in analyst.questions()}
    translated = {name: translate(gold, "sqlite") for name, gold in golds.items()}
    assert {name for name, query in translated.items() if query is None} == (
        BY_HAND_UNTRANSLATABLE if by_hand else UNTRANSLATABLE
    )
    for name, query in translated.items():
        if query is not None:
            on_duckdb, on_sqlite = duckdb.run_all(golds[name], gold=True), sqlite.run_all(query, gold=True)
            assert not [result.why for result in on_sqlite.values() if result.failure], name
            assert all(same_result(on_duckdb[copy], on_sqlite[copy], is_ordered(golds[name], "duckdb")) for copy in on_duckdb), (
                name
            )


@pytest.mark.slow
def test_sqlite_questions_ask_for_and_are_graded_by_sqlite(example_config):
    sqlite_config = dataclasses.replace(example_config, questions=questions.Questions(shapes="all", engine="sqlite"))
    rows = chat_rows(sql.TASK, sqlite_config, limit=150, seed=7) + chat_rows(sql.ANALYST, sqlite_config, limit=40, seed=7)
    assert {json.loads(row["facts"])["engine"] for row in rows} == {"sqlite"}
    assert all("Responda com um SELECT do SQLite.\n" in row["messages"][-1]["content"] for row in rows)
    assert not [row["gold"] for row in rows if "YEAR(" in row["gold"]] and any("STRFTIME" in row["gold"] for row in rows)
    assert {grade.score for grade in grade_batch(sql.TASK, [(row["gold"], json.loads(row["facts"])) for row in rows])} == {1.0}
    in_duckdb = "SELECT COUNT(*) FROM orders WHERE YEAR(order_purchase_timestamp) = 2017"
    assert grade_batch(sql.TASK, [(in_duckdb, json.loads(rows[0]["facts"]))])[0].components["runs"] == 0.0
