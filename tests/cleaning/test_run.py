"""Cleaning batch by batch gives the rows, quarantine and counts of one pass, in memory that does not grow."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine import tables
from vitrine.cleaning import run
from vitrine.cleaning.by_source import amazon_titles
from vitrine.cleaning.near import minhash
from vitrine.cleaning.rules import NearDuplicateRule, Rules
from vitrine.errors import AccountingError, TableError
from vitrine.sources import SOURCES
from vitrine.sources.landing import land
from vitrine.sources.source import SourceSettings
from vitrine.tables import manifest
from vitrine.tables.published.listings import LISTINGS, RAW_LISTINGS
from vitrine.tables.quarantine import QUARANTINE

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = pa.schema([("k", pa.string()), ("t", pa.string())])
RULES = Rules(
    raw=SCHEMA,
    output=SCHEMA,
    id=["k"],
    tidy=lambda rows: rows.with_columns(pl.col("t").str.strip_chars()),
    aside=[("t is empty", pl.col("t") == ""), ("k is missing", pl.col("k").is_null())],
    unique=[("k stands in an earlier row", [pl.col("k")]), ("t stands in an earlier row", [pl.col("t")])],
    counts={"blank": (pl.col("t") != pl.col("raw.t")).sum()},
)


def cleaned(folder, rows, rules=RULES, batch_rows=run.BATCH):
    """The metrics, the rows and the quarantine (id, reason)."""
    tables.write(folder / "raw" / "t.parquet", [dict(zip(rules.raw.names, row, strict=True)) for row in rows], rules.raw)
    counts = run.clean({"t": rules}, folder / "raw", folder / "clean", batch_rows=batch_rows)
    kept = pl.read_parquet(folder / "clean" / "t.parquet").rows()
    return counts, kept, pl.DataFrame(tables.load(folder / "clean" / "quarantine.parquet", QUARANTINE))


def listings_rules():
    blocks = yaml.safe_load((ROOT / "conf" / "clean" / "default.yaml").read_text())["sources"]
    return amazon_titles.rules(amazon_titles.Options.model_validate(blocks["amazon_titles"]))


def test_rows_set_aside_are_no_earlier_rows_for_repeats(tmp_path):
    rows = [("a", "x"), ("b", " "), ("b", "y"), ("b", "z"), ("c", "x "), ("c", "w"), ("d", "z"), (None, "v")]
    counts, kept, aside = cleaned(tmp_path, rows)
    assert kept == [("a", "x"), ("b", "y"), ("d", "z")]
    assert aside.select("table", "id", "reason").rows() == [
        ("t", "b", "t is empty"),
        ("t", "b", "k stands in an earlier row"),
        ("t", "c", "t stands in an earlier row"),
        ("t", "c", "k stands in an earlier row"),
        ("t", "", "k is missing"),
    ]
    assert [json.loads(row)["t"] for row in aside["row"]] == [" ", "z", "x ", "w", "v"]
    assert counts == {
        "rows_in": 8,
        "rows_out": 3,
        "quarantined": 5,
        "rows_t": 3,
        "quarantined_t": 5,
        "blank": 2,
        "aside.t.k_is_missing": 1,
        "aside.t.k_stands_in_an_earlier_row": 2,
        "aside.t.t_is_empty": 1,
        "aside.t.t_stands_in_an_earlier_row": 1,
    }


few = st.sampled_from(["a", "b", " b", "", "ç", None])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(few, few), max_size=14), st.integers(1, 15))
def test_batches_of_any_size_give_the_same_output(tmp_path_factory, rows, batch_rows):
    folder = tmp_path_factory.mktemp("any")
    at_once, in_batches = cleaned(folder / "1", rows), cleaned(folder / "2", rows, batch_rows=batch_rows)
    assert at_once[:2] == in_batches[:2]
    assert at_once[2].equals(in_batches[2])
    assert at_once[0]["rows_in"] == len(rows)


def test_near_duplicates_are_dropped_whatever_batch_the_first_is_in(tmp_path):
    text = "It keeps drinks cold on the trail and fits most of the cup holders that we know of, in cars and on desks"
    rules = Rules(raw=SCHEMA, output=SCHEMA, id=["k"], near=NearDuplicateRule(columns=["t"], jaccard=0.7), unique=RULES.unique)
    rows = [
        (str(i), " ".join("".join(word) for word in np.random.default_rng(i).choice(list("abcdefgh"), (9, 6)))) for i in range(40)
    ]
    rows[3], rows[30], rows[35], rows[36] = ("3", text), ("30", text + " too"), ("30", "same key"), ("36", "!!!")
    at_once, in_batches = cleaned(tmp_path / "1", rows, rules), cleaned(tmp_path / "2", rows, rules, batch_rows=7)
    assert at_once[:2] == in_batches[:2]
    assert at_once[2].equals(in_batches[2])
    assert at_once[2].select("id", "reason").rows() == [("30", "k stands in an earlier row"), ("30", rules.near.reason)]
    assert json.loads(at_once[2]["row"][1])["t"] == text + " too"
    assert cleaned(tmp_path / "3", [], rules)[1] == []


def test_a_lost_row_is_an_error(tmp_path, monkeypatch):
    prepare = run.prepare

    def losing(batch, rules, first_row):
        prepared = prepare(batch, rules, first_row)
        return run.Prepared(rows=prepared.rows.head(1), aside=prepared.aside, counts=prepared.counts)

    monkeypatch.setattr(run, "prepare", losing)
    with pytest.raises(AccountingError, match="t: 3 rows came in, 1 went out and 1 were set aside"):
        cleaned(tmp_path, [("a", "x"), ("b", "y"), ("c", "")])
    assert not list((tmp_path / "clean").iterdir())


@pytest.mark.parametrize(("rows_in", "rows_out"), [(9, 5), (9, 7)], ids=["lost", "invented"])
def test_rows_out_plus_rows_set_aside_must_equal_rows_in(rows_in, rows_out):
    assert run.account_for_rows("listings", 9, 6, Counter(empty=3))["quarantined"] == 3
    with pytest.raises(AccountingError, match=f"listings: {rows_in} rows came in, {rows_out} went out and 3 were set aside"):
        run.account_for_rows("listings", rows_in, rows_out, Counter(empty=3))


def test_a_near_duplicate_that_is_not_accounted_for_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(minhash, "find_near_duplicates", lambda bands, fetch, *, jaccard: np.arange(len(bands)) == 0)
    monkeypatch.setattr(run._Table, "set_aside_rows", lambda self, rows, reason: None)
    rules = Rules(raw=SCHEMA, output=SCHEMA, id=["k"], near=NearDuplicateRule(columns=["t"], jaccard=0.7))
    with pytest.raises(AccountingError, match="2 rows came in, 1 went out and 0 were set aside"):
        cleaned(tmp_path, [("a", "x"), ("b", "y")], rules)


def test_only_a_few_batches_are_in_memory_at_once(tmp_path, monkeypatch):
    """Reading waits for slow batches that are being prepared."""
    prepare, read, lock = run.prepare, [0], threading.Lock()
    most = []

    def slow(batch, rules, first_row):
        time.sleep(0.005)
        with lock:
            most.append(read[0] - first_row)
        return prepare(batch, rules, first_row)

    def counted(self):
        for first_row, batch in batches(self):
            read[0] = first_row
            yield first_row, batch

    batches = run._Table._batches
    monkeypatch.setattr(run, "prepare", slow)
    monkeypatch.setattr(run._Table, "_batches", counted)
    monkeypatch.setattr(run.os, "sched_getaffinity", lambda _: {0, 1})
    cleaned(tmp_path, [(str(i), str(i)) for i in range(60)], batch_rows=1)
    assert max(most) <= 3


def test_a_damaged_table_is_reported_in_one_sentence(tmp_path):
    path = tmp_path / "raw" / "t.parquet"
    tables.write(path, [{"k": str(i), "t": "x" * 50 + str(i * 7919)} for i in range(2000)], SCHEMA)
    data = bytearray(path.read_bytes())
    data[100:2000] = bytes(1900)
    path.write_bytes(data)
    with pytest.raises(TableError, match=r"t\.parquet is damaged .* delete it and run `dvc repro`"):
        run.clean({"t": RULES}, tmp_path / "raw", tmp_path / "clean")


LETTERS = "Ação, coração e órgãos: às 3½ horas, R$ 1.234,56 — “ótimo” nº 1! 😍❤️ ¿Ñandú? 你好 ²"


def test_letters_numerals_punctuation_and_emoji_stay(tmp_path):
    row = {"uid": "1", "title": f"<b>{LETTERS}</b>", "content": f"{LETTERS}  {LETTERS}\n", "target_ind": [1], "target_rel": [0.5]}
    tables.write(tmp_path / "raw" / "listings.parquet", [row], RAW_LISTINGS)
    run.clean(listings_rules(), tmp_path / "raw", tmp_path / "clean")
    assert tables.read(tmp_path / "clean" / "listings.parquet", LISTINGS) == [
        {"uid": "1", "title": LETTERS, "content": f"{LETTERS} {LETTERS}"}
    ]


def a_sample(folder, rows):
    """A raw table of AmazonTitles: its folder, and the folder for the clean table."""
    source = SOURCES["amazon_titles"]
    block = SourceSettings(origin="sample", path=None, rows=rows, seed=7, max_rejects=0.1, selected=True)
    with source.batches(block, manifest.read(ROOT / "manifests" / "amazon_titles.yaml", source.name)) as batches:
        land(source, batches, folder / "raw")
    return folder / "raw", folder / "clean"


@pytest.mark.slow
def test_other_tools_read_the_same_rows(tmp_path):
    import pandas as pd
    from datasets import load_dataset

    raw, clean = a_sample(tmp_path, 2000)
    run.clean(listings_rules(), raw, clean, batch_rows=300)
    path = clean / "listings.parquet"
    ours = tables.read(path, LISTINGS)
    assert len(ours) > 500
    with duckdb.connect() as db:
        assert pl.DataFrame(db.sql(f"SELECT * FROM '{path}'").to_arrow_table()).to_dicts() == ours
    assert pd.read_parquet(path).to_dict("records") == ours
    assert list(load_dataset("parquet", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))) == ours
    codec = pq.ParquetFile(path).metadata.row_group(0).column(0).compression
    assert codec == "ZSTD"


PEAK = """
import resource, sys
from pathlib import Path
import yaml
from vitrine.cleaning import run
from vitrine.cleaning.by_source import amazon_titles
blocks = yaml.safe_load(open("conf/clean/default.yaml"))["sources"]
rules = amazon_titles.rules(amazon_titles.Options.model_validate(blocks["amazon_titles"]))
run.clean(rules, Path(sys.argv[1]), Path(sys.argv[2]), batch_rows=2000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(tmp_path):
    def peak(rows):
        raw, clean = a_sample(tmp_path / str(rows), rows)
        done = subprocess.run([sys.executable, "-c", PEAK, raw, clean], cwd=ROOT, capture_output=True, text=True, check=True)
        return int(done.stdout.split()[-1])

    assert peak(200_000) - peak(20_000) < 100
