"""The analyst's questions: they run, are discriminative, list the SQL features they need and follow no template."""

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

pytestmark = pytest.mark.slow  # not in the quick test run

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
    """A query with all constants replaced by 0."""
    tree = sqlglot.parse_one(query, read="duckdb")
    return tree.transform(lambda node: expressions.Literal.number(0) if isinstance(node, expressions.Literal) else node).sql()


def test_there_are_120_distinct_questions():
    all_questions = analyst.questions()
    assert len(all_questions) == len({question.id for question in all_questions}) == 120
    assert (
        len({question.question.lower() for question in all_questions})
        == len({skeleton(question.sql) for question in all_questions})
        == 120
    )
    assert all(question.question.endswith(("?", ".")) and 30 < len(question.question) < 230 for question in all_questions)


def test_no_question_follows_a_template():
    values = {name: some[0] for name, some in SLOTS.items()} | {"category": "bebes"}
    skeletons = {skeleton(template.sql.format(**values)) for template in TEMPLATES.values()}
    assert not [question.id for question in analyst.questions() if skeleton(question.sql) in skeletons]


@pytest.mark.parametrize("question", analyst.questions(), ids=lambda question: question.id)
def test_needs_match_the_query(question):
    assert set(question.needs) == {name for name, pattern in NEEDS.items() if re.search(pattern, question.sql)}
    assert ("LIMIT" not in question.sql) or "ORDER BY" in question.sql


def test_all_queries_run_on_a_small_shop(example_config):
    box = Sandbox.at(example_config.facts / "shop")
    failing = {question.id: result.why for question in analyst.questions() if (result := box.run(question.sql)).failure}
    assert not failing


def test_task_has_the_discriminative_questions_in_the_test_split(example_config):
    rows = chat_rows(sql.ANALYST, example_config, limit=120, seed=7)
    assert 80 < len(rows) <= 120
    assert {row["side"] for row in rows} == {"test"} and all('"unseen": true' in row["facts"] for row in rows)
    assert sql.ANALYST.version == sql.TASK.version and sql.ANALYST.grade is sql.TASK.grade


@pytest.mark.slow
@pytest.mark.skipif(not (PUBLISHED / "olist").is_dir(), reason="the published tables, ../shared/data/olist, are not here")
def test_all_queries_have_results_on_the_published_tables(tmp_path):
    from benchmarks.real import ingest_and_clean

    ingest_and_clean("olist", PUBLISHED, tmp_path / "olist")
    with Sandbox({"published": tmp_path / "olist" / "clean"}, seconds=60.0) as box:
        for question in analyst.questions():
            result = box.run(question.sql)
            assert not result.failure, (question.id, result.why)
            assert any(value is not None for row in result.rows for value in row), question.id
