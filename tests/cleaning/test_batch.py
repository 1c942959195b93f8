"""One batch: every row comes out once, kept or with its first reason. Batch boundaries do not matter."""

import json

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.cleaning.batch import ROW, key_names, prepare
from vitrine.cleaning.rules import NearDuplicateRule, Rules
from vitrine.cleaning.text import one_line
from vitrine.errors import AccountingError

SCHEMA = pa.schema([("k", pa.string()), ("t", pa.string())])
RAW = pl.DataFrame({"k": ["a", "b", "c", None, "e"], "t": [" x ", "", "x", "y", None]})
RULES = Rules(
    raw=SCHEMA,
    output=SCHEMA,
    id=["k"],
    tidy=lambda rows: rows.with_columns(one_line(pl.col("t")), _long=pl.col("t").str.len_chars()),
    aside=[
        ("empty", pl.col("t") == ""),
        ("no key", pl.col("k").is_null()),
        ("blank or nothing", pl.col("t").str.len_chars() == 0),
    ],
    unique=[("again", [pl.col("t")])],
    counts={"changed": (pl.col("t") != pl.col("raw.t")).sum(), "letters": pl.col("_long").sum()},
)


def test_the_first_reason_counts_and_the_raw_row_is_kept():
    prepared = prepare(RAW, RULES, 10)
    assert prepared.rows.select("k", "t", ROW).rows() == [("a", "x", 10), ("c", "x", 12), ("e", None, 14)]
    assert [(row["id"], row["reason"], json.loads(row["row"]), row[ROW]) for row in prepared.aside.to_dicts()] == [
        ("b", "empty", {"k": "b", "t": ""}, 11),
        ("", "no key", {"k": None, "t": "y"}, 13),
    ]
    assert prepared.counts == {"changed": 1, "letters": 5}


def test_equal_rows_share_a_key():
    one, two, other = prepare(RAW, RULES, 0).rows.select(key_names(0)).rows()
    assert one == two != other


def test_arrow_and_polars_batches_give_the_same():
    table = RAW.to_arrow().cast(SCHEMA)
    for batch in (table, table.to_batches()[0]):
        assert prepare(batch, RULES, 0).rows.equals(prepare(RAW, RULES, 0).rows)


def test_bands_are_added_only_with_a_near_duplicate_rule():
    near = Rules(raw=SCHEMA, output=SCHEMA, id=["k"], near=NearDuplicateRule(columns=["k", "t"], jaccard=0.8))
    rows = prepare(RAW, near, 0).rows
    assert rows["_bands"].dtype == pl.Array(pl.UInt64, rows["_bands"].dtype.size)
    assert "_bands" not in prepare(RAW, RULES, 0).rows.columns


def test_a_tidy_that_loses_rows_is_an_error():
    rules = Rules(raw=SCHEMA, output=SCHEMA, id=["k"], tidy=lambda rows: rows.filter(pl.col("t") != ""))
    with pytest.raises(AccountingError, match="5 rows came in and 3 are tidy"):
        prepare(RAW, rules, 0)


text = st.text(st.sampled_from("aB é<>&;\n\x00"), max_size=4) | st.none()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(text, text), max_size=12), st.integers(0, 12))
def test_a_batch_cut_in_two_gives_the_same_rows(rows, at):
    frame = pl.DataFrame(rows, schema={"k": pl.String, "t": pl.String}, orient="row")
    whole, head, tail = prepare(frame, RULES, 0), prepare(frame[:at], RULES, 0), prepare(frame[at:], RULES, min(at, frame.height))
    assert pl.concat([head.rows, tail.rows]).equals(whole.rows)
    assert pl.concat([head.aside, tail.aside]).equals(whole.aside)
    assert {name: head.counts[name] + tail.counts[name] for name in whole.counts} == whole.counts
    assert sorted([*whole.rows[ROW], *whole.aside[ROW]]) == list(range(frame.height))
