"""`sql` grades alike whether a row tells what its gold query returns, or the query has to be run."""

import json

import pytest

from vitrine.tasks import TASKS, sql
from vitrine.verifiers.sql.judge import Sandbox
from vitrine.verifiers.sql.results import Result

TASK = TASKS["sql"]


@pytest.fixture
def facts(examples):
    """Of twelve questions, as they come out of a file."""
    return [json.loads(json.dumps(TASK.facts(example))) for example in examples["sql"][:12]]


def test_a_row_tells_what_its_gold_query_returns_in_each_database(facts):
    for known in facts:
        box = Sandbox.at(known["shop"])
        box.clear_cache()
        found = box.run_all(known["sql"], gold=True)
        (told,) = known["known"].values()
        assert known["known"].keys() == {known["sql"]}
        assert {name: Result.from_json(written) for name, written in told.items()} == found
        assert len(told) == 3 and all(written["rows"] for written in told.values())


def test_a_reply_earns_the_same_where_the_gold_query_has_to_be_run(facts):
    for known in facts:
        gold = known["sql"]
        replies = [f"{gold} -- de novo", f"SELECT * FROM ({gold}) LIMIT 1", "SELECT 1", "SELECT * FROM orders", "SELEC", gold]
        scores = []
        for told in (known["known"], {}):
            Sandbox.at(known["shop"]).clear_cache()
            batch = [(reply, known | {"known": told}) for reply in replies]
            TASK.prepare(batch)
            scores.append([TASK.grade(*one) for one in batch])
            Sandbox.at(known["shop"]).clear_cache()
            assert [TASK.grade(*one) for one in batch] == scores[-1], "one by one as in a batch"
        assert scores[0] == scores[1]
        assert scores[0][0].score == scores[0][-1].score == 1.0 and scores[0][4].score == 0.0


def test_what_the_whole_shop_returns_is_not_told(facts):
    for known in facts:
        assert TASK.benchmark_facts(known) == known | {"shop": known["whole"], "known": {}}
        assert TASK.grade(known["sql"], TASK.benchmark_facts(known)).score == 1.0


def test_results_too_large_for_a_row_are_left_out(places, monkeypatch):
    monkeypatch.setattr(sql, "MAX_PRELOADED_VALUES", 3)
    told = [example["known"] for example in TASK.examples(places, limit=30, seed=7)]
    assert {} in told and any(told)
    for results in (results for some in told for results in some.values()):
        assert sum(len(row) for one in results.values() for row in one["rows"]) <= 3


def test_a_query_put_in_place_of_the_gold_is_run(facts):
    for known in facts[:3]:
        assert TASK.grade("SELECT COUNT(*) + 0 FROM orders", known | {"sql": "SELECT COUNT(*) FROM orders"}).score == 1.0
