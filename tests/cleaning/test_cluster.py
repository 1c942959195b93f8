"""Cleaning on a cluster gives the output of one machine: rows, order, quarantine, metrics.

Most tests run the whole driver on a fake of Ray's datasets. It keeps its blocks in lists and pickles functions and arguments,
as a cluster does. The slow tests run Ray itself with two processes.
"""

import pickle
import random
import signal
import sys
from collections import defaultdict
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from types import GeneratorType, SimpleNamespace

import polars as pl
import pyarrow as pa
import pytest
import yaml
from pydantic import ValidationError

from stages import clean as stage
from vitrine import tables
from vitrine.cleaning import run
from vitrine.cleaning.by_source import CLEANERS, Options
from vitrine.cleaning.near import minhash
from vitrine.cleaning.ray import cluster
from vitrine.cleaning.ray.session import Launch, partition_count, session
from vitrine.cleaning.rules import NearDuplicateRule, Rules
from vitrine.errors import AccountingError, SettingsError, TableError
from vitrine.settings import parse
from vitrine.sources import SOURCES
from vitrine.sources.landing import land

BLOCKS = yaml.safe_load((Path(__file__).resolve().parents[2] / "conf" / "clean" / "default.yaml").read_text())["sources"]
SCHEMA = pa.schema([("k", pa.string()), ("t", pa.string())])
TWO = Launch(name="ray", workers=2)


def rules(jaccard=None, tidy=None):
    """Rules of every kind for a table of two columns. A worker imports this function by its name."""
    table_rules = Rules(
        raw=SCHEMA,
        output=SCHEMA,
        id=["k"],
        tidy={None: strip, "lossy": lossy, "wrong": wrong}[tidy],
        aside=[("t is empty", pl.col("t") == ""), ("k is missing", pl.col("k").is_null())],
        unique=[("k stands in an earlier row", [pl.col("k")]), ("t stands in an earlier row", [pl.col("t")])],
        near=NearDuplicateRule(columns=["t"], jaccard=jaccard) if jaccard else None,
        counts={"blank": (pl.col("t") != pl.col("raw.t")).sum()},
    )
    return {"t": table_rules}


def strip(rows):
    return rows.with_columns(pl.col("t").str.strip_chars())


def lossy(rows):
    return rows.head(1)


def wrong(rows):
    return rows.with_columns(pl.col("no_such_column"))


def write(path, rows, schema, each):
    """Write a raw table in row groups of `each` rows, with empty row groups in between."""
    table = pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema)
    with tables.open_writer(path, schema) as write_rows:
        for start in range(0, table.num_rows, each):
            write_rows(table.slice(start, each))
            write_rows(schema.empty_table())


def clean_both_ways(make, folder):
    """Clean on one machine and on the cluster, compare, and return the metrics, the rows and the quarantine."""
    here = run.clean(make(), folder / "raw", folder / "here")
    there = cluster.clean(make, folder / "raw", folder / "there", TWO)
    assert here == there
    for name in make():
        assert pl.read_parquet(folder / "here" / f"{name}.parquet").equals(pl.read_parquet(folder / "there" / f"{name}.parquet"))
    aside, other = (pl.read_parquet(folder / way / "quarantine.parquet") for way in ("here", "there"))
    assert aside.sort(aside.columns).equals(other.sort(aside.columns))
    return there, pl.read_parquet(folder / "there" / f"{name}.parquet"), other


# -------------------------------------------------------------------------------------------------------- a fake of Ray


