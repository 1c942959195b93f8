from collections import Counter
from itertools import pairwise
from statistics import fmean

from vitrine.training.sft.order import in_batches

LENGTHS = [10 + (37 * n) % 200 for n in range(640)]


def batches(order, batch=8):
    return [order[start : start + batch] for start in range(0, len(order), batch)]


def test_every_row_is_read_once_before_any_is_read_twice():
    order = in_batches(LENGTHS, batch=8, batches=80, seed=7)
    assert sorted(order) == list(range(640))
    assert max(Counter(in_batches(LENGTHS, batch=8, batches=120, seed=7)).values()) == 2


def test_a_batch_is_alike_and_its_neighbours_are_not():
    found = batches(in_batches(LENGTHS, batch=8, batches=80, seed=7))
    padding = 1 - sum(LENGTHS) / sum(8 * max(LENGTHS[place] for place in batch) for batch in found)
    assert padding < 0.1
    means = [fmean(LENGTHS[place] for place in batch) for batch in found]
    assert fmean(abs(a - b) for a, b in pairwise(means)) > 40


def test_the_seed_decides():
    first, again, other = (in_batches(LENGTHS, batch=8, batches=80, seed=seed) for seed in (7, 7, 8))
    assert first == again != other


def test_fewer_rows_than_a_batch_are_read_over_and_over():
    assert len(in_batches([5, 6, 7], batch=8, batches=2, seed=7)) == 16
