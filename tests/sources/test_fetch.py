"""Published files come from a folder, a zip, the web or a hub. A file that does not match its pin is never read."""

import gzip
import hashlib
import io
import stat
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.sources.conftest import a_manifest
from vitrine.errors import SourceError
from vitrine.sources.formats import archive
from vitrine.sources.origins import fetch, files, web
from vitrine.tables.manifest import Pin

DATA = b'{"uid": "1", "title": "a"}\n'
NAMES = ["trn.json", "tst.json"]
COMMIT = "c" * 40


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(origin, path, manifest, names=NAMES):
    with fetch.published_files(origin, path, manifest, names) as folder:
        return {file.name: file.read_bytes() for file in folder.iterdir()}


def pins(**contents):
    return {name.replace("_", "."): {"sha256": sha256(data), "bytes": len(data)} for name, data in contents.items()}


# ------------------------------------------------------------------------------------------------- a folder


def test_a_folder_with_the_pinned_files_is_read(tmp_path):
    (tmp_path / "trn.json").write_bytes(DATA)
    assert read("path", tmp_path, a_manifest("amazon_titles", path=pins(trn_json=DATA))) == {"trn.json": DATA}


@pytest.mark.parametrize(
    ("there", "pinned", "message"),
    [
        pytest.param({"trn.json": DATA}, {}, r"pins no file for origin=path.*run `vitrine pin amazon_titles`", id="no pins"),
        pytest.param({}, {"trn_json": DATA}, r"trn\.json is missing, though manifests/amazon_titles\.yaml pins it", id="missing"),
        pytest.param(
            {"trn.json": DATA[::-1]},
            {"trn_json": DATA},
            rf"has 27 bytes of sha256 .*pins 27 of {sha256(DATA)[:12]}",
            id="bytes",
        ),
        pytest.param({"trn.json": DATA + b"x"}, {"trn_json": DATA}, r"has 28 bytes of sha256 .* pins 27 of ", id="longer"),
        pytest.param(
            {"trn.json": DATA, "tst.json": DATA},
            {"trn_json": DATA},
            r"tst\.json would be read, but .* does not pin it",
            id="a file without a pin",
        ),
    ],
)
def test_files_that_differ_from_the_pins_are_reported_in_one_sentence(tmp_path, there, pinned, message):
    for name, data in there.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError, match=message):
        read("path", tmp_path, a_manifest("amazon_titles", path=pins(**pinned)))


def test_a_folder_instead_of_a_file_is_reported(tmp_path):
    (tmp_path / "trn.json").mkdir()
    with pytest.raises(SourceError, match=r"trn\.json is a folder"):
        read("path", tmp_path, a_manifest("amazon_titles", path=pins(trn_json=DATA)))


def test_a_path_that_is_neither_folder_nor_zip_is_reported(tmp_path):
    (tmp_path / "trn.json").write_bytes(DATA)
    with pytest.raises(SourceError, match=r"is neither a folder nor a \.zip"):
        read("path", tmp_path / "trn.json", a_manifest("amazon_titles"))


# ------------------------------------------------------------------------------------------------- a zip


def zipped(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return path


def test_a_zip_is_unpacked_and_deleted_afterwards(tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = zipped(
        tmp_path / "a.zip", {"Amazon/trn.json": DATA, "Amazon/lbl.json": b"no", "__MACOSX/trn.json": b"x", "._trn.json": b"x"}
    )
    assert read("path", path, a_manifest("amazon_titles", path=pins(trn_json=DATA))) == {"trn.json": DATA}
    assert list(scratch.iterdir()) == []


def a_link():
    info = zipfile.ZipInfo("trn.json")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../trn.json", "a file outside its folder"),
        ("a/../../trn.json", "a file outside its folder"),
        ("/etc/trn.json", "a file outside its folder"),
        ("..\\trn.json", "a file outside its folder"),
        ("C:\\trn.json", "a file outside its folder"),
        (a_link(), "a link"),
    ],
)
def test_a_zip_that_writes_outside_its_folder_is_refused(tmp_path, name, message):
    path = zipped(tmp_path / "a.zip", {"tst.json": DATA, name: b"/etc/passwd"})
    (tmp_path / "to").mkdir()
    with pytest.raises(SourceError, match=f"holds {message}"):
        archive.unpack(path, NAMES, tmp_path / "to")
    assert list((tmp_path / "to").iterdir()) == []


