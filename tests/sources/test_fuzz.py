"""Damaged files: any damaged file is read or refused in one sentence, and no row is lost or invented.

Each case damages one file of a small sample in the published format and compares the result with the rows of the intact
file, and with a row count by other means (Python's json and csv, or counting lines).
"""

import csv
import gzip
import io
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
import yaml

from tests.sources.conftest import Read, collected
from tests.sources.damage import damage
from vitrine import tables
from vitrine.cleaning import run
from vitrine.cleaning.by_source import CLEANERS, Options
from vitrine.errors import SourceError, VitrineError
from vitrine.sources import SOURCES, RawBatch, amazon_titles, products
from vitrine.sources.formats import csv_records, json_lines
from vitrine.sources.landing import land
from vitrine.sources.origins import files
from vitrine.tables.published.olist import TABLES

ROWS = 30
HEADERS = 2  # of the files of pave_br, which alone have names with a capital; other CSVs have one
SECONDS = 10  # limit of processor time per case
LAYOUTS = {"ecinstruct lines": "ecinstruct"} | {name: name for name in SOURCES}
OPTIONS = yaml.safe_load((Path(__file__).resolve().parents[2] / "conf" / "clean" / "default.yaml").read_text())["sources"]
MAY_CHANGE = {"id", "parent", "version"}  # these depend on other rows or lines of the file
layouts = pytest.mark.parametrize("layout", LAYOUTS)


@dataclass(frozen=True)
class Sample:
    source: str
    files: dict[str, bytes]  # unzipped
    rows: dict[str, list[dict[str, object]]]  # by table, of the intact files
    table: dict[str, str]  # file name -> table


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> dict[str, Sample]:
    return {layout: sample(layout, tmp_path_factory.mktemp("sample")) for layout in LAYOUTS}


def sample(layout: str, folder: Path) -> Sample:
    source = SOURCES[LAYOUTS[layout]]
    source.generate(folder, rows=ROWS, seed=7)
    contents = {path.name.removesuffix(".gz"): read_plain(path) for path in sorted(folder.iterdir())}
    if layout == "ecinstruct lines":
        (whole,) = map(json.loads, contents.values())
        contents = {"dataset.jsonl": b"".join(json.dumps(element).encode() + b"\n" for element in whole)}
    for path in folder.iterdir():
        path.unlink()
    write_files(contents, folder)
    rows = collected(source.read(folder), source.schemas)
    assert rows.rejects.num_rows == 0
    (only, *more) = source.schemas
    table = {name: name.removeprefix("olist_").removesuffix("_dataset.csv") if more else only for name in contents}
    return Sample(
        source.name, contents, comparable(rows), {**table, "product_category_name_translation.csv": "category_translation"}
    )


def read_plain(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def write_files(files: dict[str, bytes], folder: Path, *, zipped: bool = False) -> None:
    for name, data in files.items():
        (folder / f"{name}.gz" if zipped else folder / name).write_bytes(gzip.compress(data, 1) if zipped else data)


def comparable(read: Read) -> dict[str, list[dict[str, object]]]:
    return {
        name: [{column: repr(value) for column, value in row.items() if column not in MAY_CHANGE} for row in table.to_pylist()]
        for name, table in read.tables.items()
    }


# ------------------------------------------------------------------------------------------------- other readings


def count_rows(name: str, data: bytes) -> int | None:
    """Count the rows of a file independently of the reader; None if that is not possible."""
    text = data.removeprefix(b"\xef\xbb\xbf")
    if name.endswith(".csv"):
        return None if (found := records(data)) is None else found - (HEADERS - 1) * (name[0].isupper())
    if name.endswith(".txt"):
        return sum(bool(line.strip()) and not line.startswith(b"#") for line in text.splitlines())
    if name in ("alpaca_data.json", "dataset.json") or text.lstrip(b" \t\r\n").startswith(b"["):
        return elements(data)
    return sum(bool(line.strip()) for line in text.split(b"\n"))


def elements(data: bytes) -> int | None:
    """Elements of an array; -1 if it begins like an array and is none, because no count is right then."""
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_int=str)
    except RecursionError:
        return None
    except ValueError:
        return -1 if data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").startswith(b"[") else None
    return len(value) if isinstance(value, list) else None


def records(data: bytes) -> int | None:
    """Records without the header; None if it is no strict CSV, which Python reads differently."""
    if b"\r" in data.replace(b"\r\n", b""):
        return None
    try:
        return sum(bool(row) for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)) - 1
    except (csv.Error, UnicodeDecodeError):
        return None


# ------------------------------------------------------------------------------------------------------ properties


def lived_through(sample: Sample, folder: Path, seed: int, *, cleaned: bool = False) -> str:
    """Run one case. Return "read" or "refused"; an AssertionError names the case."""
    rng = random.Random(seed)
    name = rng.choice(sorted(sample.files))
    data, first, last = damage(sample.files[name], rng)
    once = rng.random() < 0.7
    if not once:
        data, _, _ = damage(data, rng)
    zipped = rng.random() < 0.3
    for path in folder.iterdir():
        path.unlink()
    write_files(sample.files | {name: data}, folder)
    if zipped:
        (folder / name).unlink()
        write_files({name: data}, folder, zipped=True)
    started = time.process_time()
    try:
        read = read_of(sample, folder, name)
    except VitrineError as error:
        one_sentence(error, name)
        outcome = "refused"
    else:
        outcome = "read"
        check_count(sample, name, data, read)
        check_rejects(read.rejects, name, data)
        if once:
            check_others(sample, name, first, last, read, data)
        if cleaned:
            check_cleaning(sample.source, folder)
    assert time.process_time() - started < SECONDS
    return outcome


