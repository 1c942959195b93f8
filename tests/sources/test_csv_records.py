"""Olist's CSV dialect: records, nulls and rejects with their bytes."""

import datetime as dt
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vitrine.errors import SourceError
from vitrine.sources.formats import csv_records
from vitrine.sources.samples.dialect import write_csv

SCHEMA = pa.schema(
    [("a_id", pa.string()), ("text", pa.string()), ("n", pa.int32()), ("x", pa.float64()), ("t", pa.timestamp("us"))]
)
HEADER = b'"a_id","text","n","x","t"\n'


def read(data, header=HEADER):
    return csv_records.read(Path("olist.csv"), header + data, SCHEMA)


def refused(data, header=HEADER):
    table, rejects, rows_in = read(data, header)
    assert rows_in == table.num_rows + rejects.num_rows
    return [(row["line"], row["reason"], row["raw"]) for row in rejects.to_pylist()]


def test_types_nulls_and_empty_strings():
    table, rejects, rows_in = read(b'"007",,1,2.50,2017-10-02 10:56:33\n"8","",,,\n')
    assert (rows_in, rejects.num_rows) == (2, 0)
    assert table.schema == SCHEMA
    assert table.to_pylist() == [
        {"a_id": "007", "text": None, "n": 1, "x": 2.5, "t": dt.datetime(2017, 10, 2, 10, 56, 33)},
        {"a_id": "8", "text": "", "n": None, "x": None, "t": None},
    ]


@pytest.mark.parametrize(
    "text", ["a\r\nb", "a\nb", 'say "hi"', "a,b", '"', ",", " ", "\t", "NA", "null", "a\x00b", 'pol"egada', "😍"]
)
@pytest.mark.parametrize("crlf", [True, False])
def test_a_text_survives_a_round_trip(tmp_path, text, crlf):
    frame = pl.DataFrame({"a_id": ["1f", "f1"], "text": [text, "next"], "n": [1, 2], "x": [1.5, 2.0], "t": [None, None]})
    write_csv(tmp_path / "f.csv", frame.cast({"t": pl.Datetime("us")}), crlf=crlf, bom=crlf)
    table, rejects, rows_in = csv_records.read(tmp_path / "f.csv", (tmp_path / "f.csv").read_bytes(), SCHEMA)
    assert (rows_in, rejects.num_rows, table["text"].to_pylist()) == (2, 0, [text, "next"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | st.text(st.characters(codec="utf-8") | st.sampled_from('",\r\n ')), min_size=1, max_size=6))
def test_any_texts_survive_a_round_trip(tmp_path, texts):
    rows = len(texts)
    frame = pl.DataFrame(
        {"a_id": texts, "text": texts, "n": [7] * rows, "x": [0.5] * rows, "t": [dt.datetime(2018, 1, 1)] * rows}
    )
    write_csv(tmp_path / "f.csv", frame.cast({"a_id": pl.String, "text": pl.String}), crlf=True)
    table, rejects, rows_in = csv_records.read(tmp_path / "f.csv", (tmp_path / "f.csv").read_bytes(), SCHEMA)
    assert (rows_in, rejects.num_rows) == (rows, 0)
    assert table["text"].to_pylist() == texts
    assert table["a_id"].to_pylist() == texts


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b"a,b,1,1", "4 fields where 5 are expected", id="too few fields"),
        pytest.param(b"a,b,1,1,,", "6 fields where 5 are expected", id="too many fields"),
        pytest.param(b"a,b,um,1,", "n is not a whole number: um", id="a word instead of a number"),
        pytest.param(b"a,b,1.5,1,", "n is not a whole number: 1.5", id="a fraction instead of a whole number"),
        pytest.param(b"a,b,1,nan,", "x is not a number: nan", id="nan"),
        pytest.param(b"a,b,1,1,2017-13-01 00:00:00", "t is not a date and time: 2017-13-01 00:00:00", id="month 13"),
        pytest.param(b"a,\xff,1,1,", "is not UTF-8", id="not UTF-8"),
        pytest.param(b'a,"b,1,1,', "opens a quote that is never closed", id="an open quote"),
        pytest.param(b'a,"b"c,1,1,', "opens a quote that is never closed", id="a quote closed in the middle"),
    ],
)
def test_a_bad_record_is_rejected_alone_with_its_bytes(line, reason):
    good = b'"1","one\ntwo",1,1.0,\n'
    assert refused(good + line + b"\r\n" + good + good) == [(4, reason, line)]


def test_a_stray_quote_in_a_field_is_a_letter():
    table, rejects, _ = read(b'a,tv 42" nova,1,1,\nb,"c",2,2,\n')
    assert (table["text"].to_pylist(), rejects.num_rows) == (['tv 42" nova', "c"], 0)


def test_blank_lines_are_skipped_and_the_last_line_needs_no_end():
    assert read(b"\r\na,b,1,1,\n\n\nb,c,1,1,")[0].num_rows == 2


def test_a_header_alone_is_an_empty_table():
    table, rejects, rows_in = read(b"")
    assert (table.num_rows, table.schema, rejects.num_rows, rows_in) == (0, SCHEMA, 0, 0)


def test_columns_are_read_by_name_and_extra_columns_ignored():
    table, _, _ = read(b"1,2017-10-02 10:56:33,a,9,0.5,b\n", header=b"\xef\xbb\xbfn,t,text,more,x,a_id\r\n")
    assert table.select(["a_id", "text", "n"]).to_pylist() == [{"a_id": "b", "text": "a", "n": 1}]


@pytest.mark.parametrize("header", [b"", b"\n", b"a_id,text,n,t\n", b"\x00\x01\x02\n"])
def test_a_missing_column_is_reported_in_one_sentence(header):
    with pytest.raises(SourceError, match=r"olist\.csv lacks the column .*x.*expected a_id, text, n, x, t.*download"):
        read(b"a,b,1,1,\n", header=header)