def changed(data, field, value, width):
    """Falsify a size of the zip's only member in both headers; `field` is its offset in the central directory."""
    forged = bytearray(data)
    for start, offset in ((forged.index(b"PK\x01\x02"), field), (0, field - 2)):
        forged[start + offset : start + offset + width] = value.to_bytes(width, "little")
    return bytes(forged)


def test_a_zip_bomb_is_refused_before_a_byte_is_written(tmp_path):
    path = zipped(tmp_path / "bomb.zip", {"trn.json": bytes(8 << 20)})
    assert path.stat().st_size < 10_000
    (tmp_path / "to").mkdir()
    with pytest.raises(SourceError, match=r"packs 8388608 bytes of trn\.json into \d+, more than 200 to 1"):
        archive.unpack(path, NAMES, tmp_path / "to")
    assert list((tmp_path / "to").iterdir()) == []


def test_a_zip_bomb_with_a_false_size_unpacks_no_more_than_that_size(tmp_path):
    path = zipped(tmp_path / "bomb.zip", {"trn.json": bytes(8 << 20)})
    path.write_bytes(changed(path.read_bytes(), 24, 10_000, 4))
    (tmp_path / "to").mkdir()
    with pytest.raises(SourceError, match="is not a whole zip file"):
        archive.unpack(path, NAMES, tmp_path / "to")
    assert (tmp_path / "to" / "trn.json").stat().st_size <= 10_000


def test_a_zip_bomb_with_a_false_packed_size_is_refused(tmp_path):
    path = zipped(tmp_path / "bomb.zip", {"trn.json": bytes(8 << 20)})
    path.write_bytes(changed(path.read_bytes(), 20, 1 << 18, 4))
    with pytest.raises(SourceError, match=r"says that 262144 bytes are packed into its \d+"):
        archive.unpack(path, NAMES, tmp_path)


def test_a_zip_has_a_limit_for_all_files_together(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 40)
    path = zipped(tmp_path / "a.zip", {"trn.json": DATA, "tst.json": DATA})
    with pytest.raises(SourceError, match="unpacks to 54 bytes, more than 40"):
        archive.unpack(path, NAMES, tmp_path)


def test_other_bad_zips_are_refused(tmp_path):
    whole = zipped(tmp_path / "a.zip", {"trn.json": DATA * 1000}).read_bytes()
    for data, message in (
        (whole[:-30], "is not a whole zip file"),
        (whole[:40] + b"\0\0\0\0" + whole[44:], "is not a whole zip file"),
        (b"", "is not a whole zip file"),
        (changed(whole, 8, 1, 2), "is encrypted"),
        (zipped(tmp_path / "b.zip", {"trn.json": DATA}, zipfile.ZIP_BZIP2).read_bytes(), "by a method other than deflate"),
        (zipped(tmp_path / "b.zip", {"a/trn.json": DATA, "b/trn.json": DATA}).read_bytes(), r"holds trn\.json twice"),
        (zipped(tmp_path / "b.zip", {"other.json": DATA}).read_bytes(), r"holds none of trn\.json, tst\.json"),
    ):
        (tmp_path / "bad.zip").write_bytes(data)
        with pytest.raises(SourceError, match=message) as caught:
            archive.unpack(tmp_path / "bad.zip", NAMES, tmp_path)
        assert "\n" not in str(caught.value)


# ------------------------------------------------------------------------------------------------- the web


