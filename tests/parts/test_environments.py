"""Optional packages: each extra fits the pins, and the shop works without any of them."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT, Run
from tests.test_house import normal, pins

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]

pytestmark = [pytest.mark.part, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("name", [*EXTRAS, "all of them"])
def test_an_extra_fits_the_pins_and_brings_nothing_unpinned(name: str, tmp_path: Path) -> None:
    asked = EXTRAS[name] if name in EXTRAS else [one for names in EXTRAS.values() for one in names]
    report = tmp_path / "report.json"
    words = ["install", "--dry-run", "--quiet", "--report", report, "-c", ROOT / "constraints.txt", *PROJECT["dependencies"]]
    done = subprocess.run([sys.executable, "-m", "pip", *words, *asked], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    new = {normal(one["metadata"]["name"]): one["metadata"]["version"] for one in json.loads(report.read_text())["install"]}
    assert {name: version for name, version in new.items() if pins().get(name) != version} == {}


def needed(names: Iterable[str], extras: Iterable[str] = ()) -> set[str]:
    """The distributions that some requirements bring, with what those need."""
    found: set[str] = set()
    waiting = [(Requirement(name), tuple(extras)) for name in names]
    done = set()
    while waiting:
        one, above = waiting.pop()
        if one.marker and not any(one.marker.evaluate({"extra": extra}) for extra in ("", *above)):
            continue
        if (key := (normal(one.name), tuple(sorted(one.extras)))) in done:
            continue
        done.add(key)
        found.add(key[0])
        try:
            waiting += [(Requirement(text), tuple(one.extras)) for text in distribution(one.name).requires or []]
        except PackageNotFoundError:
            continue
    return found


def plain(folder: Path) -> Path:
    """An environment in which only what the core needs is installed: links to what lies in ours."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in needed(PROJECT["dependencies"]):
        try:
            one = distribution(name)
        except PackageNotFoundError:  # for another system, or another Python
            continue
        for top in {file.parts[0] for file in one.files or []} - {"..", "__pycache__"}:
            if not (site / top).exists():  # several distributions may share a namespace
                (site / top).symlink_to(str(one.locate_file(top)))
    return folder


MADE_FOR_AN_EXTRA = re.compile(r"vitrine/cleaning/ray\b")


def test_no_extra_is_needed(clone: Path, shell: Run, tmp_path: Path) -> None:
    """Every module can be imported, and stages run, where only the core is installed."""
    env = {"PATH": f"{plain(tmp_path / 'plain') / 'bin'}:{os.environ['PATH']}"}
    for name in ("pytest", "datasketch", "hypothesis"):
        assert shell("python", "-c", f"import {name}", cwd=clone, **env).returncode != 0, "the environment is not plain"

    files = [path.relative_to(clone) for room in ("vitrine", "stages") for path in (clone / room).rglob("*.py")]
    files = [path for path in files if not MADE_FOR_AN_EXTRA.match(path.as_posix())]
    modules = sorted(".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files)
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    done = shell("python", "-c", code, *modules, cwd=clone, **env)
    assert done.returncode == 0, done.stderr[-3000:]

    assert shell("python", "-m", "vitrine.cli", "compose", "scale=smoke", cwd=clone, **env).returncode == 0
    made = shell("python", "-m", "dvc", "repro", "clean@alpaca", cwd=clone, **env)
    assert made.returncode == 0, (made.stdout + made.stderr)[-3000:]
