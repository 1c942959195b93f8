"""account: counts, cards and the page from the outputs of ingest and clean; every setting has an effect."""

import json
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard

from stages import clean, ingest
from stages.account import Account, main
from tests.conftest import composed
from tests.reporting.ledger import drop_a_row, lay
from vitrine.errors import AccountingError, SettingsError, SourceError, TableError
from vitrine.reporting.cards.provenance import licences
from vitrine.settings import parse
from vitrine.tables.quarantine import QUARANTINE

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = {"origin": "sample", "path": None, "rows": 9, "seed": 7, "selected": True}


@pytest.fixture
def root(tmp_path):
    lay(tmp_path, "shop", counters={"redacted": 2})
    lay(tmp_path, "mart", kept=[], aside=[], refused=[])
    return tmp_path


def settings(root, **changes):
    values = {
        "sources": {"shop": dict(ORIGIN), "mart": ORIGIN | {"selected": False}},
        "languages": {"shop": ["pt"]},
        "owner": {},
        "manifests": root / "manifests",
        "raw": root / "raw",
        "clean": root / "clean",
        "metrics": root / "metrics",
        "accounting": root / "out" / "accounting.json",
        "cards": root / "out" / "cards",
        "page": root / "out" / "accounting.html",
        "examples": 3,
    }
    return parse(Account, "account", values | changes)


def outputs(root, **changes):
    main.body(settings(root, **changes))
    return {str(path.relative_to(root)): path.read_bytes() for path in (root / "out").rglob("*.*")}


def test_counts_rows_and_writes_page_json_and_cards(root):
    assert main.body(settings(root)) == {"sources": 1, "rows_in": 8, "rejected": 2, "quarantined": 3, "rows_out": 3}
    files = sorted(path.name for path in (root / "out").rglob("*.*"))
    assert files == ["accounting.html", "accounting.json", "mart.md", "shop.md"]
    accounting = json.loads((root / "out/accounting.json").read_text())
    assert accounting["sources"]["shop"]["rows_in"] == 8
    assert accounting["sources"]["mart"]["selected"] is False
    assert len(accounting["bins"]) == len(accounting["sources"]["shop"]["tables"]["words"]["lengths"]["text"]["clean"]["bins"])
    assert [(licence.source, licence.licence) for licence in licences(root / "out/accounting.json")] == [("shop", "Apache-2.0")]
    assert "not selected" in (root / "out/cards/mart.md").read_text()


def test_the_same_rows_give_the_same_bytes(root):
    assert outputs(root) == outputs(root)


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"examples": 0}, {"out/accounting.html"}),
        ({"languages": {}}, {"out/cards/shop.md"}),
        ({"owner": {"contact": "dados@shop.example"}}, {"out/cards/shop.md", "out/cards/mart.md"}),
        ({"sources": {"shop": ORIGIN}}, {"out/accounting.html", "out/accounting.json"}),
        ({"sources": {"shop": ORIGIN | {"seed": 8}}}, {"out/cards/shop.md", "out/accounting.html"}),
        ({"sources": {"shop": ORIGIN | {"rows": 8}}}, {"out/cards/shop.md", "out/accounting.html"}),
        (
            {"sources": {"shop": ORIGIN | {"origin": "hub"}}},
            {"out/cards/shop.md", "out/accounting.html", "out/accounting.json"},
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_every_setting_changes_an_output(root, changes, differs):
    before, after = outputs(root), outputs(root, **changes)
    assert differs <= {name for name in before if before[name] != after[name]}


def test_outputs_do_not_name_the_folder_of_the_source(root):
    """The same files in another folder give the same outputs."""
    here, there = ({"shop": ORIGIN | {"origin": "path", "path": path}} for path in ("/data/a", "/data/b"))
    assert outputs(root, sources=here) == outputs(root, sources=there)


def test_outputs_are_written_to_the_configured_paths(root):
    moved = {"accounting": root / "a.json", "cards": root / "b", "page": root / "c.html"}
    main.body(settings(root, **moved))
    assert (root / "a.json").is_file()
    assert (root / "b" / "shop.md").is_file()
    assert (root / "c.html").is_file()
    assert not (root / "out").exists()


@pytest.mark.parametrize("key", ["raw", "clean", "metrics"])
def test_inputs_are_read_from_the_configured_paths(root, key):
    with pytest.raises(TableError):
        main.body(settings(root, **{key: root / "nowhere"}))
    with pytest.raises(SourceError, match=r"nowhere/shop\.yaml cannot be read"):
        main.body(settings(root, manifests=root / "nowhere"))


@pytest.mark.parametrize(
    "lost", ["raw/shop/words.parquet", "raw/shop/rejects.parquet", "clean/shop/words.parquet", "clean/shop/quarantine.parquet"]
)
def test_a_lost_row_is_an_error_and_nothing_is_written(root, lost):
    drop_a_row(root / lost)
    with pytest.raises(AccountingError, match="shop"):
        main.body(settings(root))
    assert not (root / "out").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"examples": -1}, r"account\.examples: Input should be greater than or equal to 0"),
        ({"languages": {"shop": ["Portuguese"]}}, r"account\.languages\.shop\.0"),
        ({"languages": {"kiosk": ["pt"]}}, "languages names kiosk; should be one of shop, mart"),
        ({"sources": {"shop": ORIGIN | {"origin": "ftp"}}}, r"account\.sources\.shop\.origin"),
        ({"cards": None}, r"account\.cards"),
        ({"more": 1}, r"account\.more: there is no such key"),
    ],
)
def test_invalid_settings_are_errors(root, changes, message):
    with pytest.raises(SettingsError, match=message):
        settings(root, **changes)


