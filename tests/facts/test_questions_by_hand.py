"""The analyst's questions: they run, they tell, they say what they need, and no shape of the grammar stands behind them."""

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import expressions

from vitrine.facts import analyst
from vitrine.facts.questions import SLOTS, TEMPLATES
from vitrine.tasks import sql
from vitrine.tasks.task import chat_rows
from vitrine.verifiers.sql.judge import Sandbox

pytestmark = pytest.mark.slow  # the inner loop does without them

PUBLISHED = Path(__file__).parents[3] / "shared" / "data"
NEEDS = {
    "joins": r"\bJOIN\b",
    "dates": r"timestamp|_date\b",
    "windows": r"\bOVER\b",
    "nested": r"\(SELECT\b",
    "case": r"\bCASE\b",
    "having": r"\bHAVING\b",
}


def skeleton(query):
    """A query with all of its constants taken for the same."""
    tree = sqlglot.parse_one(query, read="duckdb")
    return tree.transform(lambda node: expressions.Literal.number(0) if isinstance(node, expressions.Literal) else node).sql()


def test_there_are_120_of_them_and_each_is_another_question():
    found = analyst.questions()
    assert len(found) == len({one.id for one in found}) == 120
    assert len({one.question.lower() for one in found}) == len({skeleton(one.sql) for one in found}) == 120
    assert all(one.question.endswith(("?", ".")) and 30 < len(one.question) < 230 for one in found)


def test_none_is_a_shape_of_the_grammar():
    values = {name: some[0] for name, some in SLOTS.items()} | {"category": "bebes"}
    shapes = {skeleton(shape.sql.format(**values)) for shape in TEMPLATES.values()}
    assert not [one.id for one in analyst.questions() if skeleton(one.sql) in shapes]


@pytest.mark.parametrize("one", analyst.questions(), ids=lambda one: one.id)
def test_what_it_needs_is_what_its_query_does(one):
    assert set(one.needs) == {name for name, pattern in NEEDS.items() if re.search(pattern, one.sql)}
    assert ("LIMIT" not in one.sql) or "ORDER BY" in one.sql


def test_all_run_on_a_small_shop(places):
    box = Sandbox.at(places.facts / "shop")
    failing = {one.id: result.why for one in analyst.questions() if (result := box.run(one.sql)).failure}
    assert not failing


def test_the_task_has_those_that_tell_all_on_the_test_side(places):
    rows = chat_rows(sql.ANALYST, places, limit=120, seed=7)
    assert 80 < len(rows) <= 120
    assert {row["side"] for row in rows} == {"test"} and all('"unseen": true' in row["facts"] for row in rows)
    assert sql.ANALYST.version == sql.TASK.version and sql.ANALYST.grade is sql.TASK.grade


@pytest.mark.slow
@pytest.mark.skipif(not (PUBLISHED / "olist").is_dir(), reason="the published tables, ../shared/data/olist, are not here")
def test_all_have_an_answer_in_the_published_tables(tmp_path):
    from benchmarks.real import through

    through("olist", PUBLISHED, tmp_path / "olist")
    with Sandbox({"published": tmp_path / "olist" / "clean"}, seconds=60.0) as box:
        for one in analyst.questions():
            result = box.run(one.sql)
            assert not result.failure, (one.id, result.why)
            assert any(value is not None for row in result.rows for value in row), one.id
