"""Inputs have the hashes that DVC gives them, and damaged inputs are reported."""

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vitrine import lineage


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("data/clean")
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "a b.txt").write_text("é\r\n")
    (folder / "deep" / "b.txt").write_text("b" * 3000)
    return folder


def lock(path: Path, md5: str) -> dict[str, Any]:
    return {"clean@olist": {"outs": [{"path": path.as_posix(), "md5": md5}]}}


@pytest.mark.slow
def test_hashes_are_those_of_dvc(folder: Path) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    Path(".dvcignore").write_text("__pycache__/\n")
    for words in (["init", "-q", "-f"], ["add", "-q", "data/clean"]):
        subprocess.run([sys.executable, "-m", "dvc", *words], check=True)
    dvc = next(line.split()[-1] for line in Path("data/clean.dvc").read_text().splitlines() if "md5:" in line)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_text("what Python leaves behind is ignored")
    assert lineage.digest(folder) == dvc
    assert lineage.hash_paths(["data/clean", "data/clean/a.txt", "data/nowhere"]) == {
        "data/clean": dvc,
        "data/clean/a.txt": "0cc175b9c0f1b6a831c399e269772661",
    }


def test_an_input_that_differs_from_the_lock_is_reported(folder: Path) -> None:
    good = lock(folder, lineage.digest(folder))
    for dependency in ("data/clean", "data"):  # a folder above an output stands for it
        assert lineage.find_damage(lineage.hash_paths([dependency]), good) is None
    assert lineage.find_damage({"data/cle": "0"}, lock(folder, "another folder, whose name begins so")) is None
    assert lineage.find_damage({"data": "0"}, lock(Path("data/nowhere"), "what is missing, the stage itself reports")) is None
    (folder / "a.txt").write_text("b")
    for dependency in ("data/clean", "data"):
        message = lineage.find_damage(lineage.hash_paths([dependency]), good)
        assert message and message.startswith("data/clean is not what dvc.lock says that clean@olist wrote")


def test_any_flipped_bit_is_reported(folder: Path) -> None:
    file, chance = folder / "deep" / "b.txt", random.Random(7)
    whole, good = file.read_bytes(), lock(folder, lineage.digest(folder))
    for _ in range(50):
        bit = chance.randrange(len(whole) * 8)
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        file.write_bytes(damaged)
        assert lineage.find_damage(lineage.hash_paths(["data/clean"]), good)


LOCK = """
schema: '2.0'
stages:
  sft:
    cmd: python -m stages.sft
    deps:
    - {path: vitrine/lm/, md5: a.dir, size: 9}
    - {path: data/x, md5: b, size: 1}
    params:
      params.yaml:
        sft: {rate: 1e-05, deep: {a: [1, 0.5]}, none: null}
"""


def test_the_lock_gives_the_fingerprint_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(LOCK)
    stages = lineage.read_stages(tmp_path / "dvc.lock")
    hashes, params = {"data/x": "b", "vitrine/lm": "a.dir"}, {"sft": {"rate": 1e-05, "deep": {"a": [1, 0.5]}, "none": None}}
    known = lineage.fingerprint("sft", hashes, params)
    assert lineage.locked_fingerprint("sft", stages) == known
    assert lineage.locked_fingerprint("grpo", stages) is None
    assert lineage.read_stages(tmp_path / "nowhere") == {}
    others = [
        lineage.fingerprint("grpo", hashes, params),
        lineage.fingerprint("sft", hashes | {"data/x": "c"}, params),
        lineage.fingerprint("sft", hashes, {"sft": params["sft"] | {"rate": 2e-05}}),
    ]
    assert len({known, *others}) == 4


def test_files_that_dvc_ignores_are_not_damage(folder: Path) -> None:
    before = lineage.digest(folder)
    for name in (".rows.parquet.4711.unfinished", "left.pyc"):
        (folder / name).write_text("left by a process that was killed")
    assert lineage.digest(folder) == before
