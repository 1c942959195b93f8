"""ingest: a source becomes raw tables, rejects and counts."""

import gzip
import shutil
from pathlib import Path

import pytest
import yaml

from stages import ingest
from vitrine import tables
from vitrine.errors import SettingsError, SourceError
from vitrine.settings import parse
from vitrine.sources import SOURCES
from vitrine.sources.origins.pin import pin
from vitrine.sources.samples import amazon_titles as sample
from vitrine.sources.samples import olist
from vitrine.tables.rejects import REJECTS

ROOT = Path(__file__).resolve().parents[2]


def section(raw, source, manifests=ROOT / "manifests", **changes):
    """The section as conf/ composes it, with small samples."""
    values = yaml.safe_load((ROOT / "conf" / "ingest" / "default.yaml").read_text())
    values |= {"raw": str(raw), "source": source, "manifests": str(manifests)}
    for name in SOURCES:
        block = yaml.safe_load((ROOT / "conf" / "source" / f"{name}.yaml").read_text())
        values["sources"][name] = block | {"seed": 7, "rows": 60} | (changes if name == source else {})
    return values


def run(raw, source, manifests=ROOT / "manifests", **changes):
    return ingest.main.body(parse(ingest.Ingest, "ingest", section(raw, source, manifests, **changes)))


def pinned(folder, source):
    """A folder of manifests in which one source pins the files of `folder`."""
    shutil.copytree(ROOT / "manifests", folder.parent / "manifests")
    pin(SOURCES[source], folder, folder.parent / "manifests" / f"{source}.yaml")
    return folder.parent / "manifests"


@pytest.mark.parametrize("name", SOURCES)
def test_every_table_is_written_with_its_schema(tmp_path, name):
    metrics = run(tmp_path, name)
    for table, schema in SOURCES[name].schemas.items():
        assert tables.load(tmp_path / name / f"{table}.parquet", schema).num_rows == metrics[f"rows_{table}"]
    assert tables.load(tmp_path / name / "rejects.parquet", REJECTS).num_rows == metrics["rejected"] == 0
    assert metrics["rows_in"] == metrics["rows_out"] >= 60


@pytest.mark.parametrize("name", SOURCES)
def test_a_sample_contains_rejects(tmp_path, name):
    metrics = run(tmp_path, name, rows=800)  # a hundred in each file of pave_br
    assert metrics["rejected"] > 0
    assert metrics["rows_in"] == metrics["rows_out"] + metrics["rejected"]


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_that_is_not_selected_leaves_empty_tables(tmp_path, name):
    run(tmp_path, name)
    assert run(tmp_path, name, selected=False)["rows_in"] == 0
    for table, schema in SOURCES[name].schemas.items():
        assert tables.load(tmp_path / name / f"{table}.parquet", schema).num_rows == 0


def test_rejects_are_written_with_their_bytes(tmp_path):
    sample.generate(tmp_path / "files", rows=30, seed=7)
    shutil.move(tmp_path / "files" / "trn.json.gz", tmp_path / "files" / "tst.json.gz")
    (tmp_path / "files" / "trn.json").write_bytes(b"\xfe broken\n")
    manifests = pinned(tmp_path / "files", "amazon_titles")
    metrics = run(tmp_path / "raw", "amazon_titles", manifests, origin="path", path=str(tmp_path / "files"))
    assert (metrics["rows_in"], metrics["rows_out"], metrics["rejected"]) == (31, 30, 1)
    (reject,) = tables.read(tmp_path / "raw" / "amazon_titles" / "rejects.parquet", REJECTS)
    assert (reject["file"], reject["line"], reject["raw"]) == ("trn.json", 1, b"\xfe broken")


def broken(folder, lines, good=3):
    """A source with `good` readable lines and `lines` unreadable ones."""
    sample.generate(folder / "files", rows=good, seed=7)
    readable = gzip.decompress((folder / "files" / "trn.json.gz").read_bytes()).splitlines(keepends=True)
    (folder / "files" / "trn.json.gz").unlink()
    (folder / "files" / "trn.json").write_bytes(b"".join(readable[:good]) + b"\xfe broken\n" * lines)
    return pinned(folder / "files", "amazon_titles"), {"origin": "path", "path": str(folder / "files")}


