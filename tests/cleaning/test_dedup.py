"""Two rows are one when they read alike; the first of them in the table stays, whatever batch it came in."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.cleaning.near.dedup import SeenKeys, comparable, key


def read_as(*texts):
    return pl.DataFrame({"t": pl.Series(texts, dtype=pl.String)}).select(comparable(pl.col("t"))).to_series().to_list()


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        ("Muito bom!!!", "muito  bom", True),
        ("ÓTIMO, não é?", "otimo nao e", True),
        ("Mug & Bowl", "mug bowl", True),
        ("bom 😍", "bom", False),
        ("32 oz", "23 oz", False),
        ("recomendo", "não recomendo", False),
        ("", " .,! ", True),
        ("don’t", "don't", True),
        ("a b", "ab", False),
        ("5 < 6", "5 > 6", False),
    ],
)
def test_same(a, b, alike):
    one, two = read_as(a, b)
    assert (one == two) is alike


def slowly(text):
    bare = text.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"\p{M}+", "")
    return bare.str.replace_all(r"[^\p{L}\p{N}\p{S}]+", " ").str.strip_chars()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8") | st.sampled_from("aB .-é’ﬁ²İß\x00€^")) | st.none(), max_size=6))
def test_the_short_cuts_change_nothing(texts):
    frame = pl.DataFrame({"t": pl.Series(texts, dtype=pl.String)})
    assert read_as(*texts) == frame.select(slowly(pl.col("t"))).to_series().to_list()


values = st.lists(
    st.tuples(st.sampled_from(["a", "b", "", None]), st.sampled_from(["a", "b", "", None])), min_size=1, max_size=12
)


@given(values)
def test_keys_agree_where_all_columns_do(rows):
    frame = pl.DataFrame(rows, schema={"x": pl.String, "y": pl.String}, orient="row")
    one, two = key([pl.col("x"), pl.col("y")])
    keys = list(frame.select(one.alias("0"), two.alias("1")).rows())
    assert len(set(keys)) == len(set(rows))
    assert all((keys[i] == keys[j]) is (rows[i] == rows[j]) for i in range(len(rows)) for j in range(i))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=9), max_size=12))
def test_the_first_of_each_in_whatever_batches(batches):
    """Few values, so that many keys share a first half: those must not be taken for each other."""
    seen, known = SeenKeys(), set()
    for batch in batches:
        expected = []
        for pair in batch:
            expected.append(pair not in known)
            known.add(pair)
        assert seen.add(np.array(batch, np.uint64).reshape(-1, 2)).tolist() == expected


def test_many_batches_end_in_few_runs():
    rng = np.random.default_rng(7)
    seen = SeenKeys()
    for _ in range(200):
        assert seen.add(rng.integers(0, 2**63, (100, 2), np.uint64)).all()
    assert len(seen._runs) < 16
    assert sum(len(run) for run in seen._runs) == 20_000
