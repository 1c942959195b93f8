"""sql: grades are the same whether gold results are preloaded from the row or the gold query is run."""

import json

import pytest

from vitrine.tasks import TASKS, sql
from vitrine.verifiers.sql.judge import Sandbox
from vitrine.verifiers.sql.results import Result

TASK = TASKS["sql"]


@pytest.fixture
def facts(examples):
    """Facts of twelve questions after a round trip through JSON."""
    return [json.loads(json.dumps(TASK.facts(example))) for example in examples["sql"][:12]]


def test_a_row_holds_the_gold_results_of_each_database(facts):
    for row in facts:
        sandbox = Sandbox.at(row["shop"])
        sandbox.clear_cache()
        expected = sandbox.run_all(row["sql"], gold=True)
        (stored,) = row["known"].values()
        assert row["known"].keys() == {row["sql"]}
        assert {name: Result.from_json(written) for name, written in stored.items()} == expected
        assert len(stored) == 3 and all(written["rows"] for written in stored.values())


def test_a_reply_earns_the_same_with_and_without_preloaded_gold_results(facts):
    for row in facts:
        gold = row["sql"]
        replies = [f"{gold} -- de novo", f"SELECT * FROM ({gold}) LIMIT 1", "SELECT 1", "SELECT * FROM orders", "SELEC", gold]
        scores = []
        for stored in (row["known"], {}):
            Sandbox.at(row["shop"]).clear_cache()
            batch = [(reply, row | {"known": stored}) for reply in replies]
            TASK.prepare(batch)
            scores.append([TASK.grade(*pair) for pair in batch])
            Sandbox.at(row["shop"]).clear_cache()
            assert [TASK.grade(*pair) for pair in batch] == scores[-1], "the same without `prepare`"
        assert scores[0] == scores[1]
        assert scores[0][0].score == scores[0][-1].score == 1.0 and scores[0][4].score == 0.0


def test_benchmark_facts_name_the_whole_shop_and_hold_no_results(facts):
    for row in facts:
        assert TASK.benchmark_facts(row) == row | {"shop": row["whole"], "known": {}}
        assert TASK.grade(row["sql"], TASK.benchmark_facts(row)).score == 1.0


def test_results_too_large_for_a_row_are_left_out(example_config, monkeypatch):
    monkeypatch.setattr(sql, "MAX_PRELOADED_VALUES", 3)
    stored = [example["known"] for example in TASK.examples(example_config, limit=30, seed=7)]
    assert {} in stored and any(stored)
    for results in (results for known in stored for results in known.values()):
        assert sum(len(row) for result in results.values() for row in result["rows"]) <= 3


def test_an_edited_gold_query_is_run(facts):
    for row in facts[:3]:
        assert TASK.grade("SELECT COUNT(*) + 0 FROM orders", row | {"sql": "SELECT COUNT(*) FROM orders"}).score == 1.0
