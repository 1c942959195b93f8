"""The search for cheats: templates use only the prompt, and a broken reward is detected."""

import json
import random
from dataclasses import replace

import pytest

from benchmarks import cheats_templates as templates
from benchmarks.cheats import Prompt, Search, search_task
from tests.tasks import cheats as library
from vitrine.tasks import TASKS
from vitrine.tasks.task import Grade

MADE_OF_LETTERS = {"letters", "reversed", "turned", "last"}  # permutations, and the position of the last option


@pytest.mark.slow
@pytest.mark.parametrize("name", [task.name for task in library.GRADED])
def test_slots_hold_only_text_of_the_prompt(name, example_config):
    task = TASKS[name]
    for case in library.cases(task, task.examples(example_config, limit=8, seed=3), 8):
        prompt = Prompt.of(case)
        shown = " ".join(case.prompt.replace('\\"', '"').replace("\\n", "\n").split())
        unseen = {slot: text for slot, text in prompt.slots.items() if " ".join(text.split()) not in shown}
        assert unseen.keys() <= MADE_OF_LETTERS, unseen
        assert prompt.slots


def test_number_slots_do_not_reveal_their_field():
    figures = {"pedidos": "132", "receita": "18450", "nota": "4,1", "frete": "21,90"}
    orders = set()
    for place in range(50):
        table = "; ".join(f"{name} {value}" for name, value in figures.items())
        slots = templates.slots("insights", {}, {"question": "Como foi?", "figures": figures}, f"{place} {table}")
        orders.add(tuple(slots[f"number{n}"] for n in range(1, 5)))
        assert not figures.keys() & slots.keys()
    assert len(orders) > 10


def test_templates_are_filled_and_made_from_text():
    slots = {"title": "Blue Bottle", "number1": "12"}
    assert templates.fill(("This", "{title}", ",", "of", "{number1}%", "\n", "{missing}", "end."), slots) == (
        "This Blue Bottle, of 12%\n end."
    )
    assert templates.with_slots("The Blue Bottle costs 12, not 120.", slots) == (
        *("The", "{title}", "costs", "{number1},", "not", "120."),
    )


def test_a_record_has_the_requested_attributes():
    template = ("size=8 oz", "*={title}", "brand=Acme")
    record = json.loads(templates.json_reply("attributes", template, {"title": "Blue Bottle"}, ("size", "colour")))
    assert record == {"size": "8 oz", "colour": "Blue Bottle"}
    (record,) = json.loads(templates.json_reply("ec_ave", ("*=8 oz@product title",), {}, ("size",)))
    assert record == {"attribute": "size", "value": "8 oz", "source": "product title"}


@pytest.mark.slow
def test_the_search_detects_a_broken_reward():
    """The broken reward gives full score for one word of the review and the word "nota"."""
    task = TASKS["sentiment"]
    reviews = [{"id": str(n), "entity": str(n), "message": f"Chegou {n} dias antes", "score": 1 + n % 5} for n in range(12)]
    cases = [replace(case, task=replace(task, grade=_broken)) for case in library.cases(task, reviews, 12)]
    search = Search([Prompt.of(case) for case in cases], random.Random(7))
    for _ in search.steps(2.0):
        pass
    score, template = search.top()
    assert score == 1.0
    assert "{message}" in template or {"Chegou", "dias", "antes"} & set(template)
    assert cases[0].score(templates.fill(search.constant or (), {})) > 0.3


@pytest.mark.slow
def test_results_compare_the_best_cheat_with_a_weak_answer(example_config):
    result = search_task(TASKS["sentiment"], example_config, seconds=1.0, seed=7)
    assert set(result) == {"best_cheat", "reply", "best_constant", "constant", "weak", "shuffled_gold", "ahead"}
    assert result["best_constant"] <= result["best_cheat"]
    assert result["shuffled_gold"] < result["weak"] < 1.0
    assert 0.0 <= result["ahead"] < 1.0


def _broken(reply, facts):
    words = reply.split()
    return Grade(score=0.5 * ("nota" in reply) + 0.5 * ("Chegou" in words))
