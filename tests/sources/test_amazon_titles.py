"""AmazonTitles: JSON lines, each is a row or a reject; its sample."""

import gzip
import json
import shutil

import polars as pl
import pytest

from tests.sources.conftest import read_folder
from vitrine.errors import SourceError
from vitrine.sources.origins import files
from vitrine.sources.samples import amazon_titles as sample
from vitrine.tables.published.listings import RAW_LISTINGS

GOOD = {"uid": "0001", "title": "Mug &amp; Bowl", "content": "", "target_ind": [1, 2], "target_rel": [1.0, 0.5]}


def read(tmp_path, data):
    (tmp_path / "trn.json").write_bytes(data)
    return read_folder("amazon_titles", tmp_path)


def line(**changes):
    return json.dumps(GOOD | changes).encode() + b"\n"


def test_the_published_rows(real, tmp_path):
    shutil.copy(real / "amazontitles" / "trn_rows_all_fields.jsonl", tmp_path / "trn.json")
    rows = read_folder("amazon_titles", tmp_path).tables["listings"].to_pylist()
    assert [(row["uid"], row["title"]) for row in rows] == [
        ("0001360000", "Mog's Kittens"),
        ("0000031895", "Girls Ballet Tutu Neon Blue"),
    ]
    assert rows[0]["target_ind"] == [146, 147, 148, 149, 495]
    assert "&#8217;" in rows[0]["content"]


def test_published_texts_survive(real, tmp_path):
    pairs = json.loads(gzip.decompress((real / "amazontitles" / "fiap_amazontitles_500.json.gz").read_bytes()))
    lines = [line(uid=str(i), title=pair["instruction"], content=pair["output"]) for i, pair in enumerate(pairs)]
    listings = read(tmp_path, b"".join(lines)).tables["listings"]
    assert listings["title"].to_pylist() == [pair["instruction"] for pair in pairs]
    assert listings["content"].to_pylist() == [pair["output"] for pair in pairs]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"not json", id="not JSON"),
        pytest.param(b"[1, 2]", id="an array"),
        pytest.param(b"null", id="null"),
        pytest.param(b"null " + line()[:-1], id="null before an object"),
        pytest.param(line()[:-1] + b" null", id="null after an object"),
        pytest.param(b'{"uid": "1", "title": "a\x00b"}', id="a bare NUL"),
        pytest.param(b'{"uid": "1", "title": "\\ud800"}', id="half a surrogate pair"),
        pytest.param(b"\x00", id="NUL alone"),
        pytest.param(line()[:-20], id="truncated"),
        pytest.param(line(uid=None)[:-1], id="no uid"),
        pytest.param(b'{"uid": "1"}', id="no title"),
        pytest.param(line(target_ind=["x"])[:-1], id="a word instead of a number"),
        pytest.param(line()[:-1] + line()[:-1], id="two objects on a line"),
        pytest.param(b'{"uid": "1", "title": "\xff"}', id="not UTF-8"),
    ],
)
def test_a_bad_line_is_rejected_alone_with_its_bytes(tmp_path, bad):
    loaded = read(tmp_path, line(uid="a") * 5 + bad + b"\r\n" + line(uid="b") * 4)
    assert loaded.tables["listings"]["uid"].to_pylist() == ["a"] * 5 + ["b"] * 4
    assert [(row["file"], row["line"], row["raw"]) for row in loaded.rejects.to_pylist()] == [("trn.json", 6, bad)]
    assert loaded.rows_in == 10


def test_odd_but_valid_lines_are_read(tmp_path):
    rows = (
        read(tmp_path, b"\n" + line(title="a\x00b\r\n\u2028c", more=1) + b"\r\n\n" + line(content=None))
        .tables["listings"]
        .to_pylist()
    )
    assert [row["title"] for row in rows] == ["a\x00b\r\n\u2028c", "Mug &amp; Bowl"]
    assert rows[1]["content"] is None


