"""The layout of the project: allowed imports, pinned packages, make and .ci/run."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.imports import modules

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LAYERS: dict[str, list[str]] = PROJECT["tool"]["vitrine"]["layers"]
RESTRICTED: dict[str, list[str]] = PROJECT["tool"]["vitrine"]["restricted"]
OPEN = {"environment", "errors", "files", "tables", "settings"}  # later packages may import them without naming them
PACKAGES = {path.stem for path in (ROOT / "vitrine").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()} - {
    "__init__"
}


def forbidden_imports(root: Path) -> list[str]:
    """A sentence for each import that the tables in pyproject.toml do not allow."""
    order = list(LAYERS)
    errors = []
    for path in sorted([*(root / "vitrine").rglob("*.py"), *(root / "stages").rglob("*.py")]):
        own = path.relative_to(root).with_suffix("").parts
        package = own[1] if own[0] == "vitrine" and len(own) > 1 and own[1] != "__init__" else None
        for module in modules(path, root):
            parts = module.split(".")
            allowed = RESTRICTED.get(parts[0])
            if allowed and not any(own[1 : 1 + len(place)] == place for place in map(_parts, allowed)):
                errors.append(f"{'/'.join(own)} imports {parts[0]}: only {', '.join(allowed)} may")
            if parts[0] != "vitrine" or len(parts) == 1 or package is None or parts[1] in (package, "__init__"):
                continue
            if parts[1] in OPEN & LAYERS.keys() and package in LAYERS and order.index(parts[1]) < order.index(package):
                continue
            if parts[1] not in LAYERS.get(package, []):
                errors.append(f"{'/'.join(own)} imports vitrine.{parts[1]}: {package} may not")
    return errors


def _parts(place: str) -> tuple[str, ...]:
    return tuple(place.split("."))


def test_all_imports_are_allowed() -> None:
    assert forbidden_imports(ROOT) == []


def test_every_package_has_its_line_and_names_only_earlier_packages() -> None:
    assert set(LAYERS) == PACKAGES
    order = list(LAYERS)
    assert not [(name, other) for name, named in LAYERS.items() for other in named if order.index(other) >= order.index(name)]


@pytest.mark.parametrize(
    ("file", "line", "wrong"),
    [
        ("vitrine/errors.py", "import vitrine.settings", "errors may not"),
        ("vitrine/verifiers/cheat.py", "from vitrine.tasks import TASKS", "verifiers may not"),
        ("vitrine/attic/__init__.py", "import vitrine.errors", "attic may not"),
        ("vitrine/lm/cheat.py", "def late():\n    from vitrine import tasks", "lm may not"),
        ("vitrine/stage.py", "import vitrine.lm.decoder", "stage may not"),
        ("vitrine/evaluation/cheat.py", "import trl", "only training may"),
        ("stages/sft.py", "import trl.trainer", "only training may"),
        ("vitrine/training/cheat.py", "import mlflow", "only tracking may"),
        ("vitrine/engines/cheat.py", "import fastapi", "only serving may"),
        ("vitrine/reporting/cheat.py", "import gradio", "only compare may"),
        ("vitrine/cleaning/cheat.py", "import ray", "only cleaning.ray, training may"),
        ("vitrine/sources/cheat.py", "from omegaconf import DictConfig", "only params, stage, cli may"),
    ],
)
def test_a_forbidden_import_is_reported(tmp_path: Path, file: str, line: str, wrong: str) -> None:
    for folder in ("vitrine", "stages"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    (error,) = set(forbidden_imports(tmp_path))
    assert error.startswith(str(Path(file).with_suffix("")))
    assert error.endswith(wrong)


def test_no_module_has_a_vague_name() -> None:
    vague = {"utils", "util", "common", "helpers", "misc", "core", "lib"}
    assert not [path for folder in ("vitrine", "stages") for path in (ROOT / folder).rglob("*") if path.stem in vague]


def test_no_file_has_more_than_400_lines() -> None:
    files = [path for folder in ("vitrine", "stages", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    assert not [str(path) for path in files if len(path.read_text(encoding="utf-8").splitlines()) > 400]


def test_dvc_yaml_has_at_most_23_lines_per_stage() -> None:
    lines = [line for line in (ROOT / "dvc.yaml").read_text().splitlines() if line.strip()]
    assert len(lines) <= 23 * len(list((ROOT / "stages").glob("[a-z]*.py")))


def test_the_package_holds_no_tests() -> None:
    assert not list((ROOT / "vitrine").rglob("test_*.py"))


# -------------------------------------------------------------------------------------------------------- pinned packages


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.partition("[")[0]).lower()  # ray[data] is ray


def pins() -> dict[str, str]:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines), "NAME==VERSION, without local tags, addresses or paths"
    return {normal(name): version for name, _, version in (line.partition("==") for line in lines)}


def test_every_requirement_is_pinned() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    required = {normal(name) for names in [PROJECT["project"]["dependencies"], *extras.values()] for name in names}
    assert required <= set(pins())


def test_requirements_allow_their_pins() -> None:
    """`pip install -c constraints.txt` cannot install an extra whose own limits exclude the pinned version."""
    extras = PROJECT["project"]["optional-dependencies"]
    requirements = [Requirement(text) for texts in [PROJECT["project"]["dependencies"], *extras.values()] for text in texts]
    assert not {str(one) for one in requirements if not one.specifier.contains(pins()[normal(one.name)])}


def test_everything_that_make_unsloth_installs_is_pinned() -> None:
    (names,) = re.findall(r"^UNSLOTH := (.+)$", (ROOT / "Makefile").read_text(), re.M)
    assert {normal(name) for name in names.split()} <= set(pins())
    assert "--no-deps -c constraints.txt $(UNSLOTH)" in (ROOT / "Makefile").read_text()


def test_installed_versions_are_the_pinned_ones() -> None:
    from importlib.metadata import distributions

    installed = {normal(package.name): package.version.partition("+")[0] for package in distributions()}
    different = {name: (version, pinned) for name, pinned in pins().items() if (version := installed.get(name, pinned)) != pinned}
    assert not different, "installed and pinned versions differ: make setup"


def test_every_imported_package_is_required() -> None:
    provides = {"yaml": "pyyaml", "hydra": "hydra-core", "rouge_score": "rouge-score", "sklearn": "scikit-learn"}
    imported = {
        match
        for folder in ("vitrine", "stages")
        for path in (ROOT / folder).rglob("*.py")
        for match in re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(), re.M)
    }
    required = {normal(name) for name in PROJECT["project"]["dependencies"]} | {"unsloth"}  # `make unsloth`
    extras = {normal(name) for names in PROJECT["project"]["optional-dependencies"].values() for name in names}
    foreign = {name for name in imported if name not in sys.stdlib_module_names | {"vitrine", "stages"}}
    known = {path.name for path in Path(sys.prefix).glob("lib/python*/site-packages/*")}
    real = {name for name in foreign if name in known or f"{name}.py" in known}  # the rest is prose in a docstring
    assert not {name for name in real if normal(provides.get(name, name)) not in required | extras}


# ------------------------------------------------------------------------------------------------------- make and .ci/run


def make(*args: str, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(["make", *args], cwd=cwd, env=env, capture_output=True, text=True, timeout=120)


def test_make_without_a_target_prints_help() -> None:
    done = make()
    assert done.returncode == 0
    for target in ("setup", "params", "repro", "check", "test", "test-all"):
        assert re.search(rf"^  make {target} +\S", done.stdout, re.M), target


def test_setup_runs_again_only_after_a_change_of_pins(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "ready").touch()
    assert "Nothing to be done" in make("setup", cwd=tmp_path).stdout
    os.utime(tmp_path / "constraints.txt", (4_000_000_000, 4_000_000_000))
    assert "pip install" in make("-n", "setup", cwd=tmp_path).stdout, "new pins are installed"


@pytest.mark.parametrize("version", ["Python 3.10.4", None])
def test_an_old_or_missing_python_is_one_sentence(tmp_path: Path, version: str | None) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "oldpython"
    if version:
        python.write_text(f"#!/bin/sh\n[ \"$1\" = -V ] && echo '{version}' && exit 0\nexit 1\n")
        python.chmod(0o755)
    done = make("setup", f"PYTHON={python}", cwd=tmp_path)
    assert done.returncode != 0
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(lines) == 1, done.stderr
    assert "needs Python 3.11 or newer" in lines[0]
    assert version is None or version in lines[0]
    assert not (tmp_path / ".venv").exists()


def test_torch_index_is_used_for_torch_only() -> None:
    dry = make("-n", "-B", "setup", "TORCH_INDEX=https://wheels.example.org/cpu").stdout
    lines = [line for line in dry.splitlines() if "pip install" in line]
    assert len(lines) == 2
    assert lines[0].count("--index-url") == 1
    assert lines[0].rstrip("; fi").endswith(" torch")
    assert "--index-url" not in lines[1]


FAKE_MAKE = """#!/bin/sh
# A fake make for .ci/run: logs its arguments and exits as the test wants.
echo "$*" >> {log}
case "$1" in
  test) echo "7 passed, 2 skipped in 60.00s (0:01:00)"; exit {test} ;;
  test-all) echo "ssh: passed: 1 passed in 5.00s (5 s)"; exit {all} ;;
esac
"""


@pytest.mark.parametrize(("test", "all", "code"), [(0, 0, 0), (2, 0, 2), (0, 2, 2)])
def test_ci_runs_make_test_then_the_parts(tmp_path: Path, test: int, all: int, code: int) -> None:
    """It fails if one of them fails, and ends with pytest's last line."""
    (tmp_path / "make").write_text(FAKE_MAKE.format(log=tmp_path / "log", test=test, all=all))
    (tmp_path / "make").chmod(0o755)
    env = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHON": sys.executable, "CI_MINUTES": "10"}
    done = subprocess.run([ROOT / ".ci" / "run"], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    assert done.stdout.splitlines()[-1] == "7 passed, 2 skipped in 60.00s (0:01:00)"
    calls = (tmp_path / "log").read_text().splitlines()
    assert calls[0] == "test"
    if test:
        assert len(calls) == 1
        assert "test-all is skipped" in done.stdout
    else:
        budget = re.fullmatch(r"test-all BUDGET=(\d+)", calls[1])
        assert budget and 500 < int(budget[1]) <= 600


def test_the_installed_version_is_that_of_pyproject() -> None:
    from importlib.metadata import version

    assert version("vitrine") == PROJECT["project"]["version"]
