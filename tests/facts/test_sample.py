"""Samples and shards depend on keys and seed only; shares are proportional; no row is lost."""

import hashlib
import itertools

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine.errors import SettingsError
from vitrine.facts.sample import allocate, quantile_group, shard, shuffled, stratified

ROWS = pl.DataFrame({"uid": [f"B{i:04d}" for i in range(1000)], "kind": ["rare"] * 3 + ["some"] * 197 + ["most"] * 800})


def keys(frame):
    return frame["uid"].to_list()


def test_the_order_is_that_of_md5_hashes():
    def place(key):
        return int.from_bytes(hashlib.md5(f"7:{key}".encode()).digest()[8:], "little")

    assert keys(shuffled(ROWS, key="uid", seed=7)) == sorted(ROWS["uid"], key=place)


@pytest.mark.parametrize("seed", [7, 8])
def test_the_order_of_rows_does_not_matter_and_the_seed_does(seed):
    mixed = ROWS.sample(fraction=1.0, shuffle=True, seed=1)
    first, second = (stratified(frame, 100, key="uid", by=["kind"], seed=seed) for frame in (ROWS, mixed))
    assert first.equals(second)
    assert not first.equals(stratified(ROWS, 100, key="uid", by=["kind"], seed=seed + 1))


def test_every_stratum_has_its_share_and_one_row_at_least():
    counts = dict(stratified(ROWS, 100, key="uid", by=["kind"], seed=7)["kind"].value_counts().rows())
    assert counts == {"rare": 1, "some": 20, "most": 79}


def test_a_sample_is_not_ordered_by_stratum():
    kinds = stratified(ROWS, 500, key="uid", by=["kind"], seed=7)["kind"]
    assert 0.6 < (kinds[:250] == "most").mean() < 0.95


def test_new_rows_leave_most_of_a_sample_as_it_was():
    more = pl.concat([ROWS, pl.DataFrame({"uid": [f"C{i:04d}" for i in range(100)], "kind": ["most"] * 100})])
    before, after = (set(keys(stratified(frame, 100, key="uid", by=["kind"], seed=7))) for frame in (ROWS, more))
    assert len(before & after) >= 85


def test_a_sample_larger_than_the_frame_is_the_frame():
    assert sorted(keys(stratified(ROWS, 5000, key="uid", by=["kind"], seed=7))) == keys(ROWS)
    assert stratified(ROWS, 0, key="uid", by=["kind"], seed=7).height == 0
    assert stratified(ROWS.clear(), 10, key="uid", by=["kind"], seed=7).height == 0


def test_rows_without_a_value_are_a_stratum():
    frame = ROWS.with_columns(kind=pl.when(pl.col("kind") != "some").then("kind"))
    assert stratified(frame, 100, key="uid", by=["kind"], seed=7)["kind"].null_count() == 20


def test_shards_are_disjoint_equal_and_together_everything():
    parts = [keys(shard(ROWS, 300, number, key="uid", seed=7)) for number in range(4)]
    assert [len(part) for part in parts] == [300, 300, 300, 100]
    assert sorted(itertools.chain(*parts)) == keys(ROWS)
    assert parts[0] != keys(shard(ROWS, 300, 0, key="uid", seed=8))


def test_a_shard_beyond_the_end_is_refused_and_none_of_nothing_is_empty():
    with pytest.raises(
        SettingsError, match="shard 4 of 300 rows each starts beyond the 1000 rows there are; the last shard is 3"
    ):
        shard(ROWS, 300, 4, key="uid", seed=7)
    assert shard(ROWS.clear(), 300, 0, key="uid", seed=7).height == 0


def test_quantile_groups_have_equal_size_and_split_no_value():
    frame = pl.DataFrame({"chars": [*range(90), *[500] * 10]}).with_columns(of=quantile_group("chars", 4))
    assert frame["of"].value_counts().sort("of")["count"].to_list() == [25, 25, 25, 25]
    same = pl.DataFrame({"chars": [1, 2, 2, 2, 2, 2, 2, 9]}).with_columns(of=quantile_group("chars", 4))
    assert same.filter(pl.col("chars") == 2)["of"].n_unique() == 1
    assert pl.DataFrame({"chars": [3, 4]}).select(quantile_group("chars", 1)).to_series().to_list() == [0, 0]


@given(st.lists(st.integers(1, 500), min_size=1, max_size=20), st.integers(0, 400))
def test_the_allocation_adds_up_and_is_proportional(sizes, rows):
    rows = min(rows, sum(sizes))
    shares = allocate(sizes, rows)
    assert sum(shares) == rows
    assert all(0 <= share <= size for share, size in zip(shares, sizes, strict=True))
    assert min(shares) > 0 or rows < len(sizes)
    exact = [rows * size / sum(sizes) for size in sizes]
    assert all(share < one + 1 and (share > one - 1 or min(exact) < 1) for share, one in zip(shares, exact, strict=True))