class Blocks:
    """The part of ray.data.Dataset that the driver uses."""

    def __init__(self, blocks):
        self.blocks = blocks

    def map_batches(self, function, *, batch_size, batch_format, fn_kwargs, compute=None):
        assert (batch_size, batch_format) == (None, "pyarrow")
        blocks = []
        for block in self.blocks:
            result = pickle.loads(pickle.dumps(function))(block, **pickle.loads(pickle.dumps(fn_kwargs)))
            blocks += result if isinstance(result, GeneratorType) else [result]
        return Blocks(blocks)

    def repartition(self, parts, *, keys):
        rows_of = defaultdict(list)
        for block in reversed(self.blocks):  # the order of blocks is not guaranteed
            for place, key in enumerate(zip(*(block[name].to_pylist() for name in keys), strict=True)):
                rows_of[hash(key) % parts].append(block.slice(place, 1))
        return Blocks([pa.concat_tables(rows) for rows in rows_of.values()])

    def join(self, other, how, parts, *, on):
        assert how == "inner" and parts > 0
        left, right = (pl.concat([pl.DataFrame(block) for block in dataset.blocks]) for dataset in (self, other))
        return Blocks([left.join(right, on=list(on), how="inner").to_arrow()])

    def rename_columns(self, names):
        return Blocks([block.rename_columns([names.get(name, name) for name in block.column_names]) for block in self.blocks])

    def materialize(self):
        return self

    def iter_batches(self, *, batch_size, batch_format):
        for block in self.blocks:
            yield block if batch_format == "pyarrow" else {name: block[name].to_numpy() for name in block.column_names}


@pytest.fixture
def fake_ray(monkeypatch):
    data = SimpleNamespace(
        from_items=lambda items, override_num_blocks: Blocks([pa.Table.from_pylist([item]) for item in items]),
        from_arrow=Blocks,
        TaskPoolStrategy=lambda size: size,
    )
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(data=data))
    monkeypatch.setattr(cluster, "session", lambda launch: nullcontext())


PLANTED = [("a", "x"), ("b", " "), ("b", "y"), ("b", "z"), ("c", "x "), ("c", "w"), ("d", "z"), (None, "v"), ("a", "y")]


def test_repeats_across_row_groups_are_set_aside_rule_by_rule(tmp_path, fake_ray):
    write(tmp_path / "raw" / "t.parquet", PLANTED, SCHEMA, each=1)
    counts, kept, aside = clean_both_ways(rules, tmp_path)
    assert kept.rows() == [("a", "x"), ("b", "y"), ("d", "z")]
    assert aside.select("id", "reason").rows() == [
        ("b", "t is empty"),
        ("b", "k stands in an earlier row"),
        ("c", "t stands in an earlier row"),
        ("c", "k stands in an earlier row"),
        ("", "k is missing"),
        ("a", "k stands in an earlier row"),
    ]
    assert counts["blank"] == 2 and counts["aside.t.t_stands_in_an_earlier_row"] == 1


@pytest.mark.parametrize("seed", range(4))
def test_row_groups_of_any_size_give_the_same_output(tmp_path, fake_ray, seed):
    rng = random.Random(seed)
    few = ["a", "b", " b", "", "ç", None, "d", "e", "f"]
    rows = [(rng.choice([str(rng.randint(0, 60)), *few]), rng.choice([str(rng.randint(0, 90)), *few])) for _ in range(120)]
    write(tmp_path / "raw" / "t.parquet", rows, SCHEMA, each=rng.randint(1, 50))
    clean_both_ways(rules, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [64, 3])
def test_near_duplicates_are_the_same_as_on_one_machine(tmp_path, fake_ray, monkeypatch, limit):
    """Few words, so that most rows are similar to another one. With a small limit most buckets are compared only in part."""
    monkeypatch.setattr(minhash, "BUCKET_LIMIT", limit)
    rng = random.Random(5)
    words = ["azul", "verde", "caneca", "prato", "copo", "grande"]
    rows = [(str(at), " ".join(rng.choices(words, k=6)) + rng.choice(["", "!"])) for at in range(500)]
    rows[7], rows[400] = ("7", "!!!"), ("400", "...")
    write(tmp_path / "raw" / "t.parquet", rows, SCHEMA, each=70)
    counts, _, aside = clean_both_ways(partial(rules, 0.6), tmp_path)
    assert counts["aside.t.nearly_repeats_an_earlier_row"] > 100
    assert not aside["id"].is_in(["7", "400"]).any()


