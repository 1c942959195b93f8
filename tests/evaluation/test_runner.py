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
    found = run("sft", Scripted(lambda prompt: "positivo, nota 5"), ROWS, samples=3, temperature=0.9, seed=7)
    assert [row["id"] for row in found] == [row["id"] for row in ROWS]
    assert [row["score"] for row in found] == [None, 1.0, 0.0]
    assert [row["sampled"] for row in found] == [None, 1.0, 0.0]
    assert [row["tokens"] for row in found] == [3, 3, 3], "as the engine counted"
    assert [row["cluster"] for row in found] == ["g", "a", "person"], "the entity where the prompt names no cluster"
    assert json.loads(found[0]["components"]) == {"loss": 0.0}
    assert json.loads(found[1]["components"])["right"] == 1.0


def test_no_samples_are_no_sampled_scores():
    found = run("sft", Scripted(lambda prompt: "positivo, nota 5"), ROWS, samples=0, temperature=0.9, seed=7)
    assert [row["sampled"] for row in found] == [None, None, None]


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
    assert {row["shuffled"] for row in alone} == {None}, "one prompt has no other to give its answer to"


@pytest.mark.slow
def test_sql_is_rewarded_on_a_part_of_the_shop_and_benchmarked_on_all_of_it(places):
    few = "SELECT COUNT(*) FROM (SELECT * FROM orders ORDER BY order_id LIMIT 450)"  # as many as a copy of the shop has
    row = chat_rows(sql.TASK, places, limit=1, seed=7)[0]
    facts = json.loads(row["facts"]) | {"sql": "SELECT COUNT(*) FROM orders"}
    assert grade_batch(sql.TASK, [(few, facts)])[0].score == 1.0  # there are no more
    (judged,) = run("sft", Scripted(lambda prompt: few), [row | {"facts": json.dumps(facts)}], samples=0, temperature=0.9, seed=7)
    assert 0 < judged["score"] < 1 and json.loads(judged["components"])["runs"] == 1.0
    (judged,) = run("sft", Scripted(lambda prompt: row["gold"]), [row], samples=0, temperature=0.9, seed=7)
    assert judged["score"] == 1.0
