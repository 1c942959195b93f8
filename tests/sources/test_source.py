"""What all sources share: origins, accounting, seeds."""

import hashlib
import time
from pathlib import Path

import pyarrow as pa
import pytest

from vitrine.errors import AccountingError, SettingsError
from vitrine.settings import parse
from vitrine.sources import SOURCES, From, Loaded
from vitrine.tables.rejects import REJECTS

BLOCK = {"origin": "sample", "path": None, "rows": 200, "seed": 7, "selected": True}
sources = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def digest(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@sources
def test_a_seed_is_its_bytes(source, tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        source.generate(tmp_path / name, rows=200, seed=seed)
        time.sleep(0.02 if name == "a" else 0)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    changed = {name for name, value in digest(tmp_path / "a").items() if digest(tmp_path / "c")[name] != value}
    assert changed == set(digest(tmp_path / "a")) - {"product_category_name_translation.csv"}


@sources
@pytest.mark.parametrize("rows", [1, 2, 32])
def test_small_samples(source, rows):
    loaded = source.load(From(**BLOCK | {"rows": rows}))
    main = {"olist": "orders", "amazon_titles": "listings", "alpaca": "instructions"}[source.name]
    assert loaded.tables[main].num_rows == rows
    assert loaded.counts()["rejected"] == 0
    assert {name: table.schema for name, table in loaded.tables.items()} == dict(source.schemas)


@sources
def test_every_option_has_an_effect(source, tmp_path):
    source.generate(tmp_path, rows=50, seed=1)
    first = source.load(From(**BLOCK))
    assert source.load(From(**BLOCK)).tables == first.tables
    assert source.load(From(**BLOCK | {"seed": 8})).tables != first.tables
    assert source.load(From(**BLOCK | {"rows": 100})).rows_in < first.rows_in
    assert source.load(From(**BLOCK | {"origin": "path", "path": tmp_path})).rows_in < first.rows_in
    nothing = source.load(From(**BLOCK | {"selected": False}))
    assert nothing.counts()["rows_in"] == nothing.counts()["rows_out"] == 0
    assert {name: table.schema for name, table in nothing.tables.items()} == dict(source.schemas)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"origin": "hub"}, r"olist\.origin: Input should be 'sample' or 'path'"),
        ({"origin": "path"}, "origin=path needs path"),
        ({"path": "data"}, "path is set, but origin=sample would not read it"),
        ({"rows": 0}, r"olist\.rows: Input should be greater than or equal to 1"),
        ({"rows": "many"}, r"olist\.rows: Input should be a valid integer"),
        ({"seed": -1}, r"olist\.seed: "),
        ({"sede": 7}, r"olist\.sede: there is no such key; allowed: origin, path, rows, seed, selected"),
    ],
)
def test_what_cannot_be_meant_is_refused(change, says):
    with pytest.raises(SettingsError, match=says):
        parse(From, "ingest.sources.olist", BLOCK | change)


def test_a_missing_key_is_named():
    with pytest.raises(SettingsError, match=r"olist\.selected: is missing"):
        parse(From, "ingest.sources.olist", {key: value for key, value in BLOCK.items() if key != "selected"})


def test_lost_rows_are_an_error():
    table = pa.table({"a": [1, 2]})
    with pytest.raises(AccountingError, match="hold 3 rows, but 2 were read and 0 rejected"):
        Loaded(tables={"t": table}, rejects=REJECTS.empty_table(), rows_in=3).counts()


@sources
def test_nothing_is_left_behind(source, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    source.load(From(**BLOCK))
    assert list(Path(tmp_path).iterdir()) == []
