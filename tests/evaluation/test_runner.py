import json

import pytest

from tests.scripted import Scripted
from vitrine.chat.messages import user_message
from vitrine.evaluation.scores.runner import run
from vitrine.tasks import sql
from vitrine.tasks.task import chat_rows, grade_batch

ROWS = [
    {"id": "general:1", "task": "general", "entity": "g", "messages": user_message("hot?"), "gold": "cold", "facts": "{}"},
    {
        "id": "sentiment:1",
        "task": "sentiment",
        "entity": "a",
        "messages": user_message("bom"),
        "gold": "positivo, nota 5",
        "facts": '{"score": 5}',
    },
    {
        "id": "sentiment:2",
        "task": "sentiment",
        "entity": "b",
        "cluster": "person",
        "messages": user_message("ruim"),
        "gold": "negativo, nota 1",
        "facts": '{"score": 1}',
    },
]


def test_every_prompt_is_answered_in_order_and_graded_by_its_task():
    answers = run("sft", Scripted(lambda prompt: "positivo, nota 5"), ROWS, samples=3, temperature=0.9, seed=7)
    assert [row["id"] for row in answers] == [row["id"] for row in ROWS]
    assert [row["score"] for row in answers] == [None, 1.0, 0.0]
    assert [row["sampled"] for row in answers] == [None, 1.0, 0.0]
    assert [row["tokens"] for row in answers] == [3, 3, 3], "counted by the engine"
    assert [row["cluster"] for row in answers] == ["g", "a", "person"], "the entity, if the prompt names no cluster"
    assert json.loads(answers[0]["components"]) == {"loss": 0.0}
    assert json.loads(answers[1]["components"])["right"] == 1.0


def test_without_samples_there_are_no_sampled_scores():
    answers = run("sft", Scripted(lambda prompt: "positivo, nota 5"), ROWS, samples=0, temperature=0.9, seed=7)
    assert [row["sampled"] for row in answers] == [None, None, None]


def test_shuffled_answers_are_graded_as_answers_to_other_prompts():
    by_prompt = {"bom": "positivo, nota 5", "ruim": "negativo, nota 1"}
    options = {"samples": 3, "temperature": 0.9, "seed": 7, "shuffled": 4}
    reads = run("sft", Scripted(lambda prompt: by_prompt.get(prompt, "cold")), ROWS, **options)
    assert [row["score"] for row in reads] == [None, 1.0, 1.0]
    assert [row["shuffled"] for row in reads] == [row["sampled_shuffled"] for row in reads] == [None, 0.0, 0.0]
    ignores = run("sft", Scripted(lambda prompt: "positivo, nota 5"), ROWS, **options)
    assert [row["shuffled"] for row in ignores] == [row["score"] for row in ignores] == [None, 1.0, 0.0]
    without = run("sft", Scripted(lambda prompt: "positivo, nota 5"), ROWS, **options | {"samples": 0})
    assert [row["shuffled"] for row in without] == [None, 1.0, 0.0]
    assert {row["sampled_shuffled"] for row in without} == {None}
    alone = run("sft", Scripted(lambda prompt: "positivo, nota 5"), ROWS[:2], **options)
    assert {row["shuffled"] for row in alone} == {None}, "a single prompt has no other prompt to give its answer to"


@pytest.mark.slow
def test_sql_is_rewarded_on_a_part_of_the_shop_but_benchmarked_on_all_of_it(example_config):
    few = "SELECT COUNT(*) FROM (SELECT * FROM orders ORDER BY order_id LIMIT 450)"  # the number of orders in a copy of the shop
    row = chat_rows(sql.TASK, example_config, limit=1, seed=7)[0]
    facts = json.loads(row["facts"]) | {"sql": "SELECT COUNT(*) FROM orders"}
    assert grade_batch(sql.TASK, [(few, facts)])[0].score == 1.0  # in the copy that GRPO uses
    (answer,) = run("sft", Scripted(lambda prompt: few), [row | {"facts": json.dumps(facts)}], samples=0, temperature=0.9, seed=7)
    assert 0 < answer["score"] < 1 and json.loads(answer["components"])["runs"] == 1.0
    (answer,) = run("sft", Scripted(lambda prompt: row["gold"]), [row], samples=0, temperature=0.9, seed=7)
    assert answer["score"] == 1.0
