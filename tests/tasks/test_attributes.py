"""attributes: pairs of attribute and value, null if the listing does not state a value."""

import json

import pytest

from vitrine.tasks import TASKS, attributes

TRUE = {"size": "8 oz", "colour": "red", "material": None}


@pytest.mark.parametrize(
    ("predicted", "score"),
    [
        pytest.param(TRUE, 1.0, id="gold"),
        pytest.param({"Size": " 8 OZ. ", "COLOUR": "Red", "material": "n/a"}, 1.0, id="other spellings"),
        pytest.param({"size": "8oz", "colour": "red", "material": "Não informado"}, 1.0, id="spaces, and absent in Portuguese"),
        pytest.param({"size": "8 oz", "colour": "red"}, 4 / 5, id="a null left out"),
        pytest.param({"size": "8 oz", "material": None}, 4 / 5 * 2 / 3, id="a value left out"),
        pytest.param({"size": "8 oz", "colour": "red", "material": "steel"}, 4 / 5, id="a value for null"),
        pytest.param({"size": "8 oz", "colour": None, "material": None}, 2 / 3, id="null for a value"),
        pytest.param({"size": "8 oz", "colour": "blue", "material": None}, 1 / 2, id="another value"),
        pytest.param(TRUE | {"brand": "Lumina"}, 6 / 7 * 4 / 5, id="an unrequested attribute"),
        pytest.param({"size": ["8 oz", "9 oz"], "colour": "red", "material": None}, 4 / 5, id="a second guess"),
        pytest.param({"size": "9 oz", "Size": "8 oz", "colour": "red", "material": None}, 4 / 5, id="a guess under another key"),
        pytest.param({"size": "8 oz", "colour": "red", "material": [None, "steel"]}, 4 / 5, id="null and a guess"),
        pytest.param({"size": None, "colour": None, "material": None}, 0.0, id="all null"),
        pytest.param({}, 0.0, id="empty"),
        pytest.param({"size": {"value": "8 oz"}, "colour": ["x"], "material": []}, 0.0, id="objects and lists"),
    ],
)
def test_grade(predicted, score):
    assert attributes.grade(json.dumps(predicted), {"true": TRUE}).score == pytest.approx(score)


@pytest.mark.parametrize(
    ("predicted", "score"),
    [({"size": None}, 1.0), ({"size": "-"}, 1.0), ({"size": "8 oz"}, 0.0), ({}, 0.0), ({"size": None, "colour": None}, 2 / 3)],
)
def test_null_is_right_if_the_listing_states_nothing(predicted, score):
    assert attributes.grade(json.dumps(predicted), {"true": {"size": None}}).score == pytest.approx(score)


@pytest.mark.parametrize(
    "predicted", ["Pop Up Note Pad Refills", "pop-up note refills", ["Pop-Up Note Refills", "Pop Up Note Pad Refills"]]
)
def test_any_spelling_of_a_value_is_right(predicted):
    true = {"type": ["Pop Up Note Pad Refills", "Pop-Up Note Refills"], "colour": None}
    result = attributes.grade(json.dumps({"type": predicted, "colour": None}), {"true": true})
    assert result.score == 1.0
    assert result.components == pytest.approx({"tp": 1, "fp": 0, "fn": 0, "exact": 1, "parses": 1, "values": 1, "names": 1})


@pytest.mark.parametrize("reply", ["", "size: 8 oz", "[]", json.dumps(TRUE) * 2, "[" + json.dumps(TRUE) + "]"])
def test_a_reply_that_is_not_one_object_earns_nothing(reply):
    result = attributes.grade(reply, {"true": TRUE})
    assert result.score == 0.0 and result.components["parses"] == 0.0 and result.components["fn"] == 2.0


def test_numbers_are_compared_as_text():
    assert attributes.grade('{"size": 8}', {"true": {"size": "8"}}).score == 1.0
    assert attributes.grade('{"size": 8.0}', {"true": {"size": "8"}}).score == 1.0
    assert attributes.grade('{"size": 8.5}', {"true": {"size": "8"}}).score == 0.0


def test_gold_lists_several_spellings_and_has_null_only_without_a_value():
    pairs = [("size", "8 oz"), ("size", "8 OZ"), ("size", "9 oz"), ("colour", "None"), ("colour", "red"), ("type", "n/a")]
    pairs.append(("type", "não informado"))
    values = [{"attribute": name, "value": value, "source": "title"} for name, value in pairs]
    assert attributes.record({"values": values}) == {"size": ["8 oz", "9 oz"], "colour": "red", "type": None}


def test_headline_counts_over_all_answers():
    replies = [
        ('{"size": "8 oz"}', {"size": "8 oz"}),  # one hit
        ('{"size": "9 oz", "colour": "red"}', {"size": "8 oz", "colour": None}),  # two false positives, one false negative
        ('{"size": null}', {"size": None}),  # a right null counts only for exactness
        ("size", {"size": "8 oz"}),  # one false negative
    ]
    answers = [{"components": attributes.grade(reply, {"true": true}).components} for reply, true in replies]
    metrics = attributes.headline(answers)
    assert metrics == pytest.approx({"micro_f1": 2 * 1 / (2 * 1 + 2 + 2), "exact": 2 / 4, "parse_rate": 3 / 4})


def test_the_prompt_shows_the_listing_and_the_requested_attributes(example_config):
    for example in TASKS["attributes"].examples(example_config, limit=30, seed=7):
        prompt, gold = attributes.TASK.prompt(example), attributes.record(example)
        assert prompt.splitlines()[1] == f"Attributes: {', '.join(gold)}"
        spellings = [value if isinstance(value, list) else [value] for value in gold.values()]
        values = [text for texts in spellings for text in texts if text]
        assert all(value in prompt.lower() for value in values)
        assert "target attributes" not in prompt and "null" not in prompt.split("\n", 1)[1]
