"""Two rows are one when they read alike."""

import polars as pl
import pytest

from vitrine.cleaning.dedup import repeated, repeated_key, same


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
    ],
)
def test_same(a, b, alike):
    one, two = pl.Series([a, b]).to_frame("t").select(same(pl.col("t"))).to_series()
    assert (one == two) is alike


def test_the_first_of_each_is_kept():
    frame = pl.DataFrame({"a": ["X", "x!", "x", "y", None, None], "b": ["1", "1", "2", "1", "1", "1"]})
    assert frame.select(repeated("a", "b")).to_series().to_list() == [False, True, False, False, False, True]
    assert frame.select(repeated("a")).to_series().to_list() == [False, True, True, False, False, True]
    assert frame.select(repeated_key("a", "b")).to_series().to_list() == [False, False, False, False, False, True]


def test_no_rows():
    frame = pl.DataFrame(schema={"a": pl.String})
    assert frame.filter(~repeated("a")).height == 0
