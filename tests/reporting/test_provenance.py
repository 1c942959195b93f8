"""Own files in Olist's layout, from their pins to the cards: nothing claims that Olist published them."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from stages import account, clean, ingest
from tests.conftest import composed
from vitrine.reporting.cards.provenance import licences
from vitrine.settings import parse
from vitrine.sources import SOURCES
from vitrine.sources.origins import pin
from vitrine.tables import manifest

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT.parent / "shared" / "data" / "olist"
OLIST = SOURCES["olist"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A shop's own nine CSV files, in Olist's layout."""
    folder = tmp_path_factory.mktemp("own")
    OLIST.generate(folder, rows=300, seed=11)
    return folder


@pytest.fixture
def root(tmp_path):
    (tmp_path / "manifests").mkdir()
    shutil.copy(ROOT / "manifests" / "olist.yaml", tmp_path / "manifests")
    return tmp_path


def run(root, folder):
    """ingest, clean and account on the files in `folder`; the data card, the page and the accounting."""
    params = composed("ingest.sources.olist.origin=path", f"ingest.sources.olist.path={folder}")
    places = {"raw": "raw", "clean": "clean", "metrics": "metrics", "cards": "cards", "accounting": "a.json", "page": "a.html"}
    places |= {"manifests": "manifests"}
    for section in (params["ingest"], params["clean"], params["account"]):
        section |= {key: str(root / place) for key, place in places.items() if key in section}
    for name, stage in (("ingest", ingest), ("clean", clean)):
        record = root / "metrics" / name / "olist.json"
        record.parent.mkdir(parents=True)
        record.write_text(json.dumps(stage.main.body(parse(stage.main.kind, name, params[name] | {"source": "olist"}))))
    only = {"sources": {"olist": params["account"]["sources"]["olist"]}, "languages": {"olist": ["pt"]}}
    account.main.body(parse(account.Account, "account", params["account"] | only))
    return (root / "cards" / "olist.md").read_text(), (root / "a.html").read_text(), root / "a.json"


def test_own_files_are_never_called_the_publishers(root, files):
    path = root / "manifests" / "olist.yaml"
    pin.pin(OLIST, files, path)
    card, page, accounting = run(root, files)
    assert "pretty_name: Own files in the layout of Brazilian E-Commerce Public Dataset by Olist" in card
    assert "license: unknown" in card
    assert "| Licence of the rows of this run | yours to state." in card
    assert "| Publisher | Olist |" not in card and "the publisher's files, from" not in card
    (licence,) = licences(accounting)
    assert (licence.provenance, licence.licence, licence.commercial, licence.homepage) == ("own", "yours to state", None, "")
    assert json.loads(accounting.read_text())["sources"]["olist"]["publisher"] == "the owner of the files"
    assert "own files in the layout of Brazilian E-Commerce Public Dataset by Olist, from a folder" in page
    assert "CC BY-NC-SA" not in page


def test_own_files_carry_what_their_owner_states(root, files):
    path = root / "manifests" / "olist.yaml"
    before = path.read_text()
    pin.pin(OLIST, files, path)
    pin.state("olist", path, title="Orders of our shop", licence="internal use only", commercial=True)
    kept = [line for line in before.splitlines() if line.startswith(("#", "title", "licence", "published", "hub", "own"))]
    assert [line for line in path.read_text().splitlines() if line in kept][:2] == kept[:2]
    assert yaml.safe_load(path.read_text())["licence"] == "CC BY-NC-SA 4.0"
    card, page, accounting = run(root, files)
    assert "# Orders of our shop\n" in card
    assert "| Licence of the rows of this run | internal use only. Commercial use is allowed. |" in card
    (licence,) = licences(accounting)
    assert (licence.title, licence.licence, licence.commercial) == ("Orders of our shop", "internal use only", True)
    assert "Orders of our shop" in page and "internal use only" in page


@pytest.mark.skipif(not PUBLISHED.exists(), reason=f"{PUBLISHED} is not at hand")
def test_published_files_are_recognised_although_they_are_zipped(root):
    path = root / "manifests" / "olist.yaml"
    pin.pin(OLIST, PUBLISHED, path)
    recognised = manifest.read(path, "olist").recognised("path")
    assert len(recognised) == 8
    assert [name for name, theirs in recognised.items() if not theirs] == [
        "olist_order_reviews_dataset.csv.gz"
    ]  # not byte for byte


@pytest.mark.parametrize("source", SOURCES)
def test_what_a_manifest_pins_as_shipped_is_the_publishers(source):
    read = manifest.read(ROOT / "manifests" / f"{source}.yaml", source)
    for origin in ("path", "hub", "url"):
        assert all(read.recognised(origin).values())
    assert (read.own.title, read.own.licence, read.own.commercial) == (None, None, None)