def test_a_table_without_rows(tmp_path, fake_ray):
    write(tmp_path / "raw" / "t.parquet", [], SCHEMA, each=1)
    counts, kept, aside = clean_both_ways(partial(rules, 0.8), tmp_path)
    assert counts["rows_in"] == kept.height == aside.height == 0


def test_rows_that_the_cluster_loses_or_moves_are_an_error(tmp_path, fake_ray, monkeypatch):
    read_rows = cluster._Table._rows
    write(tmp_path / "raw" / "t.parquet", PLANTED, SCHEMA, each=2)
    for change, says in (
        (lambda blocks: blocks[1:], "row 2 follows row -1"),
        (lambda blocks: blocks[:-1], "9 rows came in, 3 went out"),
    ):
        monkeypatch.setattr(cluster._Table, "_rows", lambda self, rules, change=change: change(list(read_rows(self, rules))))
        with pytest.raises(AccountingError, match=says):
            cluster.clean(rules, tmp_path / "raw", tmp_path / "clean", TWO)
        assert not list((tmp_path / "clean").iterdir())


# -------------------------------------------------------------------------------------------------------------- options


def test_launch_chooses_the_driver(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(stage.run, "clean", lambda rules, raw, clean: calls.append(("here", sorted(rules), raw)) or {})
    monkeypatch.setattr(
        stage.cluster, "clean", lambda make, raw, clean, launch: calls.append((launch, sorted(make()), raw)) or {}
    )
    for launch in ({"name": "local"}, {"name": "ray", "workers": 2}):
        values = {"source": "alpaca", "raw": "raw", "clean": "clean", "sources": BLOCKS, "launch": launch}
        stage.main.body(parse(stage.Clean, "clean", values))
    assert calls == [(way, ["instructions"], Path("raw/alpaca")) for way in ("here", TWO)]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"name": "spark"}, "launch.name: Input should be 'local' or 'ray'"),
        ({"name": "ray"}, "launch=ray needs workers"),
        ({"name": "ray", "workers": 0}, "launch.workers: Input should be greater than or equal to 1"),
        ({"name": "local", "workers": 2}, "address and workers are for launch=ray"),
        (
            {"name": "ray", "workers": 1, "adress": "auto"},
            r"launch\.adress: there is no such key; did you mean address\? Allowed: address, name, workers",
        ),
    ],
)
def test_invalid_launches_are_refused(options, says):
    with pytest.raises(SettingsError, match=says):
        parse(Launch, "launch", options)
    with pytest.raises(ValidationError):
        Launch(**options)


def test_more_rows_or_workers_give_more_partitions():
    assert [partition_count(1000, 24, Launch(name="ray", workers=n)) for n in (1, 7)] == [1, 7]
    assert partition_count(571_540_000, 24, TWO) == 103


def test_without_ray_the_error_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingsError, match=r"pip install 'vitrine\[ray\]'"):
        cluster.clean(rules, tmp_path / "raw", tmp_path / "clean", TWO)
    assert not (tmp_path / "clean").exists()


@pytest.fixture
def ray_calls(monkeypatch):
    """The arguments of ray.init, and "down" for ray.shutdown."""
    ray = pytest.importorskip("ray")
    calls = []
    monkeypatch.setattr(ray, "init", lambda **arguments: calls.append(arguments))
    monkeypatch.setattr(ray, "shutdown", lambda: calls.append("down"))
    return calls


def test_a_local_cluster_starts_quietly_and_is_shut_down(ray_calls):
    before = signal.getsignal(signal.SIGTERM)
    with session(Launch(name="ray", workers=3)):
        assert len(ray_calls) == 1
    assert ray_calls[1:] == ["down"] and signal.getsignal(signal.SIGTERM) is before
    assert ray_calls[0]["address"] == "local" and ray_calls[0]["num_cpus"] == 3
    assert (ray_calls[0]["include_dashboard"], ray_calls[0]["log_to_driver"]) == (False, False)