@pytest.mark.parametrize(
    ("good", "lines", "limit", "message"),
    [
        (3, 3, 0.5, None),
        (
            3,
            4,
            0.5,
            r"4 of 7 rows of amazon_titles's table listings .* \(57%\), most often .*UTF-8.*max_rejects, which is 0\.5",
        ),
        (3, 1, 0.0, r"1 of 4 rows .* \(25%\)"),
        (3, 40, 1.0, None),
        (0, 4, 0.5, r"4 of 4 rows .* \(100%\)"),
        (0, 4, 1.0, r"no row of amazon_titles is left to read"),
    ],
)
def test_too_many_rejects_stop_the_stage_before_anything_is_written(tmp_path, good, lines, limit, message):
    manifests, origin = broken(tmp_path, lines, good)
    if message is None:
        assert run(tmp_path / "raw", "amazon_titles", manifests, max_rejects=limit, **origin)["rejected"] == lines
        return
    with pytest.raises(SourceError, match=message):
        run(tmp_path / "raw", "amazon_titles", manifests, max_rejects=limit, **origin)
    assert not list((tmp_path / "raw").rglob("*.parquet"))


def test_a_broken_table_is_an_error_although_others_are_readable(tmp_path):
    """Reviews are a tenth of Olist's rows: if none is readable, nine in ten rows still are."""
    olist.generate(tmp_path / "files", rows=40, seed=7)
    (reviews,) = (tmp_path / "files").glob("*reviews*")
    head, *rest = reviews.read_bytes().splitlines(keepends=True)
    reviews.write_bytes(head + b'"a","b"\n' * len(rest))
    manifests = pinned(tmp_path / "files", "olist")
    with pytest.raises(SourceError, match=r"rows of olist's table order_reviews cannot be read \(100%\)"):
        run(tmp_path / "raw", "olist", manifests, origin="path", path=str(tmp_path / "files"))


def test_a_broken_source_writes_nothing(tmp_path):
    with pytest.raises(SourceError, match="nowhere does not exist"):
        run(tmp_path / "raw", "olist", origin="path", path=str(tmp_path / "nowhere"))
    assert not (tmp_path / "raw").exists()


def test_files_that_differ_from_the_manifest_are_not_read(tmp_path):
    sample.generate(tmp_path / "files", rows=30, seed=7)
    manifests = pinned(tmp_path / "files", "amazon_titles")
    sample.generate(tmp_path / "files", rows=30, seed=8)
    with pytest.raises(SourceError, match=r"trn\.json\.gz has .*manifests/amazon_titles\.yaml pins .*vitrine pin amazon_titles"):
        run(tmp_path / "raw", "amazon_titles", manifests, origin="path", path=str(tmp_path / "files"))
    assert not (tmp_path / "raw").exists()


def test_a_manifest_of_another_source_is_an_error(tmp_path):
    shutil.copytree(ROOT / "manifests", tmp_path / "manifests")
    shutil.copy(tmp_path / "manifests" / "olist.yaml", tmp_path / "manifests" / "alpaca.yaml")
    with pytest.raises(SourceError, match="is the manifest of olist, not of alpaca"):
        run(tmp_path / "raw", "alpaca", tmp_path / "manifests")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": None}, r"ingest\.source: .*should be one of olist, amazon_titles, alpaca.* \(got None\)"),
        ({"source": "olits"}, r"ingest\.source: .*should be one of .* \(got 'olits'\)"),
        ({"sources": {}}, "sources has no block for olist"),
        ({"sources": 3}, r"ingest\.sources: Input should be a valid dictionary"),
        ({"sources": {"olist": {"max_rejects": 1.5}}}, r"ingest\.sources\.olist\.max_rejects: .*less than or equal to 1"),
        ({"limit": 3}, r"ingest\.limit: there is no such key"),
    ],
)
def test_invalid_settings_are_errors(tmp_path, change, message):
    with pytest.raises(SettingsError, match=message):
        parse(ingest.Ingest, "ingest", section(tmp_path, "olist") | change)
