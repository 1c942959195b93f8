"""Properties of every task, on examples from the cleaned sample of its source."""

import json
import math

import pytest

from vitrine.tasks import TASKS
from vitrine.tasks.task import chat_rows

GRADED = [task for task in TASKS.values() if task.grade]
IDS = [task.name for task in GRADED]
NASTY = [
    "",
    " ",
    "{",
    "{}",
    "[]",
    "null",
    "</think>",
    "<think>",
    "\x00",
    "a" * 10_000,
    "{" * 5_000,
    "SELECT 1",
    "CREATE TEMP TABLE orders AS SELECT 1; SELECT * FROM orders",
    "NaN",
    "1e999",
    "\ud800".encode("utf-8", "replace").decode(),
    "𝟏𝟐𝟑 " * 50,
]


@pytest.mark.parametrize("task", GRADED, ids=IDS)
def test_the_gold_reply_earns_everything(task, examples):
    assert len(examples[task.name]) >= 20
    for example in examples[task.name]:
        grade = task.grade(task.gold(example), task.facts(example))
        assert grade.score == pytest.approx(1.0), (task.gold(example), grade)


@pytest.mark.parametrize("task", GRADED, ids=IDS)
@pytest.mark.parametrize("reply", NASTY, ids=range(len(NASTY)))
def test_nasty_replies_are_scored_and_earn_little(task, reply, examples):
    example = examples[task.name][0]
    grade = task.grade(reply, json.loads(json.dumps(task.facts(example))))
    assert 0.0 <= grade.score <= 0.3 and all(math.isfinite(part) for part in grade.components.values())


@pytest.mark.parametrize("task", GRADED, ids=IDS)
def test_echoing_the_prompt_earns_little(task, examples):
    for example in examples[task.name][:10]:
        assert task.grade(task.prompt(example), task.facts(example)).score <= 0.3


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_examples_are_distinct_and_depend_on_the_seed(task, example_config):
    rows = chat_rows(task, example_config, limit=20, seed=7)
    assert len({row["id"] for row in rows}) == len(rows) > 10
    assert rows == chat_rows(task, example_config, limit=20, seed=7) != chat_rows(task, example_config, limit=20, seed=8)


def test_a_constant_query_never_solves_a_question(examples):
    task = TASKS["sql"]
    for example in examples["sql"][:10]:
        facts = task.facts(example)
        assert task.grade("SELECT 0", facts).score < 1.0 and task.grade("SELECT NULL", facts).score < 1.0


def test_no_sentiment_prompt_shows_the_score(examples):
    task = TASKS["sentiment"]
    prompts = {task.prompt(example) for example in examples["sentiment"]}
    assert not any(prompt.rstrip().endswith(("Avaliação: 10", "nota 10")) for prompt in prompts)
