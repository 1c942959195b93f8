"""Common to all sources: origins, accounting, seeds; raw tables are written completely or not at all."""

import hashlib
import time
from pathlib import Path

import pyarrow as pa
import pytest

from tests.sources.conftest import a_manifest, load
from vitrine.errors import AccountingError, SettingsError, SourceError
from vitrine.settings import parse
from vitrine.sources import SOURCES, RawBatch, SourceSettings
from vitrine.sources.landing import land
from vitrine.sources.origins import files

BLOCK = {"origin": "sample", "path": None, "rows": 200, "seed": 7, "max_rejects": 0.5, "selected": True}
sources = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def digest(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@sources
def test_same_seed_gives_same_bytes(source, tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        source.generate(tmp_path / name, rows=200, seed=seed)
        time.sleep(0.02 if name == "a" else 0)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    changed = {name for name, value in digest(tmp_path / "a").items() if digest(tmp_path / "c")[name] != value}
    assert changed == set(digest(tmp_path / "a")) - {"product_category_name_translation.csv"}


@sources
@pytest.mark.parametrize("rows", [1, 2, 32])
def test_small_samples_are_read(source, rows):
    loaded = load(source.name, SourceSettings(**BLOCK | {"rows": rows}))
    assert rows in [table.num_rows for table in loaded.tables.values()]
    assert loaded.rejects.num_rows == 0
    assert {name: table.schema for name, table in loaded.tables.items()} == dict(source.schemas)


@sources
def test_every_option_has_an_effect(source, tmp_path):
    source.generate(tmp_path, rows=50, seed=1)
    pins = {path.name: files.fingerprint(path) for path in tmp_path.iterdir()}
    first = load(source.name, SourceSettings(**BLOCK))
    assert load(source.name, SourceSettings(**BLOCK)).tables == first.tables
    assert load(source.name, SourceSettings(**BLOCK | {"seed": 8})).tables != first.tables
    assert load(source.name, SourceSettings(**BLOCK | {"rows": 100})).rows_in < first.rows_in
    here = SourceSettings(**BLOCK | {"origin": "path", "path": tmp_path})
    assert load(source.name, here, a_manifest(source.name, path=pins)).rows_in < first.rows_in
    nothing = load(source.name, SourceSettings(**BLOCK | {"selected": False}))
    assert nothing.rows_in == sum(table.num_rows for table in nothing.tables.values()) == 0


@sources
def test_the_file_patterns_of_a_source_match_what_its_reader_reads(source, tmp_path):
    source.generate(tmp_path, rows=20, seed=1)
    (tmp_path / "README.md").write_text("not read")
    from vitrine.sources.origins import fetch

    assert fetch.list_files(tmp_path, source.files).keys() == {path.name for path in tmp_path.iterdir()} - {"README.md"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"origin": "disk"}, r"olist\.origin: Input should be 'sample', 'path', 'hub' or 'url'"),
        ({"origin": "path"}, "origin=path needs path"),
        ({"path": "data"}, "path is set, but origin=sample does not read it"),
        ({"rows": 0}, r"olist\.rows: Input should be greater than or equal to 1"),
        ({"rows": "many"}, r"olist\.rows: Input should be a valid integer"),
        ({"seed": -1}, r"olist\.seed: "),
        (
            {"sede": 7},
            r"olist\.sede: there is no such key; did you mean seed\? Allowed: max_rejects, origin, path, rows, seed, selected",
        ),
    ],
)
def test_invalid_settings_are_refused(change, message):
    with pytest.raises(SettingsError, match=message):
        parse(SourceSettings, "ingest.sources.olist", BLOCK | change)


def test_a_missing_key_is_named():
    with pytest.raises(SettingsError, match=r"olist\.selected: is missing"):
        parse(SourceSettings, "ingest.sources.olist", {key: value for key, value in BLOCK.items() if key != "selected"})


@pytest.mark.parametrize("origin", ["sample", "hub", "url"])
def test_a_path_without_origin_path_is_refused(origin):
    with pytest.raises(SettingsError, match=f"origin={origin} does not read it"):
        parse(SourceSettings, "ingest.sources.olist", BLOCK | {"origin": origin, "path": "data"})


def test_lost_rows_raise():
    table = pa.table({"a": [1, 2]})
    with pytest.raises(AccountingError, match="hold 3 rows of t, but 2 were read and 0 rejected"):
        RawBatch(table="t", rows=table, rows_in=3)


@sources
def test_no_temporary_file_is_left(source, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    load(source.name, SourceSettings(**BLOCK))
    assert list(Path(tmp_path).iterdir()) == []


# ------------------------------------------------------------------------------------------------- landing


def pieces_then(error=None):
    source = SOURCES["alpaca"]
    rows = pa.table({name: ["a", "b"] for name in ("id", "instruction", "input", "output")}).cast(source.schemas["instructions"])
    yield from (RawBatch(table="instructions", rows=rows, rows_in=2) for _ in range(3))
    if error:
        raise error


def test_batches_become_one_table(tmp_path):
    counts = land(SOURCES["alpaca"], pieces_then(), tmp_path)
    assert counts == {"rows_in": 6, "rows_out": 6, "rejected": 0, "rows_instructions": 6}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["instructions.parquet", "rejects.parquet"]


def test_a_reader_that_fails_late_keeps_the_old_tables(tmp_path):
    land(SOURCES["alpaca"], pieces_then(), tmp_path)
    before = digest(tmp_path)
    with pytest.raises(SourceError, match="truncated"):
        land(SOURCES["alpaca"], pieces_then(SourceError("truncated")), tmp_path)
    assert digest(tmp_path) == before
