"""When two results are equal, and how similar they are if not."""

import json
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine.verifiers.sql.results import Result, bird_equal, overlap, same_result

NAN, INFINITE = float("nan"), float("inf")


def result(*rows, width=None):
    return Result(tuple(f"c{place}" for place in range(width or (len(rows[0]) if rows else 1))), tuple(rows))


SAME = [
    pytest.param(result((1, "a"), (2, "b")), result((1, "a"), (2, "b")), id="identical"),
    pytest.param(result((1, "a"), (2, "b")), result((2, "b"), (1, "a")), id="rows in another order"),
    pytest.param(result((1, "a"), (2, "b")), result(("a", 1), ("b", 2)), id="columns in another order"),
    pytest.param(result((1, 2, 1), (1, 3, 2)), result((2, 1, 1), (3, 2, 1)), id="columns with equal values"),
    pytest.param(result((0.1 + 0.2,)), result((0.3,)), id="the last digit of a float"),
    pytest.param(result((1000000.0,)), result((1000000,)), id="a float that is whole"),
    pytest.param(result((999999.5,)), result((999999.6,)), id="within a millionth"),
    pytest.param(result((NAN,)), result((NAN,)), id="not a number"),
    pytest.param(result((None, 1), (2, None)), result((2, None), (None, 1)), id="nulls"),
    pytest.param(result((1, "x"), ("x", 1)), result(("x", 1), (1, "x")), id="types mixed"),
    pytest.param(result(width=2), result(width=2), id="no rows"),
    pytest.param(result((True,)), result((1,)), id="true is one"),
    pytest.param(
        result(*[(1.0 + 1e-9, "b"), (1.0, "a")]), result((1.0, "b"), (1.0 + 1e-9, "a")), id="floats do not decide the order"
    ),
]
OTHER = [
    pytest.param(result((1,), (1,)), result((1,)), id="a row fewer times"),
    pytest.param(result((1,)), result((2,)), id="another value"),
    pytest.param(result((1, "a")), result((1,)), id="a column missing"),
    pytest.param(result((1,)), result((1, "a")), id="an extra column"),
    pytest.param(result((1, "a"), (2, "b")), result((1, "b"), (2, "a")), id="other pairing"),
    pytest.param(result((1.0,)), result((1.00001,)), id="beyond a millionth"),
    pytest.param(result((1,)), result(("1",)), id="a number and its text"),
    pytest.param(result((None,)), result((0,)), id="null is not zero"),
    pytest.param(result((None,)), result(("",)), id="null is not empty"),
    pytest.param(result(width=2), result(width=1), id="no rows of other columns"),
    pytest.param(result((12345678901234567,)), result((12345678901234568,)), id="large integers"),
]


@pytest.mark.parametrize(("gold", "predicted"), SAME)
def test_equal_results(gold, predicted):
    assert same_result(gold, predicted)
    assert overlap(gold, predicted) == 1.0


@pytest.mark.parametrize(("gold", "predicted"), OTHER)
def test_different_results(gold, predicted):
    assert not same_result(gold, predicted)
    assert 0.0 <= overlap(gold, predicted) < 1.0


def test_order_matters_only_if_ordered():
    gold, predicted = result((1,), (2,), (3,)), result((3,), (2,), (1,))
    assert same_result(gold, predicted)
    assert not same_result(gold, predicted, ordered=True)
    assert 0.9 < overlap(gold, predicted, ordered=True) < 1.0


def test_failure_equals_nothing():
    broken = Result(failure="failed")
    for gold, predicted in ((broken, broken), (result((1,)), broken), (broken, result((1,)))):
        assert not same_result(gold, predicted)
        assert not bird_equal(gold, predicted)
        assert overlap(gold, predicted) == 0.0


def test_overlap_grows_with_correctness():
    gold = result(("SP", 10), ("RJ", 5), ("MG", 3))
    worse_to_better = [
        result((1,)),
        result(("SP",), ("RJ",), ("XX",)),
        result(("SP",), ("RJ",), ("MG",)),
        result(("SP", 10), ("RJ", 6), ("MG", 4)),
        result(("SP", 10), ("RJ", 5), ("MG", 4)),
        result(("SP", 10), ("RJ", 5), ("MG", 3)),
    ]
    shares = [overlap(gold, predicted) for predicted in worse_to_better]
    assert shares == sorted(shares)
    assert len(set(shares)) == len(shares)
    assert shares[0] == 0.0


def test_bird_ignores_row_counts_but_not_column_order():
    assert bird_equal(result((1,), (1,)), result((1,)))
    assert not bird_equal(result((1, "a")), result(("a", 1)))


def test_many_equal_columns_end_quickly():
    gold = Result(tuple("abcdefghijkl"), tuple((value,) * 12 for value in range(50)))
    predicted = Result(gold.columns, tuple((*row[:-1], 49 - row[-1]) for row in gold.rows))
    assert not same_result(gold, predicted)
    assert same_result(gold, gold)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
RESULTS = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.tuples(*[VALUES] * width), max_size=6).map(lambda rows: result(*rows, width=width))
)


def floats(original):
    return [value for value in chain(*original.rows) if isinstance(value, float)]


@given(RESULTS, RESULTS, st.booleans())
def test_overlap_is_bounded_and_1_only_for_equal_results(gold, predicted, ordered):
    share = overlap(gold, predicted, ordered)
    assert 0.0 <= share <= 1.0
    assert (share == 1.0) == same_result(gold, predicted, ordered)


@given(RESULTS.filter(lambda original: all(value == value and abs(value) != INFINITE for value in floats(original))))
def test_json_round_trip(original):
    again = Result.from_json(json.loads(json.dumps(original.to_json(), ensure_ascii=False, allow_nan=False)))
    assert again == original and again.cells == original.cells == len(list(chain(*original.rows)))
    assert [list(map(type, row)) for row in again.rows] == [list(map(type, row)) for row in original.rows]


@given(RESULTS, st.randoms(use_true_random=False))
def test_row_and_column_order_do_not_matter(gold, random):
    rows = list(gold.rows)
    random.shuffle(rows)
    columns = list(range(len(gold.columns)))
    random.shuffle(columns)
    assert same_result(gold, Result(gold.columns, tuple(tuple(row[column] for column in columns) for row in rows)))
