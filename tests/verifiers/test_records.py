"""One JSON list of objects is found; shared items of two lists are counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine.errors import ParseError
from vitrine.verifiers import records

ONE = '[{"attribute": "size", "value": "8 oz"}]'


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        pytest.param(ONE, [{"attribute": "size", "value": "8 oz"}], id="bare"),
        pytest.param(f"Here it is: {ONE}.", [{"attribute": "size", "value": "8 oz"}], id="in prose"),
        pytest.param(f"```json\n{ONE}\n```", [{"attribute": "size", "value": "8 oz"}], id="fenced"),
        pytest.param(f"<think>[]</think>{ONE}", [{"attribute": "size", "value": "8 oz"}], id="after the thinking"),
        pytest.param("[]", [], id="empty"),
    ],
)
def test_one_list_is_found(reply, value):
    assert records.find(reply) == value


@pytest.mark.parametrize(
    "reply",
    [
        *("", "{}", "[1]", '["a"]', f"{ONE} {ONE}", f"[{ONE}]", "[{]", '[{"a": 1}, 2]', "[{'a': 1}]", f"<think>{ONE}"),
        *('[{"a": NaN}]', '[{"a": 1e999}]', '[{"a": 1, "a": 2}]', "[{" * 9_000, '[{"a": ' + "9" * 9_000 + "}]"),
    ],
    ids=range(15),
)
def test_no_list_or_two_lists_raise(reply):
    with pytest.raises(ParseError):
        records.find(reply)


def test_each_item_is_matched_once():
    assert records.count_matches(["a", "a", "b"], ["a", "c"]) == 1
    assert records.count_matches(["a", "a"], ["a", "a"]) == 2


@given(st.lists(st.integers(0, 5), max_size=9), st.lists(st.integers(0, 5), max_size=9))
def test_f1_is_between_0_and_1_and_1_only_for_equal_lists(predicted, gold):
    value = records.f1(records.count_matches(predicted, gold), predicted=len(predicted), gold=len(gold))
    assert 0.0 <= value <= 1.0 and (value == 1.0) == (sorted(predicted) == sorted(gold))
