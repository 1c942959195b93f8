import json

import pytest

from vitrine.cleaning import sides


def row(task, n, content=None, entity=None):
    return {
        "id": f"{task}:{n}",
        "task": task,
        "entity": entity or f"e{n}",
        "messages": [{"role": "user", "content": content or f"{task} {n}"}],
        "gold": f"gold {n}",
        "facts": json.dumps({}),
    }


def split(found, **changes):
    asked = {"validation": 0.1, "test": 0.2, "test_rows": 10, "golds": {"a": None, "b": 5}, "seed": 7} | changes
    return sides.split(found, **asked)


def test_no_row_is_lost_and_no_entity_stands_on_two_sides():
    found = [row(task, n) for task in "ab" for n in range(200)]
    split_up = split(found)
    entities = [{r["entity"] for r in kept} for kept in split_up.kept.values()]
    assert not (entities[0] & entities[1] or entities[0] & entities[2] or entities[1] & entities[2])
    kept = sum(map(len, split_up.kept.values()))
    assert kept + split_up.counts["set_aside.test_full"] + split_up.counts["set_aside.contaminated"] == len(found)


def test_the_test_side_holds_no_more_of_a_task_than_was_asked_for():
    split_up = split([row(task, n) for task in "ab" for n in range(200)])
    assert split_up.counts["test.a"] == split_up.counts["test.b"] == 10


def test_a_text_that_is_also_tested_leaves_train():
    found = [row("a", n, content=f"text {n % 100}") for n in range(200)]
    split_up = split(found)
    held_out = {r["messages"][-1]["content"] for side in ("validation", "test") for r in split_up.kept[side]}
    assert held_out and split_up.counts["set_aside.contaminated"] > 0
    assert not held_out & {r["messages"][-1]["content"] for r in split_up.kept["train"]}


def test_only_as_many_golds_as_were_asked_for_and_only_in_train():
    split_up = split([row(task, n) for task in "ab" for n in range(200)])
    golds = [r["gold"] for r in split_up.kept["train"] if r["task"] == "b"]
    assert sum(gold is not None for gold in golds) == 5 < len(golds)
    assert all(r["gold"] for r in split_up.kept["test"])
    assert split_up.counts["train.golds"] == sum(r["gold"] is not None for r in split_up.kept["train"])


@pytest.mark.parametrize("found", [[], [row("a", 0)]])
def test_next_to_nothing_is_split_too(found):
    assert sum(map(len, split(found).kept.values())) == len(found)
