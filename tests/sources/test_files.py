"""A file that is not as published is reported in one sentence that names it and says what to do."""

import gzip
import os

import pytest

from vitrine.errors import SourceError
from vitrine.sources.origins import files

TEXT = b"first line\nsecond line\n" * 1000


def read_file(folder):
    return files.read_all(files.find(folder, "trn.json", "AmazonTitles"))


def test_plain_and_gzipped_files_are_read(tmp_path):
    (tmp_path / "trn.json.gz").write_bytes(gzip.compress(TEXT))
    assert read_file(tmp_path) == TEXT
    (tmp_path / "trn.json").write_bytes(b"plain has priority")
    assert read_file(tmp_path) == b"plain has priority"


def test_chunks_end_at_line_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "CHUNK", 100)
    (tmp_path / "trn.json.gz").write_bytes(gzip.compress(TEXT + b"no end"))
    chunks = list(files.line_chunks(tmp_path / "trn.json.gz"))
    assert b"".join(chunks) == TEXT + b"no end"
    assert len(chunks) > 10
    assert all(chunk.endswith(b"\n") for chunk in chunks[:-1])


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        pytest.param("trn.json.gz", gzip.compress(os.urandom(5000))[:3000], "is truncated or damaged", id="truncated"),
        pytest.param(
            "trn.json.gz", gzip.compress(TEXT)[:-4] + b"\0\0\0\0", "is not gzip|truncated or damaged", id="wrong length"
        ),
        pytest.param("trn.json.gz", TEXT, "is not gzip, though its name says so", id="not gzip"),
        pytest.param("trn.json.gz", b"", "is empty", id="empty gzip"),
        pytest.param("trn.json", b"", "is empty", id="empty"),
        pytest.param("trn.json", b"\xef\xbb\xbf", "is empty", id="a byte order mark alone"),
        pytest.param("trn.json.gz", gzip.compress(TEXT)[:5], "is truncated or damaged", id="truncated header"),
        pytest.param("trn.json.gz", gzip.compress(TEXT) + b"more", "is not gzip|truncated or damaged", id="text after the end"),
        pytest.param(
            "other.json", TEXT, r"trn\.json is missing, and so is trn\.json\.gz; download AmazonTitles", id="another name"
        ),
    ],
)
def test_a_bad_file_is_reported(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    if not data.startswith(b"\xef\xbb\xbf"):  # read_all keeps a byte order mark
        with pytest.raises(SourceError, match=message):
            read_file(tmp_path)
    with pytest.raises(SourceError, match=message):
        list(files.line_chunks(files.find(tmp_path, "trn.json", "AmazonTitles")))


def test_a_gzip_with_several_members_is_one_file(tmp_path):
    (tmp_path / "trn.json.gz").write_bytes(gzip.compress(TEXT) + gzip.compress(b"end"))
    assert read_file(tmp_path) == b"".join(files.line_chunks(tmp_path / "trn.json.gz")) == TEXT + b"end"


def test_a_file_without_line_ends_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "CHUNK", 100)
    monkeypatch.setattr(files, "MAX_LINE", 50)
    path = tmp_path / "trn.json.gz"
    path.write_bytes(gzip.compress(b"short\n" + b"x" * 143 + b"\n"))
    assert [len(chunk) for chunk in files.line_chunks(path)] == [150]
    path.write_bytes(gzip.compress(b"short\n" + b"x" * 200_000))
    with pytest.raises(SourceError, match="holds a line of more than 50 bytes"):
        list(files.line_chunks(path))


def test_a_gzip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 1000)
    (tmp_path / "trn.json.gz").write_bytes(gzip.compress(bytes(1 << 20)))
    with pytest.raises(SourceError, match=r"trn\.json\.gz holds more than 1000 bytes"):
        read_file(tmp_path)


def test_a_byte_order_mark_is_removed(tmp_path):
    (tmp_path / "trn.json").write_bytes(b"\xef\xbb\xbfa\n")
    assert list(files.line_chunks(tmp_path / "trn.json")) == [b"a\n"]


def test_folders_instead_of_files_and_files_instead_of_folders_are_reported(tmp_path):
    (tmp_path / "trn.json").mkdir()
    with pytest.raises(SourceError, match=r"trn\.json is a folder"):
        read_file(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="is a file, not a folder"):
        read_file(tmp_path / "file")
    with pytest.raises(SourceError, match="nowhere does not exist"):
        read_file(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["trn.json", "trn.json.gz"])
def test_a_file_without_read_permission_is_reported(tmp_path, monkeypatch, name):
    (tmp_path / name).write_bytes(gzip.compress(TEXT))

    def refuse(*words, **rest):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files.Path, "open", refuse)  # root can read everything, so mode 0 would test nothing
    monkeypatch.setattr(files.igzip, "open", refuse)
    with pytest.raises(SourceError, match=r"cannot be opened \(Permission denied\); make it readable for this user"):
        read_file(tmp_path)
