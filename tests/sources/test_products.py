"""Product metadata of 2018 and 2023: all forms of a field, each line is a row or a reject; its sample."""

import gzip
import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.conftest import read_folder
from vitrine.errors import SourceError
from vitrine.sources.origins import files
from vitrine.sources.samples import products as sample
from vitrine.sources.samples.taxonomy_tree import TREE, path
from vitrine.tables.published.products import RAW_PRODUCTS

OLD = {
    "asin": "0001",
    "title": "Mug &amp; Bowl",
    "main_cat": "Home",
    "brand": "B",
    "category": ["Home", "Mugs"],
    "price": "$2.50",
}

ODD = st.text(max_size=8) | st.text('"\\[]:, feature', max_size=20)


def line(**changes):
    return json.dumps(OLD | changes).encode() + b"\n"


def read(folder, data, name="meta_X.json"):
    (folder / name).write_bytes(data)
    return read_folder("products", folder)


def rows(loaded):
    return loaded.tables["products"].to_pylist()


def test_the_published_file(real):
    loaded = read_folder("products", real / "amazon_products")
    table = pl.DataFrame(loaded.tables["products"])
    assert (loaded.tables["products"].schema, table.height, loaded.rejects.num_rows) == (RAW_PRODUCTS, 1547, 0)
    assert (table["description"].list.len() == 0).sum() == 742
    assert table["asin"].n_unique() == 1547 and table["price"].str.contains(r"^\$[0-9.,]+$").sum() == 358
    published = [
        json.loads(one)
        for one in gzip.decompress((real / "amazon_products" / "meta_Gift_Cards.json.gz").read_bytes()).splitlines()
    ]
    for ours, theirs in (("features", "feature"), ("description", "description"), ("also_view", "also_view"), ("title", "title")):
        assert table[ours].to_list() == [product[theirs] for product in published]
    assert table["rank"].to_list() == [[r] if isinstance(r := p["rank"], str) else r for p in published]


def test_files_of_2023_have_other_field_names(tmp_path):
    new = {"parent_asin": "B1", "title": "T", "store": "S", "main_category": "M", "categories": ["A"], "features": ["f"]}
    new |= {
        "description": [],
        "price": 9.5,
        "average_rating": 4.5,
        "details": {"k": "v"},
        "images": [{"hi": 1}],
        "bought_together": None,
    }
    (row,) = rows(read(tmp_path, json.dumps(new).encode(), name="meta_X.jsonl"))
    assert (row["asin"], row["brand"], row["main_category"], row["categories"], row["features"]) == ("B1", "S", "M", ["A"], ["f"])
    assert (row["price"], row["average_rating"], row["description"]) == ("9.5", 4.5, [])


@pytest.mark.parametrize(
    ("given", "listed"),
    [
        ("", []),
        ("3 in X (", ["3 in X ("]),
        ([], []),
        (["a", "b"], ["a", "b"]),
        (None, None),
        (['"q" \\ \t\x01é&'], ['"q" \\ \t\x01é&']),
    ],
)
def test_a_text_in_place_of_a_list_is_read_as_a_list(tmp_path, given, listed):
    (row,) = rows(read(tmp_path, line(rank=given)))
    assert row["rank"] == listed


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(ODD, max_size=3) | ODD, min_size=1, max_size=4))
def test_lists_survive_a_round_trip(tmp_path_factory, features):
    folder = tmp_path_factory.mktemp("p")
    result = rows(read(folder, b"".join(line(feature=texts) for texts in features)))
    assert [row["features"] for row in result] == [
        ([texts] if texts else []) if isinstance(texts, str) else texts for texts in features
    ]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"not json", id="not JSON"),
        pytest.param(b"[1, 2]", id="an array"),
        pytest.param(line()[:-20], id="truncated"),
        pytest.param(b"{'asin': '1'}", id="Python, as in 2014"),
        pytest.param(b'{"title": "1"}', id="no asin"),
        pytest.param(b'{"asin": "", "title": "1"}', id="empty asin"),
        pytest.param(b'{"asin": "1", "title": "\xff"}', id="not UTF-8"),
    ],
)
def test_a_bad_line_is_rejected_alone_with_its_bytes(tmp_path, bad):
    loaded = read(tmp_path, line(asin="a") * 5 + bad + b"\r\n" + line(asin="b") * 4)
    assert [row["asin"] for row in rows(loaded)] == ["a"] * 5 + ["b"] * 4
    assert [(row["line"], row["raw"]) for row in loaded.rejects.to_pylist()] == [(6, bad)]
    assert loaded.rows_in == 10


def test_every_file_is_read_in_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "CHUNK", 200)
    (tmp_path / "meta_B.json.gz").write_bytes(gzip.compress(line(asin="z") + b"bad\n"))
    loaded = read(tmp_path, line() * 50, name="meta_A.jsonl")
    assert (loaded.rows_in, [row["asin"] for row in rows(loaded)][-2:]) == (52, ["0001", "z"])
    assert [(reject["file"], reject["line"]) for reject in loaded.rejects.to_pylist()] == [("meta_B.json.gz", 2)]


def test_a_missing_file_is_reported_in_one_sentence(tmp_path):
    with pytest.raises(SourceError, match=r"holds no file of Amazon's product metadata.*meta_Gift_Cards"):
        read_folder("products", tmp_path)
    with pytest.raises(SourceError, match="does not exist"):
        read_folder("products", tmp_path / "nowhere")


def test_the_sample_has_the_published_quirks(tmp_path):
    sample.generate(tmp_path, rows=3000, seed=7)
    loaded = read_folder("products", tmp_path)
    table = pl.DataFrame(loaded.tables["products"])
    assert (table.height, loaded.rejects.num_rows) == (3000, 2), "one line in 2,000 has a truncated copy"
    assert 0.4 < (table["description"].list.len() == 0).mean() < 0.56
    assert 0.4 < (table["rank"].list.len() == 1).mean() < 0.8 and (table["rank"].list.len() == 0).any()
    assert (
        0.45 < (table["price"] == "").mean() < 0.55
        and table["price"].str.contains("BuyBox").any()
        and table["price"].str.contains(" - ").any()
    )
    assert 0.005 < 1 - table["asin"].n_unique() / 3000 < 0.03
    assert table["title"].str.contains("&amp;").any() and (table["brand"] == "").any()
    assert (table["categories"].list.len() == 0).any() and table["categories"].list.contains("</span></span></span>").any()
    bought = table["also_buy"].explode().drop_nulls()
    assert bought.is_in(table["asin"].implode()).mean() > 0.9


def test_the_categories_of_the_sample_are_in_the_taxonomy(tmp_path):
    sample.generate(tmp_path, rows=500, seed=7)
    table = pl.DataFrame(read_folder("products", tmp_path).tables["products"])
    known = {tuple(name.replace("&", "&amp;") for name in path(node)) for node in TREE}
    listed = [tuple(names) for names in table["categories"].to_list() if names and not names[-1].startswith("<")]
    assert set(listed) <= known and len(set(listed)) > 30