def test_a_running_cluster_is_used_unchanged(ray_calls, monkeypatch):
    with session(Launch(name="ray", workers=3, address="10.0.0.1:6379")):
        pass
    assert ray_calls[0]["address"] == "10.0.0.1:6379" and "num_cpus" not in ray_calls[0]

    def no_cluster(**arguments):
        raise ConnectionError("Could not find a running Ray instance\nat all")

    monkeypatch.setattr("ray.init", no_cluster)
    with (
        pytest.raises(
            SettingsError, match=r"launch\.address: no Ray cluster answers at auto \(Could not find a running Ray instance\)"
        ),
        session(Launch(name="ray", workers=3, address="auto")),
    ):
        pass


# ---------------------------------------------------------------------------------------------------------- Ray itself


def test_the_telemetry_of_ray_is_off():
    usage = pytest.importorskip("ray._common.usage.usage_lib")
    assert not usage.usage_stats_enabled()


@pytest.fixture(scope="module")
def two_workers():
    """A cluster for all slow tests: `session` uses a running one."""
    ray = pytest.importorskip("ray")
    with session(TWO):
        assert ray.cluster_resources()["CPU"] == 2
        yield
    assert not ray.is_initialized()


SAMPLES = [
    ("amazon_titles", {}),
    ("amazon_titles", {"near_duplicates": {"jaccard": 0.7}}),
    ("alpaca", {"min_chars": 20}),
    ("olist", {"min_chars": 20}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("source", "more"), SAMPLES, ids=["amazon_titles", "amazon_titles-near", "alpaca", "olist"])
def test_a_sample_in_many_row_groups_gives_the_same_output(tmp_path, two_workers, capfd, source, more):
    SOURCES[source].generate(tmp_path / "files", rows=2000, seed=7)
    land(SOURCES[source], SOURCES[source].read(tmp_path / "files"), tmp_path / "whole")
    make = partial(CLEANERS[source], getattr(Options.model_validate(BLOCKS | {source: BLOCKS[source] | more}), source))
    for name, table_rules in make().items():
        with tables.open_writer(tmp_path / "raw" / f"{name}.parquet", table_rules.raw) as write_rows:
            for batch in tables.load(tmp_path / "whole" / f"{name}.parquet", table_rules.raw).to_batches(400):
                write_rows(pa.Table.from_batches([batch]))
    counts, _, _ = clean_both_ways(make, tmp_path)
    assert counts["rows_out"] > 100 and counts["quarantined"] > 0
    assert "".join(capfd.readouterr()) == ""


@pytest.mark.slow
def test_ray_finds_planted_repeats(tmp_path, two_workers):
    write(tmp_path / "raw" / "t.parquet", PLANTED, SCHEMA, each=2)
    assert clean_both_ways(rules, tmp_path)[1].rows() == [("a", "x"), ("b", "y"), ("d", "z")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tidy", "error", "says"),
    [("lossy", AccountingError, "3 rows came in and 1 are tidy"), ("wrong", pl.exceptions.ColumnNotFoundError, "no_such_column")],
)
def test_an_exception_on_a_worker_is_raised_by_the_driver(tmp_path, two_workers, tidy, error, says):
    write(tmp_path / "raw" / "t.parquet", PLANTED, SCHEMA, each=3)
    with pytest.raises(error, match=says) as raised:
        cluster.clean(partial(rules, None, tidy), tmp_path / "raw", tmp_path / "clean", TWO)
    assert type(raised.value) is error and "\n" not in str(raised.value).strip()[:60]
    assert not list((tmp_path / "clean").iterdir())


@pytest.mark.slow
def test_a_damaged_table_is_reported_in_one_sentence(tmp_path, two_workers):
    path = tmp_path / "raw" / "t.parquet"
    write(path, [(str(at), "x" * 50 + str(at * 7919)) for at in range(2000)], SCHEMA, each=2000)
    data = bytearray(path.read_bytes())
    data[100:2000] = bytes(1900)
    path.write_bytes(data)
    with pytest.raises(TableError, match=r"^\S+t\.parquet is damaged .* delete it and run `dvc repro`$"):
        cluster.clean(rules, tmp_path / "raw", tmp_path / "clean", TWO)
