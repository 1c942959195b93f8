"""What a query comes to on a copy is not what it comes to on the original: it says nothing of whether it runs."""

import pytest

from tests.verifiers.shops import over
from vitrine.verifiers.sql import sandbox as module
from vitrine.verifiers.sql.judge import judge

GOLD = "SELECT order_id FROM orders ORDER BY 1"
TOO_LARGE_IN_A_COPY = "SELECT order_id FROM orders"  # the original has six rows and each copy seven


@pytest.fixture(params=["duckdb", "sqlite"])
def box(shop, request, monkeypatch):
    monkeypatch.setattr(module, "MAX_CACHED_RESULT_CELLS", 4)  # the original's result is too heavy to be kept, a failure is not
    with over(shop, engine=request.param, rows=6, workers=1, seconds=0.3) as opened:
        yield opened


def test_a_copy_that_is_too_large_leaves_the_original_as_it_is(box):
    first, again = (box.run_all(TOO_LARGE_IN_A_COPY) for _ in range(2))
    for found in (first, again):
        assert [result.failure for result in found.values()] == [None, "too_large", "too_large"]
        assert len(found["original"].rows) == 6
    assert box.run(TOO_LARGE_IN_A_COPY).rows == first["original"].rows


def test_an_original_that_is_too_large_is_that_everywhere(box):
    for _ in range(2):
        found = box.run_all("SELECT o.order_id FROM orders o, reviews")
        assert {result.failure for result in found.values()} == {"too_large"} and len(found) == 3


def test_the_verdict_is_the_same_when_the_failure_is_remembered(box):
    gold = "SELECT order_id FROM orders WHERE order_id < 'o6'"  # six rows in every copy
    said = TOO_LARGE_IN_A_COPY
    first = judge(said, gold, box)
    box.verdicts.clear()
    assert judge(said, gold, box) == first
    assert first.runs and first.resolves and first.bird and not first.equal
    assert first.score == pytest.approx(0.2), "it reads the right table and runs; its rows are wrong on the copies"


def test_a_query_that_is_wrong_on_the_original_is_judged_by_it_alone(box):
    gold, said = "SELECT order_id FROM orders WHERE order_id < 'o5'", TOO_LARGE_IN_A_COPY
    box.run_all(said)
    verdict = judge(said, gold, box)
    assert verdict.runs and not verdict.bird and verdict.failure is None
