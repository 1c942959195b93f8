"""Manifests: what the committed ones say, what is refused, and `pin`, which writes the hashes of origin=path."""

import gzip
import hashlib
import re
import zipfile
from pathlib import Path, PurePosixPath

import pytest
import yaml

from vitrine.errors import SourceError
from vitrine.sources import SOURCES
from vitrine.sources.formats import archive
from vitrine.sources.origins.pin import pin
from vitrine.tables import manifest
from vitrine.tables.manifest import Pin
from vitrine.tables.published.olist import TABLES

ROOT = Path(__file__).resolve().parents[2]
DIGEST = "0" * 64


@pytest.fixture
def write_manifest(tmp_path):
    """A manifest to spoil: its path, and a function that writes it with some keys changed."""
    path = tmp_path / "alpaca.yaml"
    values = yaml.safe_load((ROOT / "manifests" / "alpaca.yaml").read_text())

    def write(**changes):
        path.write_text(yaml.safe_dump({key: value for key, value in (values | changes).items() if value != "gone"}))
        return path

    return write


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_a_manifest_with_publisher_and_licence(source):
    result = manifest.read(ROOT / "manifests" / f"{source}.yaml", source)
    assert all((result.title, result.publisher, result.licence, result.citation))
    assert result.homepage.startswith("http")


def test_files_with_a_fixed_address_are_pinned():
    pins = {source: manifest.read(ROOT / "manifests" / f"{source}.yaml", source) for source in SOURCES}
    assert len(pins["olist"].path) == len(TABLES)  # Kaggle's zip
    assert {source for source, result in pins.items() if result.url} == {"alpaca", "taxonomy", "pave_br"}
    assert {source for source, result in pins.items() if result.hub} == {"ecinstruct", "products"}


@pytest.mark.parametrize("source", SOURCES)
def test_a_pinned_file_has_a_name_that_its_source_reads(source):
    result = manifest.read(ROOT / "manifests" / f"{source}.yaml", source)
    names = [*result.path, *result.url, *(PurePosixPath(name).name for name in (result.hub.files if result.hub else ()))]
    assert [name for name in names if not archive.matches(name, SOURCES[source].files)] == []


PUBLISHED = ROOT.parent / "shared" / "data"


@pytest.mark.parametrize(("source", "folder"), [("olist", "olist"), ("taxonomy", "taxonomy"), ("pave_br", "pave_br")])
def test_pins_are_the_hashes_of_the_published_files(source, folder):
    """Those at hand; one of Olist's tables is not byte for byte as published."""
    result = manifest.read(ROOT / "manifests" / f"{source}.yaml", source)
    pins = {name: pin.sha256 for name, pin in (result.path | result.url).items()}
    here = {
        name: hashlib.sha256(gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()).hexdigest()
        for file in (PUBLISHED / folder).glob("*")
        if (name := file.name.removesuffix(".gz").replace(".2021-09-21", "")) in pins
    }
    if not here:
        pytest.skip(f"the published files, ../shared/data/{folder}, are not here")
    other = {name for name, digest in here.items() if digest != pins[name]}
    assert other == ({"olist_order_reviews_dataset.csv"} if source == "olist" else set())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"licence": "gone"}, r"alpaca\.yaml\.licence: is missing"),
        ({"licens": "MIT"}, r"alpaca\.yaml\.licens: there is no such key"),
        ({"source": "olist"}, "is the manifest of olist, not of alpaca"),
        ({"path": {"a.json": {"sha256": "abc", "bytes": 1}}}, r"path\.a\.json\.sha256: String should match"),
        ({"path": {"a.json": {"sha256": DIGEST, "bytes": -1}}}, r"path\.a\.json\.bytes: "),
        ({"hub": {"repository": "a/b", "revision": "main", "files": {}}}, r"hub\.revision: String should match"),
        ({"url": {"a.json": {"url": "ftp://x", "sha256": DIGEST}}}, r"url\.a\.json\.url: String should match"),
        ({"url": {"a.json": {"url": "https://x"}}}, r"url\.a\.json\.sha256: is missing"),
        ({"url": {"../a.json": {"url": "https://x", "sha256": DIGEST}}}, r"url\.\.\./a\.json.*String should match"),
    ],
)
def test_invalid_manifests_are_refused(write_manifest, change, message):
    with pytest.raises(SourceError, match=message):
        manifest.read(write_manifest(**change), "alpaca")


@pytest.mark.parametrize(
    ("data", "message"), [(None, "cannot be read"), (b"a: [", "is not YAML"), (b"\xff", "is not YAML"), (b"3", "no keys")]
)
def test_a_broken_manifest_is_reported_in_one_sentence(tmp_path, data, message):
    path = tmp_path / "alpaca.yaml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(SourceError, match=message) as caught:
        manifest.read(path, "alpaca")
    assert "\n" not in str(caught.value)


