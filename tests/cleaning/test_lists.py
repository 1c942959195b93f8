"""Lists of texts: every text is treated, and every list keeps its place."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.cleaning.lists import map_texts

LISTS = st.lists(st.none() | st.lists(st.none() | st.text(max_size=4), max_size=3), max_size=6)


@settings(max_examples=60, deadline=None)
@given(LISTS, st.integers(0, 6))
def test_the_result_is_that_of_a_loop(lists, begin):
    frame = pl.DataFrame({"x": lists}, schema={"x": pl.List(pl.String)})[begin:]
    result = frame.select(map_texts(pl.col("x"), lambda text: pl.when(text != "").then(text + "!")))["x"].to_list()
    assert result == [None if texts is None else [f"{text}!" for text in texts if text] for texts in lists[begin:]]


def test_the_treatment_is_called_once_for_all_rows():
    calls = []

    def treat(text):
        return text.map_batches(lambda texts: calls.append(len(texts)) or texts, return_dtype=pl.String)

    frame = pl.DataFrame({"x": [["a", "b"], [], ["c"]] * 100})
    assert frame.lazy().with_columns(map_texts(pl.col("x"), treat)).collect().equals(frame)
    assert sum(calls) == pytest.approx(300, abs=1) and len(calls) <= 2
