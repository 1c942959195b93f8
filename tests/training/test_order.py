import random
from collections import Counter
from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.training.sft.order import batch_order

LENGTHS = [10 + (37 * n) % 200 for n in range(640)]


def batches(order, batch=8):
    return [order[start : start + batch] for start in range(0, len(order), batch)]


def padding(found):
    """The share of tokens that are none, where every row of a batch is as long as its longest."""
    read = [[LENGTHS[place] for place in batch] for batch in found]
    return 1 - sum(map(sum, read)) / sum(len(batch) * max(batch) for batch in read)


def test_every_row_is_read_once_before_any_is_read_twice():
    order = batch_order(LENGTHS, batch=8, batches=80, seed=7)
    assert sorted(order) == list(range(640))
    assert max(Counter(batch_order(LENGTHS, batch=8, batches=120, seed=7)).values()) == 2
    assert len(set(batch_order(LENGTHS[:100], batch=16, batches=6, seed=7))) == 96


@settings(max_examples=200, deadline=None)
@given(rows=st.integers(1, 300), batch=st.integers(1, 48), steps=st.integers(1, 30), seed=st.integers(0, 9))
def test_whatever_the_sizes_no_row_gets_ahead_of_another_by_more_than_one_reading(rows, batch, steps, seed):
    lengths = random.Random(seed).choices(range(10, 400), k=rows)
    order = batch_order(lengths, batch=batch, batches=steps, seed=seed)
    assert len(order) == batch * steps
    read = Counter(dict.fromkeys(range(rows), 0))
    for of_step in batches(order, batch):
        read.update(of_step)
        assert max(read.values()) - min(read.values()) <= 1
    shorter = batch_order(lengths, batch=batch, batches=max(1, steps - 1), seed=seed)
    assert order[: len(shorter)] == shorter, "more steps go on where fewer end"


@pytest.mark.parametrize("forward_pass", [1, 2, 4, 8])
def test_rows_of_one_forward_pass_are_alike_however_many_they_are(forward_pass):
    found = batches(batch_order(LENGTHS, batch=32, batches=20, seed=7), forward_pass)
    assert padding(found) < 0.1


def test_the_pieces_of_a_batch_stand_by_length():
    order = batch_order(LENGTHS, batch=32, batches=20, seed=7)
    unsorted = [place for batch in batches(order, 32) for piece in (0, 2, 1, 3) for place in batch[8 * piece : 8 * piece + 8]]
    assert padding(batches(order, 16)) < 0.2 < 0.25 < padding(batches(unsorted, 16))


def test_a_batch_is_alike_and_its_neighbours_are_not():
    found = batches(batch_order(LENGTHS, batch=8, batches=80, seed=7))
    assert padding(found) < 0.1
    means = [fmean(LENGTHS[place] for place in batch) for batch in found]
    assert fmean(abs(a - b) for a, b in pairwise(means)) > 40


def test_the_seed_decides():
    first, again, other = (batch_order(LENGTHS, batch=8, batches=80, seed=seed) for seed in (7, 7, 8))
    assert first == again != other


def test_fewer_rows_than_a_batch_are_read_over_and_over():
    assert len(batch_order([5, 6, 7], batch=8, batches=2, seed=7)) == 16
