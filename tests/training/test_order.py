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


def padding(batches):
    """The share of padding tokens, if each row is padded to the longest of its batch."""
    lengths = [[LENGTHS[row] for row in batch] for batch in batches]
    return 1 - sum(map(sum, lengths)) / sum(len(batch) * max(batch) for batch in lengths)


def test_every_row_is_read_once_before_any_is_read_twice():
    order = batch_order(LENGTHS, batch=8, batches=80, seed=7)
    assert sorted(order) == list(range(640))
    assert max(Counter(batch_order(LENGTHS, batch=8, batches=120, seed=7)).values()) == 2
    assert len(set(batch_order(LENGTHS[:100], batch=16, batches=6, seed=7))) == 96


@settings(max_examples=200, deadline=None)
@given(rows=st.integers(1, 300), batch=st.integers(1, 48), steps=st.integers(1, 30), seed=st.integers(0, 9))
def test_rows_are_read_equally_often_up_to_one_for_any_sizes(rows, batch, steps, seed):
    lengths = random.Random(seed).choices(range(10, 400), k=rows)
    order = batch_order(lengths, batch=batch, batches=steps, seed=seed)
    assert len(order) == batch * steps
    read = Counter(dict.fromkeys(range(rows), 0))
    for step in batches(order, batch):
        read.update(step)
        assert max(read.values()) - min(read.values()) <= 1
    shorter = batch_order(lengths, batch=batch, batches=max(1, steps - 1), seed=seed)
    assert order[: len(shorter)] == shorter, "a longer run starts with the batches of a shorter one"


@pytest.mark.parametrize("forward_pass", [1, 2, 4, 8])
def test_rows_of_a_forward_pass_have_similar_lengths_for_any_size_of_it(forward_pass):
    passes = batches(batch_order(LENGTHS, batch=32, batches=20, seed=7), forward_pass)
    assert padding(passes) < 0.1


def test_the_chunks_of_a_batch_are_sorted_by_length():
    order = batch_order(LENGTHS, batch=32, batches=20, seed=7)
    unsorted = [row for batch in batches(order, 32) for chunk in (0, 2, 1, 3) for row in batch[8 * chunk : 8 * chunk + 8]]
    assert padding(batches(order, 16)) < 0.2 < 0.25 < padding(batches(unsorted, 16))


def test_lengths_are_similar_within_a_batch_and_differ_between_batches():
    steps = batches(batch_order(LENGTHS, batch=8, batches=80, seed=7))
    assert padding(steps) < 0.1
    means = [fmean(LENGTHS[row] for row in batch) for batch in steps]
    assert fmean(abs(a - b) for a, b in pairwise(means)) > 40


def test_same_seed_gives_same_order():
    first, again, other = (batch_order(LENGTHS, batch=8, batches=80, seed=seed) for seed in (7, 7, 8))
    assert first == again != other


def test_with_fewer_rows_than_a_batch_rows_repeat():
    assert len(batch_order([5, 6, 7], batch=8, batches=2, seed=7)) == 16
