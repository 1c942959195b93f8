"""A file that is not what its publisher ships is one sentence that names it and says what to do."""

import gzip
import os

import pytest

from vitrine.errors import SourceError
from vitrine.sources import files

TEXT = b"first line\nsecond line\n" * 1000


def found(folder):
    return files.contents(files.find(folder, "trn.json", "AmazonTitles"))


def test_plain_or_gzipped(tmp_path):
    (tmp_path / "trn.json.gz").write_bytes(gzip.compress(TEXT))
    assert found(tmp_path) == TEXT
    (tmp_path / "trn.json").write_bytes(b"plain goes first")
    assert found(tmp_path) == b"plain goes first"


def test_chunks_are_whole_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "CHUNK", 100)
    (tmp_path / "trn.json.gz").write_bytes(gzip.compress(TEXT + b"no end"))
    chunks = list(files.line_chunks(tmp_path / "trn.json.gz"))
    assert b"".join(chunks) == TEXT + b"no end"
    assert len(chunks) > 10
    assert all(chunk.endswith(b"\n") for chunk in chunks[:-1])


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        pytest.param("trn.json.gz", gzip.compress(os.urandom(5000))[:3000], "is truncated or damaged", id="truncated"),
        pytest.param(
            "trn.json.gz", gzip.compress(TEXT)[:-4] + b"\0\0\0\0", "is not gzip|truncated or damaged", id="wrong length"
        ),
        pytest.param("trn.json.gz", TEXT, "is not gzip, though its name says so", id="not gzip"),
        pytest.param("trn.json.gz", b"", "is empty", id="empty gzip"),
        pytest.param("trn.json", b"", "is empty", id="empty"),
        pytest.param(
            "other.json", TEXT, r"trn\.json is missing, and so is trn\.json\.gz; download AmazonTitles", id="another name"
        ),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path, name, data, says):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError, match=says):
        found(tmp_path)
    with pytest.raises(SourceError, match=says):
        list(files.line_chunks(files.find(tmp_path, "trn.json", "AmazonTitles")))


def test_folders_where_files_should_be_and_the_other_way_round(tmp_path):
    (tmp_path / "trn.json").mkdir()
    with pytest.raises(SourceError, match=r"trn\.json is a folder"):
        found(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="is a file, not a folder"):
        found(tmp_path / "file")
    with pytest.raises(SourceError, match="nowhere does not exist"):
        found(tmp_path / "nowhere")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(tmp_path):
    (tmp_path / "trn.json").write_bytes(TEXT)
    (tmp_path / "trn.json").chmod(0)
    with pytest.raises(SourceError, match="cannot be opened"):
        found(tmp_path)
