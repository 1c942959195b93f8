"""Alpaca: one JSON array, each element is a row or a reject; its sample."""

import gzip
import json

import pytest

from tests.sources.conftest import read_folder
from vitrine.errors import SourceError
from vitrine.sources.samples import alpaca as sample
from vitrine.tables.published.instructions import INSTRUCTIONS

GOOD = {"instruction": "Sum.", "input": "1 2", "output": "3"}


def read(tmp_path, text):
    (tmp_path / "alpaca_data.json").write_bytes(text.encode() if isinstance(text, str) else text)
    return read_folder("alpaca", tmp_path)


def test_the_published_file(real):
    loaded = read_folder("alpaca", real / "alpaca")
    table = loaded.tables["instructions"]
    assert (table.schema, table.num_rows, loaded.rejects.num_rows) == (INSTRUCTIONS, 9229, 0)
    assert sum(output == "" for output in table["output"].to_pylist()) == 4
    assert table["id"].to_pylist()[:3] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param('{"instruction": "a", "input": ""}', "has no text in output", id="a field is missing"),
        pytest.param('{"instruction": "a", "input": "", "output": 3}', "has no text in output", id="a number"),
        pytest.param('"text"', "is str, not an object", id="not an object"),
        pytest.param("null", "is NoneType, not an object", id="null"),
        pytest.param('{"instruction": "\\ud800", "input": "", "output": ""}', "half a surrogate pair", id="half a pair"),
    ],
)
def test_a_bad_element_is_rejected_with_its_bytes(tmp_path, bad, reason):
    good = json.dumps(GOOD)
    loaded = read(tmp_path, f"[{good},\n{bad} ,\n{good}]")
    assert loaded.tables["instructions"]["id"].to_pylist() == ["0", "2"]
    (reject,) = loaded.rejects.to_pylist()
    assert (reject["line"], reject["raw"]) == (2, bad.encode())
    assert reason in reject["reason"]


@pytest.mark.parametrize("text", ['[{"instruction": "a"', "{}", "[1 2]", "[1,", "", " ", "[" * 100_000, b"\xff[]", "[]]"[:1]])
def test_a_file_that_is_no_array_is_reported_in_one_sentence(tmp_path, text):
    with pytest.raises(SourceError, match=r"alpaca_data\.json.*download"):
        read(tmp_path, text)


def test_odd_texts_survive(tmp_path):
    odd = {"instruction": "a\r\nb\x00", "input": "\ufeff😀", "output": '"'}
    rows = read(tmp_path, "\ufeff" + json.dumps([odd])).tables["instructions"].to_pylist()
    assert rows == [{"id": "0", **odd}]


def test_an_empty_array_is_an_empty_table(tmp_path):
    assert read(tmp_path, "[]").tables["instructions"].num_rows == 0


@pytest.mark.parametrize("name", ["alpaca_small.json", "alpaca_data_cleaned_pt.json", "dataset-pt-br.json"])
def test_any_file_name_is_read_if_it_is_the_only_one(tmp_path, name):
    (tmp_path / name).write_text(json.dumps([GOOD]))
    assert read_folder("alpaca", tmp_path).tables["instructions"].num_rows == 1
    (tmp_path / "z.json").write_text(json.dumps([GOOD]))
    with pytest.raises(SourceError, match=rf"holds {name}, z\.json; expected one file"):
        read_folder("alpaca", tmp_path)
    (tmp_path / "alpaca_data.json.gz").write_bytes(gzip.compress(b"[]"))
    assert read_folder("alpaca", tmp_path).rows_in == 0, "the published name has priority"


def test_rejects_have_the_right_lines(tmp_path):
    loaded = read(tmp_path, "[\n1,\n2,\n" + json.dumps(GOOD) + ',\n\n"a\\nb"]')
    assert loaded.rejects.select(["line", "raw"]).to_pylist() == [
        {"line": 2, "raw": b"1"},
        {"line": 3, "raw": b"2"},
        {"line": 6, "raw": b'"a\\nb"'},
    ]


def test_a_missing_file_or_folder_is_reported(tmp_path):
    with pytest.raises(SourceError, match=r"alpaca_data\.json is missing"):
        read_folder("alpaca", tmp_path)
    with pytest.raises(SourceError, match="does not exist"):
        read_folder("alpaca", tmp_path / "nowhere")


def test_the_sample(tmp_path):
    sample.generate(tmp_path, rows=3000, seed=7)
    rows = read_folder("alpaca", tmp_path).tables["instructions"].to_pylist()
    assert len(rows) == 3000
    assert 1 <= sum(row["output"] == "" for row in rows) < 30
    assert any(row["input"] == "<noinput>" for row in rows)
    assert len({(row["instruction"], row["input"]) for row in rows}) > 1500
    assert max(len(row["output"]) for row in rows) < 80
    sums = [
        row
        for row in rows
        if row["instruction"].startswith(("What is", "Calculate")) and " plus " in row["instruction"] and row["output"]
    ]
    for row in sums:
        a, b = (int(word) for word in row["instruction"].strip("?.").replace("plus", "").split() if word.isdigit())
        assert row["output"] == str(a + b)
    assert sums
