"""attributes: pairs of attribute and value, null where nothing is told."""

import json

import pytest

from vitrine.tasks import TASKS, attributes

TRUE = {"size": "8 oz", "colour": "red", "material": None}


@pytest.mark.parametrize(
    ("said", "score"),
    [
        pytest.param(TRUE, 1.0, id="gold"),
        pytest.param({"Size": " 8 OZ. ", "COLOUR": "Red", "material": "n/a"}, 1.0, id="other spellings"),
        pytest.param({"size": "8oz", "colour": "red", "material": "Não informado"}, 1.0, id="blanks, and absent in Portuguese"),
        pytest.param({"size": "8 oz", "colour": "red"}, 4 / 5, id="untold left out"),
        pytest.param({"size": "8 oz", "material": None}, 4 / 5 * 2 / 3, id="told left out"),
        pytest.param({"size": "8 oz", "colour": "red", "material": "steel"}, 4 / 5, id="untold made up"),
        pytest.param({"size": "8 oz", "colour": None, "material": None}, 2 / 3, id="told denied"),
        pytest.param({"size": "8 oz", "colour": "blue", "material": None}, 1 / 2, id="another value"),
        pytest.param(TRUE | {"brand": "Lumina"}, 6 / 7 * 4 / 5, id="not asked for"),
        pytest.param({"size": ["8 oz", "9 oz"], "colour": "red", "material": None}, 4 / 5, id="a guess beside"),
        pytest.param({"size": "9 oz", "Size": "8 oz", "colour": "red", "material": None}, 4 / 5, id="a guess under another key"),
        pytest.param({"size": "8 oz", "colour": "red", "material": [None, "steel"]}, 4 / 5, id="null and a guess"),
        pytest.param({"size": None, "colour": None, "material": None}, 0.0, id="all null"),
        pytest.param({}, 0.0, id="empty"),
        pytest.param({"size": {"value": "8 oz"}, "colour": ["x"], "material": []}, 0.0, id="objects and lists"),
    ],
)
def test_grade(said, score):
    assert attributes.grade(json.dumps(said), {"true": TRUE}).score == pytest.approx(score)


@pytest.mark.parametrize(
    ("said", "score"),
    [({"size": None}, 1.0), ({"size": "-"}, 1.0), ({"size": "8 oz"}, 0.0), ({}, 0.0), ({"size": None, "colour": None}, 2 / 3)],
)
def test_where_nothing_is_told_nothing_is_right(said, score):
    assert attributes.grade(json.dumps(said), {"true": {"size": None}}).score == pytest.approx(score)


@pytest.mark.parametrize(
    "said", ["Pop Up Note Pad Refills", "pop-up note refills", ["Pop-Up Note Refills", "Pop Up Note Pad Refills"]]
)
def test_spellings_of_one_value_are_alternatives(said):
    true = {"type": ["Pop Up Note Pad Refills", "Pop-Up Note Refills"], "colour": None}
    found = attributes.grade(json.dumps({"type": said, "colour": None}), {"true": true})
    assert found.score == 1.0
    assert found.components == pytest.approx({"tp": 1, "fp": 0, "fn": 0, "exact": 1, "parses": 1, "values": 1, "names": 1})


@pytest.mark.parametrize("reply", ["", "size: 8 oz", "[]", json.dumps(TRUE) * 2, "[" + json.dumps(TRUE) + "]"])
def test_what_is_not_one_object_earns_nothing(reply):
    found = attributes.grade(reply, {"true": TRUE})
    assert found.score == 0.0 and found.components["parses"] == 0.0 and found.components["fn"] == 2.0


def test_numbers_are_compared_as_they_are_written():
    assert attributes.grade('{"size": 8}', {"true": {"size": "8"}}).score == 1.0
    assert attributes.grade('{"size": 8.0}', {"true": {"size": "8"}}).score == 1.0
    assert attributes.grade('{"size": 8.5}', {"true": {"size": "8"}}).score == 0.0


def test_several_values_are_a_list_and_null_stands_beside_none():
    told = [("size", "8 oz"), ("size", "8 OZ"), ("size", "9 oz"), ("colour", "None"), ("colour", "red"), ("type", "n/a")]
    told.append(("type", "não informado"))
    values = [{"attribute": name, "value": value, "source": "title"} for name, value in told]
    assert attributes.record({"values": values}) == {"size": ["8 oz", "9 oz"], "colour": "red", "type": None}


def test_headline_counts_over_all_answers():
    replies = [
        ('{"size": "8 oz"}', {"size": "8 oz"}),  # one hit
        ('{"size": "9 oz", "colour": "red"}', {"size": "8 oz", "colour": None}),  # two wrong, one missed
        ('{"size": null}', {"size": None}),  # nothing to tell: counts for nothing but exactness
        ("size", {"size": "8 oz"}),  # one missed
    ]
    answers = [{"components": attributes.grade(reply, {"true": true}).components} for reply, true in replies]
    found = attributes.headline(answers)
    assert found == pytest.approx({"micro_f1": 2 * 1 / (2 * 1 + 2 + 2), "exact": 2 / 4, "parse_rate": 3 / 4})


def test_the_prompt_shows_the_listing_and_names_what_is_asked(places):
    for example in TASKS["attributes"].examples(places, limit=30, seed=7):
        prompt, gold = attributes.TASK.prompt(example), attributes.record(example)
        assert prompt.splitlines()[1] == f"Attributes: {', '.join(gold)}"
        values = [value for told in gold.values() for value in (told if isinstance(told, list) else [told]) if value]
        assert all(value in prompt.lower() for value in values)
        assert "target attributes" not in prompt and "null" not in prompt.split("\n", 1)[1]
