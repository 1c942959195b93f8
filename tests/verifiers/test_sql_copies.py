"""A query that fails on a copy only still counts as run: the original decides."""

import pytest

from tests.verifiers.shops import over
from vitrine.verifiers.sql import sandbox as module
from vitrine.verifiers.sql.judge import judge

GOLD = "SELECT order_id FROM orders ORDER BY 1"
TOO_LARGE_IN_A_COPY = "SELECT order_id FROM orders"  # the original has six rows and each copy seven


@pytest.fixture(params=["duckdb", "sqlite"])
def box(shop, request, monkeypatch):
    monkeypatch.setattr(module, "MAX_CACHED_RESULT_CELLS", 4)  # the original's result is not cached, a failure is
    with over(shop, engine=request.param, rows=6, workers=1, seconds=0.3) as opened:
        yield opened


def test_too_large_copy_does_not_change_the_original(box):
    first, again = (box.run_all(TOO_LARGE_IN_A_COPY) for _ in range(2))
    for results in (first, again):
        assert [result.failure for result in results.values()] == [None, "too_large", "too_large"]
        assert len(results["original"].rows) == 6
    assert box.run(TOO_LARGE_IN_A_COPY).rows == first["original"].rows


def test_too_large_original_fails_everywhere(box):
    for _ in range(2):
        results = box.run_all("SELECT o.order_id FROM orders o, reviews")
        assert {result.failure for result in results.values()} == {"too_large"} and len(results) == 3


def test_cached_failure_gives_the_same_verdict(box):
    gold = "SELECT order_id FROM orders WHERE order_id < 'o6'"  # six rows in every copy
    predicted = TOO_LARGE_IN_A_COPY
    first = judge(predicted, gold, box)
    box.verdicts.clear()
    assert judge(predicted, gold, box) == first
    assert first.runs and first.resolves and first.bird and not first.equal
    assert first.score == pytest.approx(0.2), "it reads the right table and runs; its rows are wrong on the copies"


def test_query_wrong_on_the_original_is_judged_by_it_alone(box):
    gold, predicted = "SELECT order_id FROM orders WHERE order_id < 'o5'", TOO_LARGE_IN_A_COPY
    box.run_all(predicted)
    verdict = judge(predicted, gold, box)
    assert verdict.runs and not verdict.bird and verdict.failure is None
