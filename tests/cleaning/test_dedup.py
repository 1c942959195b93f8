"""Exact duplicates: equal comparison forms; the first row stays, whatever batch it is in."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.cleaning.near.dedup import SeenKeys, comparable, key


def forms_of(*texts):
    return pl.DataFrame({"t": pl.Series(texts, dtype=pl.String)}).select(comparable(pl.col("t"))).to_series().to_list()


@pytest.mark.parametrize(
    ("a", "b", "equal"),
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
def test_texts_that_differ_only_in_case_accents_and_punctuation_have_one_form(a, b, equal):
    one, two = forms_of(a, b)
    assert (one == two) is equal


def slowly(text):
    bare = text.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"\p{M}+", "")
    return bare.str.replace_all(r"[^\p{L}\p{N}\p{S}]+", " ").str.strip_chars()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8") | st.sampled_from("aB .-é’ﬁ²İß\x00€^")) | st.none(), max_size=6))
def test_the_fast_paths_change_nothing(texts):
    frame = pl.DataFrame({"t": pl.Series(texts, dtype=pl.String)})
    assert forms_of(*texts) == frame.select(slowly(pl.col("t"))).to_series().to_list()


values = st.lists(
    st.tuples(st.sampled_from(["a", "b", "", None]), st.sampled_from(["a", "b", "", None])), min_size=1, max_size=12
)


@given(values)
def test_keys_are_equal_where_all_columns_are(rows):
    frame = pl.DataFrame(rows, schema={"x": pl.String, "y": pl.String}, orient="row")
    one, two = key([pl.col("x"), pl.col("y")])
    keys = list(frame.select(one.alias("0"), two.alias("1")).rows())
    assert len(set(keys)) == len(set(rows))
    assert all((keys[i] == keys[j]) is (rows[i] == rows[j]) for i in range(len(rows)) for j in range(i))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=9), max_size=12))
def test_only_the_first_of_equal_keys_is_new_in_any_batches(batches):
    """Few values, so that many keys share a first half but differ in the second."""
    seen, known = SeenKeys(), set()
    for batch in batches:
        expected = []
        for pair in batch:
            expected.append(pair not in known)
            known.add(pair)
        assert seen.add(np.array(batch, np.uint64).reshape(-1, 2)).tolist() == expected


def test_many_batches_leave_few_runs():
    rng = np.random.default_rng(7)
    seen = SeenKeys()
    for _ in range(200):
        assert seen.add(rng.integers(0, 2**63, (100, 2), np.uint64)).all()
    assert len(seen._runs) < 16
    assert sum(len(run) for run in seen._runs) == 20_000