def test_rows_of_every_source_add_up_after_ingest_and_clean(tmp_path):
    params = composed("scale=smoke")
    for section in (params["ingest"], params["clean"], params["account"]):
        folders = {
            "raw": "raw",
            "clean": "clean",
            "metrics": "metrics",
            "cards": "cards",
            "accounting": "a.json",
            "page": "a.html",
        }
        section |= {key: str(tmp_path / folder) for key, folder in folders.items() if key in section}
        section |= {"manifests": str(ROOT / "manifests")} if "manifests" in section else {}
    for source in params["ingest"]["sources"]:
        for name, body in (("ingest", ingest), ("clean", clean)):
            metrics = body.main.body(parse(body.main.kind, name, params[name] | {"source": source}))
            record = tmp_path / "metrics" / name / f"{source}.json"
            record.parent.mkdir(parents=True, exist_ok=True)
            record.write_text(json.dumps(metrics))
    totals = main.body(parse(Account, "account", params["account"]))
    assert totals["sources"] == len(params["ingest"]["sources"]) == len(list((tmp_path / "cards").glob("*.md")))
    assert totals["rows_in"] == totals["rejected"] + totals["quarantined"] + totals["rows_out"] > 0
    for path in (tmp_path / "cards").glob("*.md"):
        head = DatasetCard.load(path).data
        assert (head.license, head.pretty_name[:6]) == ("apache-2.0", "Sample")
        assert set(head.language) <= {"en", "pt"}


def test_only_configured_sources_are_read(root):
    """dvc.yaml declares whole folders, which may still hold files of a source that was removed."""
    before = outputs(root)
    lay(root, "gone", kept=[], aside=[], refused=[])
    assert outputs(root) == before


def test_half_a_million_rows_take_less_than_ten_seconds(root):
    """A Python loop over the rows would need minutes and gigabytes for the published files."""
    ledger = lay(root, "shop", kept=[], aside=[], refused=[])
    rows = 500_000
    ids = pa.array(range(rows)).cast(pa.string())
    text = pa.array(["some words of a text"] * rows)
    aside = [pa.array(["words"] * rows), ids, pa.array(["odd", "even"] * (rows // 2)), pa.array(['{"text": "t"}'] * rows)]
    pq.write_table(pa.table([ids, text], ["id", "text"]), ledger.raw("words.parquet"))
    pq.write_table(pa.table(aside, schema=QUARANTINE), ledger.clean("quarantine.parquet"))
    ledger.record("ingest", rows_in=rows, rows_out=rows, rows_words=rows)
    ledger.record("clean", rows_in=rows, quarantined=rows, quarantined_words=rows)
    started = time.process_time()
    assert main.body(settings(root))["quarantined"] == rows
    assert time.process_time() - started < 10
