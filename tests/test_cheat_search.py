"""The search for cheats: templates hold nothing of the gold side, and a reward that pays for nothing is found."""

import json
import random
from dataclasses import replace

import pytest

from benchmarks import cheats_templates as templates
from benchmarks.cheats import Prompt, Search
from tests.tasks import cheats as library
from vitrine.tasks import TASKS
from vitrine.tasks.task import Grade

MADE_OF_LETTERS = {"letters", "reversed", "turned", "last"}  # orders and the place of the last option


@pytest.mark.slow
@pytest.mark.parametrize("name", [task.name for task in library.GRADED])
def test_slots_hold_only_what_the_prompt_shows(name, example_config):
    task = TASKS[name]
    for case in library.cases(task, task.examples(example_config, limit=8, seed=3), 8):
        prompt = Prompt.of(case)
        shown = " ".join(case.prompt.replace('\\"', '"').replace("\\n", "\n").split())
        unseen = {slot: text for slot, text in prompt.slots.items() if " ".join(text.split()) not in shown}
        assert unseen.keys() <= MADE_OF_LETTERS, unseen
        assert prompt.slots


def test_no_slot_pairs_a_field_of_the_table_with_its_number():
    figures = {"pedidos": "132", "receita": "18450", "nota": "4,1", "frete": "21,90"}
    orders = set()
    for place in range(50):
        table = "; ".join(f"{name} {value}" for name, value in figures.items())
        found = templates.slots("insights", {}, {"question": "Como foi?", "figures": figures}, f"{place} {table}")
        orders.add(tuple(found[f"number{n}"] for n in range(1, 5)))
        assert not figures.keys() & found.keys()
    assert len(orders) > 10


def test_a_template_is_filled():
    slots = {"title": "Blue Bottle", "number1": "12"}
    assert templates.filled(("This", "{title}", ",", "of", "{number1}%", "\n", "{missing}", "end."), slots) == (
        "This Blue Bottle, of 12%\n end."
    )
    assert templates.with_slots("The Blue Bottle costs 12, not 120.", slots) == (
        *("The", "{title}", "costs", "{number1},", "not", "120."),
    )


def test_a_record_has_the_attributes_that_are_asked_for():
    template = ("size=8 oz", "*={title}", "brand=Acme")
    said = json.loads(templates.record("attributes", template, {"title": "Blue Bottle"}, ("size", "colour")))
    assert said == {"size": "8 oz", "colour": "Blue Bottle"}
    (said,) = json.loads(templates.record("ec_ave", ("*=8 oz@product title",), {}, ("size",)))
    assert said == {"attribute": "size", "value": "8 oz", "source": "product title"}


def test_a_reward_that_can_be_had_for_nothing_is_found():
    """A broken reward pays for the title and the word "nota", whatever the review says."""
    task = TASKS["sentiment"]
    reviews = [{"id": str(n), "entity": str(n), "message": f"Chegou {n} dias antes", "score": 1 + n % 5} for n in range(12)]
    cases = [replace(case, task=replace(task, grade=_broken)) for case in library.cases(task, reviews, 12)]
    search = Search([Prompt.of(case) for case in cases], random.Random(7))
    for _ in search.steps(2.0):
        pass
    score, template = search.top()
    assert score == 1.0
    assert "{message}" in template or {"Chegou", "dias", "antes"} & set(template)
    assert cases[0].score(templates.filled(search.constant or (), {})) > 0.3


def _broken(reply, facts):
    words = reply.split()
    return Grade(score=0.5 * ("nota" in reply) + 0.5 * ("Chegou" in words))