def one_sentence(error: VitrineError, name: str) -> None:
    """The error is one line and names the file."""
    assert isinstance(error, SourceError) and name in str(error) and "\n" not in str(error), f"{error!r}"


def read_of(sample: Sample, folder: Path, name: str) -> Read:
    """Read the whole source; for Olist only the file `name`, for speed."""
    source = SOURCES[sample.source]
    if sample.source != "olist":
        return collected(source.read(folder), source.schemas)
    path, table = files.find(folder, name, "Olist"), sample.table[name]
    rows, rejects, rows_in = csv_records.read(path, files.read_all(path), TABLES[table])
    return collected([RawBatch(table=table, rows=rows, rejects=rejects, rows_in=rows_in)], {table: TABLES[table]})


def check_count(sample: Sample, name: str, data: bytes, read: Read) -> None:
    contents = {name: data} if sample.source == "olist" else sample.files | {name: data}
    counts = [count_rows(other, text) for other, text in contents.items()]
    assert None in counts or sum(counts) == read.rows_in, f"{counts}, but {read.rows_in} were read"


def check_rejects(rejects: pa.Table, name: str, data: bytes) -> None:
    """Each reject has its bytes at its line."""
    ends = [i for i, byte in enumerate(data) if byte == 10]
    for reject in rejects.to_pylist():
        assert reject["file"].removesuffix(".gz") == name
        if name.endswith(".txt"):  # a carriage return ends a line too
            text = data.removeprefix(b"\xef\xbb\xbf").splitlines()[reject["line"] - 1]
        else:
            begins, *_ = [0, *(end + 1 for end in ends)][reject["line"] - 1 :]
            text = data[begins:]
        at = text.find(reject["raw"])
        assert at >= 0 and b"\n" not in text[:at], reject


def check_others(sample: Sample, name: str, first: int, last: int, read: Read, data: bytes) -> None:
    """Records that the damage did not touch are unchanged."""
    whole, table = sample.files[name], sample.table[name]
    before, after = sample.rows[table], comparable(read)[table]
    same = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    touched = whole.count(b"\n", first, last) + 1
    if sample.source == "pave_br" and first < len(b"".join(whole.splitlines(keepends=True)[:HEADERS])):
        return  # every row has the attributes that the header names
    if '"' in {chr(byte) for byte in whole[first:last] + data[first : last + len(data) - len(whole)]} and name.endswith(".csv"):
        return  # a quote may span all that follows
    back = next(
        (i for i, (a, b) in enumerate(zip(before[::-1], after[::-1], strict=False)) if a != b), min(len(before), len(after))
    )
    lost = len(before) - same - back
    assert lost <= touched + 1, f"{lost} rows changed, {touched} were touched"


def check_cleaning(source: str, folder: Path) -> None:
    """Rows in = rows out + quarantined rows, counted in the files; a quarantined row is JSON."""
    rules = CLEANERS[source](getattr(Options.model_validate(OPTIONS), source))
    land(SOURCES[source], SOURCES[source].read(folder), folder / "raw")
    run.clean(rules, folder / "raw", folder / "clean", batch_rows=11)
    quarantine = pl.read_parquet(folder / "clean" / "quarantine.parquet")
    for name, of_table in rules.items():
        made = tables.load(folder / "clean" / f"{name}.parquet", of_table.output).num_rows
        aside = quarantine.filter(table=name)
        assert made + aside.height == tables.load(folder / "raw" / f"{name}.parquet", of_table.raw).num_rows
        assert all(json.loads(row).keys() == set(of_table.raw.names) for row in aside["row"])
    for made in ("raw", "clean"):
        for path in (folder / made).iterdir():
            path.unlink()
        (folder / made).rmdir()


def squeezed(sample: Sample, folder: Path, seed: int) -> str:
    """Damage the bytes of a gzip: it is refused, or its content is unchanged."""
    rng = random.Random(seed)
    name = rng.choice(sorted(sample.files))
    for path in folder.iterdir():
        path.unlink()
    write_files({other: text for other, text in sample.files.items() if other != name}, folder)
    (folder / f"{name}.gz").write_bytes(damage(gzip.compress(sample.files[name]), rng)[0])
    try:
        read = read_of(sample, folder, name)
    except VitrineError as error:
        one_sentence(error, name)
        return "refused"
    assert comparable(read)[sample.table[name]] == sample.rows[sample.table[name]]
    return "read"


def every_case(sample: Sample, folder: Path, seeds: range) -> None:
    for seed in seeds:
        try:
            lived_through(sample, folder, seed, cleaned=seed % 10 == 0)
            if seed % 4 == 0:
                squeezed(sample, folder, seed)
        except BaseException as error:  # a Polars panic is a BaseException
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error


@layouts
def test_a_damaged_file_is_read_or_refused_in_one_sentence(samples, tmp_path, layout):
    every_case(samples[layout], tmp_path, range(30))


@pytest.mark.slow
@layouts
def test_many_damaged_files_are_read_or_refused(samples, tmp_path, layout):
    every_case(samples[layout], tmp_path, range(1000, 2000))


@pytest.mark.parametrize(
    ("layout", "read", "wrong"),
    [
        ("amazon_titles", amazon_titles._parse, amazon_titles._explain),
        ("products", products._parse, products._explain),
    ],
)
def test_a_line_that_explain_rejects_is_also_rejected_by_parse(samples, layout, read, wrong):
    """Otherwise a good line near a bad one would be rejected."""
    (data,) = samples[layout].files.values()
    rng, explained = random.Random(7), 0
    for _ in range(300):
        line = damage(rng.choice(data.splitlines(keepends=True)), rng)[0].replace(b"\n", b" ") + b"\n"
        if json_lines._explain(line, wrong):
            explained += 1
            assert json_lines._parse(line, read)[2], line[:200]
    assert explained > 100