def test_a_file_on_the_web_is_recognised_by_its_hash_alone(write_manifest):
    """Not by its address: the publisher's server also holds other revisions, and `..` leaves the publisher's folder."""
    published = manifest.read(ROOT / "manifests" / "alpaca.yaml", "alpaca").url["alpaca_data.json"]
    address, _, _ = published.url.rpartition("/")
    for web, expected in [
        ({"url": published.url, "sha256": published.sha256}, True),
        ({"url": "https://mirror.example/alpaca_data.json", "sha256": published.sha256}, True),
        ({"url": published.url, "sha256": DIGEST}, False),
        ({"url": f"{address}/../../../other/x/alpaca_data.json", "sha256": DIGEST}, False),
    ]:
        read = manifest.read(write_manifest(url={"alpaca_data.json": web}), "alpaca")
        assert read.recognised("url") == {"alpaca_data.json": expected}


def test_a_file_of_a_hub_is_recognised_by_its_repository_or_its_hash(write_manifest):
    known = manifest.read(ROOT / "manifests" / "alpaca.yaml", "alpaca").published.files["alpaca_data.json"]
    published = {"files": {"alpaca_data.json": known}, "hub": ["publisher/alpaca"]}
    for repository, sha256, expected in [
        ("publisher/alpaca", None, True),
        ("someone/alpaca", known, True),
        ("someone/alpaca", DIGEST, False),
        ("someone/alpaca", None, False),
    ]:
        hub = {"repository": repository, "revision": "0" * 40, "files": {"a.json": sha256}}
        read = manifest.read(write_manifest(hub=hub, published=published), "alpaca")
        assert read.recognised("hub") == {"a.json": expected}


# ------------------------------------------------------------------------------------------------- pin


@pytest.fixture
def olist(tmp_path):
    """A folder with some of Olist's files and one that is not read, and a manifest that pins nothing."""
    folder = tmp_path / "olist"
    folder.mkdir()
    for name, data in {"olist_orders_dataset.csv": b"a", "olist_sellers_dataset.csv.gz": b"bc", "README.md": b"d"}.items():
        (folder / name).write_bytes(data)
    lines = (ROOT / "manifests" / "olist.yaml").read_text().splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith(" "))
    for key in ("path", "published", "own"):
        text = re.sub(rf"(?m)^{key}: *(?=#|$)", f"{key}: {{}} ", text)
    (tmp_path / "olist.yaml").write_text(text)
    return folder


def test_pin_writes_only_the_hashes_of_files_that_are_read(olist, tmp_path):
    where = tmp_path / "olist.yaml"
    before = where.read_text()
    names = [name for name, _, _ in pin(SOURCES["olist"], olist, where)]
    assert names == ["olist_orders_dataset.csv", "olist_sellers_dataset.csv.gz"]
    result = manifest.read(where, "olist")
    assert result.path["olist_sellers_dataset.csv.gz"] == Pin(sha256=hashlib.sha256(b"bc").hexdigest(), bytes=2)
    kept = [line for line in before.splitlines() if not line.startswith("path:")]
    assert [line for line in where.read_text().splitlines() if not line.startswith(("path:", "  "))] == kept
    assert "# origin=path: the files read" in where.read_text()


def test_a_second_pin_returns_the_changes(olist, tmp_path):
    where = tmp_path / "olist.yaml"
    pin(SOURCES["olist"], olist, where)
    text = where.read_text()
    assert pin(SOURCES["olist"], olist, where) == []
    assert where.read_text() == text
    (olist / "olist_orders_dataset.csv").unlink()
    (olist / "olist_sellers_dataset.csv.gz").write_bytes(b"other")
    changes = pin(SOURCES["olist"], olist, where, write=False)
    assert [(name, old and old.bytes, new and new.bytes) for name, old, new in changes] == [
        ("olist_orders_dataset.csv", 1, None),
        ("olist_sellers_dataset.csv.gz", 2, 5),
    ]
    assert where.read_text() == text
    pin(SOURCES["olist"], olist, where)
    assert list(manifest.read(where, "olist").path) == ["olist_sellers_dataset.csv.gz"]


def test_a_zip_and_its_folder_have_the_same_pins(olist, tmp_path):
    where = tmp_path / "olist.yaml"
    pin(SOURCES["olist"], olist, where)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        for path in olist.iterdir():
            archive.write(path, f"inner/{path.name}")
    assert pin(SOURCES["olist"], tmp_path / "archive.zip", where) == []


def test_nothing_to_pin_is_reported_in_one_sentence(tmp_path, olist):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"holds none of .*olist_orders_dataset\.csv"):
        pin(SOURCES["olist"], tmp_path / "empty", tmp_path / "olist.yaml")
    with pytest.raises(SourceError, match="nowhere does not exist"):
        pin(SOURCES["olist"], tmp_path / "nowhere", tmp_path / "olist.yaml")