@contextmanager
def server(answers):
    """A loopback server: path -> (status, headers, body); requests are recorded."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append((self.command, self.path))
            status, headers, body = answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)
            self.close_connection = True

        do_HEAD = do_GET

        def log_message(self, *args):
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}", requests
    finally:
        running.shutdown()
        running.server_close()
        thread.join(5)


@pytest.fixture
def downloads(tmp_path, monkeypatch):
    monkeypatch.setattr(web, "FOLDER", tmp_path / "downloads")
    return tmp_path / "downloads" / "amazon_titles"


def at(url, data=DATA):
    return a_manifest("amazon_titles", url={"trn.json": {"url": url, "sha256": sha256(data)}})


def test_a_file_is_downloaded_once_under_its_published_name(downloads):
    answers = {"/a": (302, {"Location": "/b"}, b""), "/b": (200, {"Content-Encoding": "x-gzip"}, DATA)}
    with server(answers) as (address, requests):
        assert read("url", None, at(address + "/a")) == {"trn.json": DATA}
        assert read("url", None, at(address + "/a")) == {"trn.json": DATA}
        assert requests == [("GET", "/a"), ("GET", "/b")]
        (downloads / "trn.json").write_bytes(b"spoilt")
        (downloads / "tst.json").write_bytes(b"of an older manifest")
        assert read("url", None, at(address + "/a")) == {"trn.json": DATA}
        assert len(requests) == 4


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param((404, {}, b""), r"answers 404 Not Found; check the address", id="404"),
        pytest.param((500, {}, b""), r"answers 500 Internal", id="500"),
        pytest.param((200, {}, b"other"), r"gave a file of sha256 .*pins", id="another file"),
        pytest.param((200, {"Content-Length": "999"}, DATA), r"cannot be downloaded \(RemoteProtocolError", id="too short"),
        pytest.param((302, {"Location": "/a"}, b""), r"cannot be downloaded \(TooManyRedirects", id="a redirect loop"),
    ],
)
def test_a_failed_download_is_reported_in_one_sentence_and_leaves_no_file(downloads, answer, message):
    with server({"/a": answer}) as (address, _), pytest.raises(SourceError, match=message) as caught:
        read("url", None, at(address + "/a"))
    assert "\n" not in str(caught.value)
    assert list(downloads.iterdir()) == []


def test_an_unreachable_server_is_reported(downloads):
    with server({}) as (address, _):
        pass
    with pytest.raises(SourceError, match=r"cannot be downloaded \(ConnectError.*check the network"):
        read("url", None, at(address + "/a"))


def test_an_endless_response_is_stopped(downloads, monkeypatch):
    monkeypatch.setattr(web, "MAX_BYTES", 10)
    with server({"/a": (200, {}, DATA)}) as (address, _), pytest.raises(SourceError, match="gives more than 10 bytes"):
        read("url", None, at(address + "/a"))
    assert list(downloads.iterdir()) == []


@pytest.mark.parametrize("origin", ["url", "hub"])
def test_an_origin_without_pins_is_reported_in_one_sentence(origin):
    with pytest.raises(SourceError, match=f"so origin={origin} has nothing to read.*choose another origin"):
        read(origin, None, a_manifest("olist"))


# ------------------------------------------------------------------------------------------------- a hub


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A local hub with one file of one commit of one dataset."""
    from huggingface_hub import constants

    name = f"/datasets/someone/titles/resolve/{COMMIT}/raw/trn.json"
    headers = {"ETag": '"abc"', "X-Repo-Commit": COMMIT}
    with server({name: (200, headers, DATA)}) as (address, requests):
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        yield requests


def pinned(**changes):
    pin = {"repository": "someone/titles", "revision": COMMIT, "files": {"raw/trn.json": sha256(DATA)}}
    return a_manifest("amazon_titles", hub=pin | changes)


def test_the_files_of_a_hub_commit_are_downloaded_once(hub):
    assert read("hub", None, pinned()) == {"trn.json": DATA}
    assert ("GET", f"/datasets/someone/titles/resolve/{COMMIT}/raw/trn.json") in hub
    requests = len(hub)
    assert read("hub", None, pinned(files={"raw/trn.json": None})) == {"trn.json": DATA}
    assert len(hub) == requests, "a commit never changes: cached files are not requested again"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"files": {"raw/trn.json": "0" * 64}}, r"raw/trn\.json of someone/titles has sha256 .*pins 000000000000"),
        (
            {"files": {"raw/other.json": None}},
            r"raw/other\.json of someone/titles at cccccccccccc cannot be downloaded from the hub",
        ),
        ({"repository": "a/b/c"}, "cannot be downloaded from the hub"),
    ],
)
def test_files_that_a_hub_lacks_are_reported(hub, change, message):
    with pytest.raises(SourceError, match=message) as caught:
        read("hub", None, pinned(**change))
    assert "\n" not in str(caught.value)


# ------------------------------------------------------------------------------------------------- hashing


def test_a_fingerprint_is_of_the_file_on_disk(tmp_path):
    data = io.BytesIO(DATA * 10_000).getvalue()
    (tmp_path / "a.gz").write_bytes(data)
    assert files.fingerprint(tmp_path / "a.gz") == Pin(sha256=sha256(data), bytes=len(data))


def test_the_content_of_a_zipped_file_has_a_fingerprint_too(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(DATA * 10_000))
    assert files.fingerprint(tmp_path / "a.gz", unzipped=True).sha256 == sha256(DATA * 10_000)
