"""For every source: files that are not what the publisher ships, and files that could keep a reader busy forever."""

import gzip
import time
from pathlib import Path

import pytest

from tests.sources.conftest import read_folder
from tests.sources.test_fuzz import one_sentence
from vitrine.errors import SourceError
from vitrine.sources import SOURCES, alpaca, ecinstruct
from vitrine.sources.formats import csv_records, json_array
from vitrine.tables.published.olist import TABLES

pytestmark = pytest.mark.slow  # not part of the quick tests

SECONDS = 20  # limit; naive readers took minutes or hours, ours a few seconds even on a busy machine


def published(source, folder):
    """Path and bytes of the first file of a sample, unzipped."""
    SOURCES[source].generate(folder, rows=30, seed=7)
    path = min(folder.iterdir())
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    path.unlink()
    return folder / path.name.removesuffix(".gz"), data


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "is empty", id="an empty file"),
        pytest.param(b"\0" * 5000, "", id="only NUL bytes"),
        pytest.param("utf-16", "", id="UTF-16"),
        pytest.param(b"PK\x03\x04" + bytes(range(256)) * 20, "", id="a zip with another suffix"),
        pytest.param(gzip.compress(b"1 - A\n" * 99), "", id="a gzip without .gz"),
        pytest.param(b"<!DOCTYPE html>\n<html><body>404</body></html>\n", "", id="an HTML error page"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "", id="a Git LFS pointer"),
    ],
)
@pytest.mark.parametrize("source", SOURCES)
def test_a_wrong_file_is_refused_or_all_its_lines_are_rejected(tmp_path, source, content, expected):
    path, data = published(source, tmp_path)
    path.write_bytes(data.decode().encode(content) if isinstance(content, str) else content)
    try:
        read = read_folder(source, tmp_path)
    except SourceError as error:
        one_sentence(error, path.name)
        message = str(error)
    else:
        message = ""
        assert read.rejects.num_rows > 0
        assert read.rows_in - read.rejects.num_rows == (15 if source == "taxonomy" else 0), "only its other language is read"
    assert expected in message


@pytest.mark.parametrize("source", SOURCES)
def test_a_folder_or_truncated_gzip_instead_of_a_file_is_reported_in_one_sentence(tmp_path, source):
    path, data = published(source, tmp_path)
    zipped = Path(f"{path}.gz")
    zipped.write_bytes(gzip.compress(data)[:-9])
    with pytest.raises(SourceError, match=r"\.gz is truncated or damaged"):
        read_folder(source, tmp_path)
    zipped.unlink()
    path.mkdir()
    with pytest.raises(SourceError, match="is a folder; expected the file"):
        read_folder(source, tmp_path)


@pytest.mark.parametrize("source", ["olist", "amazon_titles", "products", "taxonomy"])
def test_latin_1_letters_reject_only_their_own_row(tmp_path, source):
    path, data = published(source, tmp_path)
    whole = read_folder(source, lay(path, data)).rows_in
    lines = data.splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:-3], lines[-3].replace(b"e", b"\xe9"), *lines[-2:]]))
    read = read_folder(source, tmp_path)
    assert (read.rows_in, read.rejects.num_rows) == (whole, 1)


def lay(path, data):
    path.write_bytes(data)
    return path.parent


def test_a_gzip_with_a_changed_byte_is_reported_in_one_sentence(tmp_path):
    path, data = published("amazon_titles", tmp_path)
    packed = bytearray(gzip.compress(data))
    for at in range(40, len(packed), len(packed) // 20):
        path.with_name("trn.json.gz").write_bytes(packed[:at] + bytes([packed[at] ^ 255]) + packed[at + 1 :])
        with pytest.raises(SourceError, match=r"trn\.json\.gz is (truncated or damaged|not gzip)"):
            read_folder("amazon_titles", tmp_path)


# ----------------------------------------------------------------------------------------------------------------- CSV

HEADER = b'"seller_id","seller_zip_code_prefix","seller_city","seller_state"\n'
GOOD = b'"1a",01001,"sao paulo",SP\n'


def sellers(data, header=HEADER):
    return csv_records.read(Path("sellers.csv"), header + data, TABLES["sellers"])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b"a\rb,1,c,SP", "holds a carriage return in the middle of a line", id="in a field"),
        pytest.param(b'"a"\r,1,c,SP', "holds a carriage return in the middle of a line", id="after a quote"),
        pytest.param(b"a,1,c,SP\r", "holds a carriage return in the middle of a line", id="two at the end"),
        pytest.param(b'a,1,""c,SP', "opens a quote that is never closed", id="a letter after two quotes"),
    ],
)
def test_a_record_that_csv_readers_parse_differently_is_rejected_alone(line, reason):
    table, rejects, rows_in = sellers(GOOD + line + b"\r\n" + GOOD)
    assert (table.num_rows, rows_in) == (2, 3)
    assert [(row["line"], row["reason"], row["raw"]) for row in rejects.to_pylist()] == [(3, reason, line)]


