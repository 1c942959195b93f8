"""One JSON list of objects, or none; what two lists share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine.errors import ParseError
from vitrine.verifiers import records

ONE = '[{"attribute": "size", "value": "8 oz"}]'


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        pytest.param(ONE, [{"attribute": "size", "value": "8 oz"}], id="bare"),
        pytest.param(f"Here it is: {ONE}.", [{"attribute": "size", "value": "8 oz"}], id="in prose"),
        pytest.param(f"```json\n{ONE}\n```", [{"attribute": "size", "value": "8 oz"}], id="fenced"),
        pytest.param(f"<think>[]</think>{ONE}", [{"attribute": "size", "value": "8 oz"}], id="after the thinking"),
        pytest.param("[]", [], id="empty"),
    ],
)
def test_a_list(reply, found):
    assert records.find(reply) == found


@pytest.mark.parametrize(
    "reply",
    [
        *("", "{}", "[1]", '["a"]', f"{ONE} {ONE}", f"[{ONE}]", "[{]", '[{"a": 1}, 2]', "[{'a': 1}]", f"<think>{ONE}"),
        *('[{"a": NaN}]', '[{"a": 1e999}]', '[{"a": 1, "a": 2}]', "[{" * 9_000, '[{"a": ' + "9" * 9_000 + "}]"),
    ],
    ids=range(15),
)
def test_no_list(reply):
    with pytest.raises(ParseError):
        records.find(reply)


def test_each_thing_is_matched_once():
    assert records.count_matches(["a", "a", "b"], ["a", "c"]) == 1
    assert records.count_matches(["a", "a"], ["a", "a"]) == 2


@given(st.lists(st.integers(0, 5), max_size=9), st.lists(st.integers(0, 5), max_size=9))
def test_f1_is_bounded_and_one_only_for_equals(said, true):
    value = records.f1(records.count_matches(said, true), predicted=len(said), gold=len(true))
    assert 0.0 <= value <= 1.0 and (value == 1.0) == (sorted(said) == sorted(true))