@pytest.mark.parametrize("bad", [b"null", b"\x00", b"{", b"\xff"])
def test_a_file_of_bad_lines_gives_only_rejects(tmp_path, bad):
    loaded = read(tmp_path, (bad + b"\n") * 3)
    assert (loaded.rejects["raw"].to_pylist(), loaded.tables["listings"].num_rows) == ([bad] * 3, 0)


def test_blank_lines_are_skipped(tmp_path):
    assert read(tmp_path, b" \n\r\n\n").rows_in == 0
    loaded = read(tmp_path, b"\r\n \t\n  " + line() + b"\n")
    assert (loaded.rows_in, loaded.tables["listings"].num_rows) == (1, 1)


def test_a_line_longer_than_a_block_is_a_row(tmp_path, monkeypatch):
    texts = ["x" * size for size in (10, 5000, 10, 900)]
    listings = read(tmp_path, b"".join(line(content=text) for text in texts)).tables["listings"]
    assert listings["content"].to_pylist() == texts


def test_byte_order_mark_crlf_and_missing_last_newline(tmp_path):
    data = b"\xef\xbb\xbf" + line(uid="a")[:-1] + b"\r\n" + line(uid="b")[:-1]
    assert read(tmp_path, data).tables["listings"]["uid"].to_pylist() == ["a", "b"]


def test_lines_are_counted_across_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "CHUNK", 200)
    loaded = read(tmp_path, line() * 50 + b"bad\n" + line() * 50)
    assert (loaded.rows_in, loaded.tables["listings"].num_rows) == (101, 100)
    assert loaded.rejects["line"].to_pylist() == [51]


def test_the_optional_test_file_is_read_too(tmp_path):
    (tmp_path / "tst.json").write_bytes(line(uid="t"))
    assert read(tmp_path, line()).tables["listings"]["uid"].to_pylist() == ["0001", "t"]


def test_a_truncated_file_is_reported_in_one_sentence(tmp_path):
    (tmp_path / "trn.json.gz").write_bytes(gzip.compress(line() * 100)[:-20])
    with pytest.raises(SourceError, match=r"trn\.json\.gz is truncated or damaged"):
        read_folder("amazon_titles", tmp_path)


def test_the_sample_has_the_published_quirks(tmp_path):
    sample.generate(tmp_path, rows=5000, seed=7)
    loaded = read_folder("amazon_titles", tmp_path)
    listings = pl.DataFrame(loaded.tables["listings"])
    title, content = listings["title"], listings["content"]
    assert loaded.tables["listings"].schema == RAW_LISTINGS
    assert (listings.height, loaded.rejects.num_rows) == (5000, 2), "one line in 2,000 has a truncated copy"
    assert 0.40 < (content.str.len_chars() < 30).mean() < 0.52
    assert (title == content).sum() > 20
    assert (content.str.contains("&#8217;")).sum() > 100
    assert title.str.contains("&amp;").any()
    assert content.str.contains("--This text refers to the Hardcover edition.").any()
    assert title.str.contains("^[0-9]+$").any()
    assert (title == title.str.to_uppercase()).mean() > 0.03
    assert 0.002 < 1 - listings["uid"].n_unique() / 5000 < 0.02
    assert listings.select(pl.struct("title", "content").is_duplicated().mean()).item() > 0.02


def test_a_description_names_the_attributes_of_its_title(tmp_path):
    sample.generate(tmp_path, rows=2000, seed=7)
    listings = pl.DataFrame(read_folder("amazon_titles", tmp_path).tables["listings"])
    described = listings.filter((pl.col("content").str.len_chars() > 100) & pl.col("title").str.contains("[a-z]"))
    words = described.select(pl.col("title", "content").str.to_lowercase().str.extract_all("[a-z0-9]+"))
    shared = words.select(pl.col("title").list.set_intersection("content").list.len() / pl.col("title").list.unique().list.len())
    assert shared.to_series().mean() > 0.8
    assert described["title"].n_unique() / described.height > 0.9


def test_a_sample_of_several_chunks_has_all_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "CHUNK", 500)
    sample.generate(tmp_path, rows=1200, seed=7)
    assert read_folder("amazon_titles", tmp_path).tables["listings"].num_rows == 1200