def test_quotes_are_letters_in_an_unquoted_field():
    table, rejects, _ = sellers(b'1,2,tv 42"" nova,SP\n2,2,"""",""\n3,2,"",SP\n')
    assert (table["seller_city"].to_pylist(), rejects.num_rows) == (['tv 42"" nova', '"', ""], 0)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (HEADER[:-1] + b',"seller_city"\n', "has the column seller_city more than once"),
        (b"\n", "lacks the column seller_id, "),
        (b"x" * 200_000 + b"," + HEADER, "lacks the column seller_id, "),
    ],
)
def test_a_wrong_header_is_reported(header, message):
    with pytest.raises(SourceError, match=message):
        sellers(GOOD, header)


def test_extra_columns_may_have_any_names():
    table, rejects, rows_in = sellers(b'x,"1,2",' + GOOD[:-1] + b",,\n", b'"0","a,b",' + HEADER[:-1] + b",,\n")
    assert (table.num_rows, rejects.num_rows, rows_in) == (1, 0, 1)


@pytest.mark.parametrize("data", [b'"' * 5_000_001, b'a"b,' * 1_250_000, b'",a' * 1_600_000, b',"a\n' * 400_000])
def test_millions_of_quotes_take_seconds(data):
    started = time.process_time()
    table, rejects, rows_in = sellers(data)
    assert (table.num_rows, rejects.num_rows) == (0, rows_in)
    assert time.process_time() - started < SECONDS


# ---------------------------------------------------------------------------------------------------------------- JSON


@pytest.mark.parametrize(
    ("source", "name", "line"),
    [
        ("amazon_titles", "trn.json", b'{"uid": 1, "title": "t"}'),
        ("amazon_titles", "trn.json", b'{"uid": "1"}'),
        ("amazon_titles", "trn.json", b"null"),
        ("amazon_titles", "trn.json", '{"uid": "1", "title": "é"}'.encode("latin-1")),
        ("products", "meta_X.json", b'{"title": "t"}'),
        ("products", "meta_X.json", b"{'asin': '1'}"),
    ],
)
def test_a_file_of_bad_lines_takes_seconds(tmp_path, source, name, line):
    (tmp_path / name).write_bytes((line + b"\n") * 100_000)
    started = time.process_time()
    read = read_folder(source, tmp_path)
    assert (read.rows_in, read.rejects.num_rows) == (100_000, 100_000)
    assert read.rejects["line"].to_pylist() == list(range(1, 100_001))
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("blank", [b"\n", b" \t\r\n"])
def test_a_file_of_blank_lines_takes_seconds(tmp_path, blank):
    (tmp_path / "trn.json").write_bytes(blank * 4_000_000 + b'  {"uid": "1", "title": "t"}\n')
    started = time.process_time()
    read = read_folder("amazon_titles", tmp_path)
    assert (read.rows_in, read.rejects.num_rows) == (1, 0)
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("more", [b"{}", b"]", b",", b"null", b"\0", b"[]"])
@pytest.mark.parametrize("source", ["alpaca", "ecinstruct"])
def test_text_after_an_array_is_an_error(tmp_path, source, more):
    """If text after an array were ignored, an array that ends too early would lose elements silently."""
    path, data = published(source, tmp_path)
    path.write_bytes(data + b" \r\n" + more)
    with pytest.raises(SourceError, match=r"is not one whole JSON array \(Extra data behind the array"):
        read_folder(source, tmp_path)


@pytest.mark.parametrize("source", ["alpaca", "ecinstruct"])
def test_a_number_with_thousands_of_digits_in_an_array_is_reported_in_one_sentence(tmp_path, source):
    name = {"alpaca": alpaca.PUBLISHED_NAME, "ecinstruct": "dataset.json"}[source]
    (tmp_path / name).write_bytes(b'[{"instruction": "a", "input": "", "output": ' + b"9" * 5000 + b"}]")
    with pytest.raises(SourceError, match=r"is not one whole JSON array \(Exceeds the limit"):
        read_folder(source, tmp_path)


def test_a_line_with_a_number_of_thousands_of_digits_is_rejected(tmp_path):
    good = b'{"instruction": "a", "input": "b", "output": "c"}\n'
    (tmp_path / "dataset.jsonl").write_bytes(good + b'{"few_shot_example": ' + b"9" * 5000 + b"}\n" + good)
    read = read_folder("ecinstruct", tmp_path)
    assert (read.rows_in, read.rejects["line"].to_pylist()) == (3, [2])


def test_an_array_in_another_encoding_is_not_read_as_lines(tmp_path):
    path = tmp_path / "dataset.json"
    path.write_bytes(b'\xef\xbb\xbf [\n{"instruction": "\xe9"}]')
    assert json_array.is_array(path)
    with pytest.raises(SourceError, match=r"dataset\.json is not UTF-8 near line 1"):
        list(ecinstruct.read(tmp_path))
