"""Optional packages: each extra fits the pinned versions, and everything works without any extra."""

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
from tests.test_layout import normal, pins

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]

pytestmark = [pytest.mark.part, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("name", [*EXTRAS, "all of them"])
def test_an_extra_installs_only_pinned_versions(name: str, tmp_path: Path) -> None:
    packages = EXTRAS[name] if name in EXTRAS else [package for extra in EXTRAS.values() for package in extra]
    report = tmp_path / "report.json"
    args = ["install", "--dry-run", "--quiet", "--report", report, "-c", ROOT / "constraints.txt", *PROJECT["dependencies"]]
    done = subprocess.run([sys.executable, "-m", "pip", *args, *packages], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    new = {normal(item["metadata"]["name"]): item["metadata"]["version"] for item in json.loads(report.read_text())["install"]}
    assert {name: version for name, version in new.items() if pins().get(name) != version} == {}


def needed(names: Iterable[str], extras: Iterable[str] = ()) -> set[str]:
    """The distributions that the requirements install, with their own requirements."""
    names_needed: set[str] = set()
    waiting = [(Requirement(name), tuple(extras)) for name in names]
    done = set()
    while waiting:
        requirement, parent_extras = waiting.pop()
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *parent_extras)):
            continue
        if (key := (normal(requirement.name), tuple(sorted(requirement.extras)))) in done:
            continue
        done.add(key)
        names_needed.add(key[0])
        try:
            waiting += [(Requirement(text), tuple(requirement.extras)) for text in distribution(requirement.name).requires or []]
        except PackageNotFoundError:
            continue
    return names_needed


def plain(folder: Path) -> Path:
    """An environment with only the core's requirements: links to the packages of this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in needed(PROJECT["dependencies"]):
        try:
            package = distribution(name)
        except PackageNotFoundError:  # required only on another system or Python version
            continue
        for top in {file.parts[0] for file in package.files or []} - {"..", "__pycache__"}:
            if not (site / top).exists():  # distributions may share a namespace package
                (site / top).symlink_to(str(package.locate_file(top)))
    return folder


NEEDS_AN_EXTRA = re.compile(r"vitrine/(cleaning/ray\b|engines/(gguf|llama_server)\.py)")


def test_no_extra_is_needed(clone: Path, shell: Run, tmp_path: Path) -> None:
    """With the core alone, every module can be imported and stages run."""
    env = {"PATH": f"{plain(tmp_path / 'plain') / 'bin'}:{os.environ['PATH']}"}
    for name in ("pytest", "datasketch", "hypothesis"):
        assert shell("python", "-c", f"import {name}", cwd=clone, **env).returncode != 0, "the environment is not plain"

    files = [path.relative_to(clone) for folder in ("vitrine", "stages") for path in (clone / folder).rglob("*.py")]
    files = [path for path in files if not NEEDS_AN_EXTRA.match(path.as_posix())]
    modules = sorted(".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files)
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    done = shell("python", "-c", code, *modules, cwd=clone, **env)
    assert done.returncode == 0, done.stderr[-3000:]

    assert shell("python", "-m", "vitrine.cli", "compose", "scale=smoke", cwd=clone, **env).returncode == 0
    made = shell("python", "-m", "dvc", "repro", "clean@alpaca", cwd=clone, **env)
    assert made.returncode == 0, (made.stdout + made.stderr)[-3000:]
