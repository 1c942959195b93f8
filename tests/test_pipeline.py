"""dvc.yaml, conf/, params.yaml and stages/ agree, and the pipeline really runs."""

import ast
import functools
import importlib
import itertools
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf

from tests.conftest import Offline, Run, Smoke, composed, stages_run
from tests.imports import modules
from vitrine import checks, lineage, tracking
from vitrine.settings import parse
from vitrine.stage import Stage

ROOT = Path(__file__).resolve().parents[1]
PIPELINE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
PARAMS = composed()
# These modules check inputs, report errors and log runs; none of them shapes an output.
UNTRACKED = {
    f"vitrine/{name}.py"
    for name in "__init__ checks environment errors files lineage params processes scratch settings stage tracking".split()
}
EXECUTION = {"launch"}  # how a stage is executed; the output is the same, so DVC need not track it
SHARED = {
    "seed",
    "paths",
    "lm",
    "load",
    "engine",
    "tracking",
    *EXECUTION,
}  # sections that are interpolated into those of stages, or shape no output


# ------------------------------------------------------------------------------------------------ dvc.yaml


@dataclass(frozen=True)
class Cell:
    """A stage, or one item of a matrix stage, with all names resolved."""

    stage: str
    item: Mapping[str, str]
    cmd: str
    deps: tuple[str, ...]
    params: tuple[str, ...]
    outs: tuple[str, ...]  # outs, metrics and plots: DVC removes them before the stage and records them after it

    def __str__(self) -> str:
        return "@".join([self.stage, *self.item.values()])


def cells(name: str) -> Iterator[Cell]:
    block = PIPELINE[name]
    matrix = block.get("matrix", {})
    for values in itertools.product(*matrix.values()):
        item = dict(zip(matrix, values, strict=True))
        names = {kind: [_name(entry) for entry in block.get(kind, [])] for kind in ("deps", "params", "outs", "metrics", "plots")}
        given = OmegaConf.create({**PARAMS, "item": item, "_names": names, "_cmd": block["cmd"]})
        paths = {kind: tuple(str(path).rstrip("/") for path in given["_names"][kind]) for kind in names}
        yield Cell(name, item, given["_cmd"], paths["deps"], paths["params"], paths["outs"] + paths["metrics"] + paths["plots"])


def _name(entry: Any) -> str:
    return entry if isinstance(entry, str) else next(iter(entry))


CELLS = [cell for name in PIPELINE for cell in cells(name)]
each_cell = pytest.mark.parametrize("cell", CELLS, ids=str)
each_stage = pytest.mark.parametrize("name", PIPELINE)


def overlap(first: str, second: str) -> bool:
    """Whether two paths are equal or one contains the other."""
    left, right = PurePosixPath(first), PurePosixPath(second)
    return left == right or left in right.parents or right in left.parents


def code(deps: tuple[str, ...]) -> set[str]:
    return {dep for dep in deps if dep.startswith(("vitrine/", "stages/"))}


# ------------------------------------------------------------------------------------------------ the code


def imported(path: Path, seen: set[Path] | None = None) -> set[Path]:
    """Every first-party file that running `path` reads: modules, their packages, their templates."""
    seen = set() if seen is None else seen
    if path in seen:
        return seen
    seen.add(path)
    text = path.read_text(encoding="utf-8")
    for module in modules(path, ROOT):
        parts = module.split(".")
        for depth in range(1, len(parts) + 1):  # importing a.b.c also runs a and a.b
            base = ROOT.joinpath(*parts[:depth])
            for file in (base.with_suffix(".py"), base / "__init__.py"):
                if file.exists():
                    imported(file, seen)
    for folder in path.parent.iterdir():  # a folder of templates belongs to the module that names it
        if folder.is_dir() and not (folder / "__init__.py").exists() and f'"{folder.name}"' in text:
            seen.update(file for file in folder.rglob("*") if file.is_file() and file.suffix not in (".py", ".pyc"))
    return seen


@functools.cache
def reached(name: str) -> set[str]:
    return {file.relative_to(ROOT).as_posix() for file in imported(ROOT / "stages" / f"{name}.py")} - {"stages/__init__.py"}


@functools.cache
def stage_of(name: str) -> Stage[Any]:
    main = importlib.import_module(f"stages.{name}").main
    assert isinstance(main, Stage)
    return main


def settings_of(name: str, params: Mapping[str, Any], item: Mapping[str, str]) -> Any:
    return parse(stage_of(name).kind, name, params[name] | item)


# --------------------------------------------------------------------------------------- declared dependencies


@each_stage
def test_a_stage_declares_every_module_it_runs(name: str) -> None:
    declared = code(next(cells(name)).deps)
    hidden = {f for f in reached(name) - UNTRACKED if not any(f == d or f.startswith(f"{d}/") for d in declared)}
    assert not hidden, f"add to deps of {name} in dvc.yaml: {sorted(hidden)}"


@each_stage
def test_a_stage_declares_no_module_that_it_does_not_use(name: str) -> None:
    used = reached(name)
    stale = {d for d in code(next(cells(name)).deps) if not any(f == d or f.startswith(f"{d}/") for f in used)}
    assert not stale, f"remove from deps of {name} in dvc.yaml, they only cause re-runs: {sorted(stale)}"
    needless = code(next(cells(name)).deps) & UNTRACKED
    assert not needless, f"{sorted(needless)} shape no output"


@each_cell
def test_a_stage_declares_every_path_in_its_settings(cell: Cell) -> None:
    def paths(value: Any) -> Iterator[Path]:
        if isinstance(value, Path):
            yield value
        elif isinstance(value, Mapping):
            for element in value.values():
                yield from paths(element)
        elif isinstance(value, (list, tuple, set)):
            for element in value:
                yield from paths(element)

    settings = settings_of(cell.stage, PARAMS, cell.item).model_dump()
    declared = [*cell.deps, *cell.outs]
    hidden = [path.as_posix() for path in paths(settings) if not any(overlap(path.as_posix(), other) for other in declared)]
    assert not hidden, f"{cell} has {hidden} in its settings but neither as deps nor as outs"


@each_cell
def test_data_dependencies_are_outputs_of_earlier_stages(cell: Cell) -> None:
    earlier = [out for other in CELLS[: CELLS.index(cell)] for out in other.outs if other.stage != cell.stage]
    data = set(cell.deps) - code(cell.deps)
    orphans = [
        dep
        for dep in data
        if not any(overlap(dep, out) for out in earlier) and not (ROOT / dep).is_file() and dep != PARAMS["paths"]["manifests"]
    ]
    assert not orphans, f"no stage before {cell} writes {orphans}"


@each_cell
def test_declared_code_exists(cell: Cell) -> None:
    assert not [dep for dep in code(cell.deps) if not (ROOT / dep).exists()]


# ------------------------------------------------------------------------------- dvc.yaml, stages/ and params.yaml agree


def test_every_stage_has_its_file_section_and_block() -> None:
    files = {path.stem for path in (ROOT / "stages").glob("*.py")} - {"__init__"}
    assert files == set(PIPELINE), "stages/ and dvc.yaml name different stages"
    sections = set(PARAMS) - checks.INTERPOLATED - checks.COMMON_SECTIONS.keys()
    assert sections == set(PIPELINE), "params.yaml and dvc.yaml name different stages"
    assert [name for name in PARAMS if name in PIPELINE] == list(PIPELINE), "params.yaml and dvc.yaml differ in order"


@each_stage
def test_a_stage_has_a_description_and_a_docstring(name: str) -> None:
    assert len(PIPELINE[name].get("desc", "")) > 10
    document = ast.get_docstring(ast.parse((ROOT / "stages" / f"{name}.py").read_text())) or ""
    assert document.startswith(f"{name} -- "), f"stages/{name}.py: the docstring starts with `{name} -- ` and what it does"
    assert stage_of(name).name == name


@each_cell
def test_a_stage_is_called_and_recorded_by_its_name(cell: Cell) -> None:
    item = stage_of(cell.stage).item
    assert list(cell.item) == ([item] if item else []), "the matrix of dvc.yaml and item= of @stage name different settings"
    args = [f"{cell.stage}.{key}={value}" for key, value in cell.item.items()]
    assert cell.cmd == " ".join(["exec ./stage", cell.stage, *args])
    tail = "".join(f"/{value}" for value in cell.item.values())
    assert f"metrics/{cell.stage}{tail}.json" in cell.outs
    assert ("metrics/headline.json" in cell.outs) == (stage_of(cell.stage).headline is not None)


@each_cell
def test_a_stage_tracks_its_own_section_and_no_other_item(cell: Cell) -> None:
    if not cell.item:
        assert cell.params == (cell.stage,)
        return
    (item,) = cell.item.values()
    own = f"{cell.stage}.{next(iter(cell.item))}s.{item}"
    assert cell.params == (own,)
    section = PARAMS[cell.stage]
    shared = {key: value for key, value in section.items() if key not in (f"{next(iter(cell.item))}s", *cell.item, *EXECUTION)}
    untracked = [key for key, value in shared.items() if not any(overlap(str(value), path) for path in (*cell.deps, *cell.outs))]
    assert not untracked, f"{cell.stage}.{untracked} shapes every item but is not tracked; move it into each item's block"
    assert all(section[key] is None for key in cell.item), "dvc.yaml sets the item"


@each_stage
def test_metrics_are_in_git_and_no_option_disables_the_run_cache(name: str) -> None:
    block = PIPELINE[name]
    assert not {"always_changed", "frozen", "wdir"} & set(block)
    for kind in ("outs", "metrics", "plots"):
        for entry in block.get(kind, []):
            options = entry[_name(entry)] or {} if isinstance(entry, Mapping) else {}
            assert "persist" not in options, f"{_name(entry)}: persist disables the run cache"
            assert "checkpoint" not in options, f"{_name(entry)}: DVC ignores checkpoint"
            record = _name(entry).startswith("metrics/") and _name(entry).endswith(".json")
            assert (options.get("cache", True) is False) == record, f"{_name(entry)}: only records are in Git"
            assert not (record and kind == "outs"), f"{_name(entry)}: an out with cache: false disables the run cache"
            assert _name(entry).rstrip("/") != "metrics", "name each metrics file"


def test_dvc_exp_show_has_at_most_40_numbers() -> None:
    """Each number in a DVC metric is a column of `dvc exp show`; records with many numbers are declared as plots."""
    files = {_name(entry) for block in PIPELINE.values() for entry in block.get("metrics", [])}
    numbers = [key for file in files if (ROOT / file).exists() for key in json.loads((ROOT / file).read_text())]
    assert "metrics/headline.json" in files
    assert len(numbers) <= 40


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a Git repository")
def test_every_record_is_in_git_and_in_the_lock() -> None:
    """Otherwise `make repro` in a fresh clone would leave untracked files."""
    uncached = {
        str(path)
        for cell in CELLS
        for kind in ("metrics", "plots")
        for entry in PIPELINE[cell.stage].get(kind, [])
        if isinstance(entry, Mapping) and (entry[_name(entry)] or {}).get("cache") is False
        for path in [_name(entry).replace("${item.source}", cell.item.get("source", ""))]
    }
    tracked = subprocess.run(["git", "ls-files", "metrics"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    locked = {out["path"] for entry in lineage.read_stages(ROOT / "dvc.lock").values() for out in entry["outs"]}
    assert not uncached - set(tracked)
    assert not uncached - locked


def test_no_output_contains_another() -> None:
    outs = [(str(cell), out) for cell in CELLS for out in cell.outs]
    nested = [(first, second) for first, second in itertools.combinations(outs, 2) if overlap(first[1], second[1])]
    assert not nested, "DVC removes an out before it runs the stage, and with it any output inside"


# ----------------------------------------------------------------------------------------------------- a real run


def find_run(root: Path, name: str) -> str | None:
    """The id of the MLflow run that made the outputs of a stage in dvc.lock."""
    fingerprint = lineage.locked_fingerprint(name, lineage.read_stages(root / "dvc.lock"))
    return fingerprint and tracking.find_run(fingerprint, uri=f"sqlite:///{root}/mlflow.db")


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_pipeline_runs_is_reproducible_and_is_cached(smoke: Smoke, tmp_path: Path, shell: Run, offline: Offline) -> None:
    clone = smoke.copy(tmp_path / "clone")

    def dvc(*words: str, **env: str) -> list[str]:
        """The stages that ran, without a network."""
        done = shell("dvc", *words, cwd=clone, **{"OMP_NUM_THREADS": "1"} | offline.env | env)
        assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
        return stages_run(done.stdout)

    names = [str(cell) for cell in CELLS]
    assert smoke.ran == names
    assert smoke.attempts == []
    missing = [out for cell in CELLS for out in cell.outs if not (clone / out).exists()]
    assert not missing
    strays = shell("git", "status", "--porcelain", "--untracked-files=all", cwd=clone).stdout.splitlines()
    allowed = re.compile(r".. (dvc\.lock|metrics/[\w/-]+\.json)$")
    assert not [line for line in strays if not allowed.match(line)], "a stage wrote files that dvc.yaml does not declare"
    shell("git", "add", "metrics", cwd=clone)
    shell("git", "commit", "-qam", "its outputs", cwd=clone)
    made = {name: find_run(clone, name) for name in names}
    assert len(set(made.values())) == len(names) and None not in made.values(), "each stage has its run, found by its fingerprint"

    assert dvc("repro") == [], "nothing changed, but a stage ran"

    # all stages again, with another number of threads and without MLflow
    assert dvc("repro", "--force", OMP_NUM_THREADS="2", MLFLOW_TRACKING_URI="http://127.0.0.1:9") == names
    changed = shell("git", "status", "--porcelain", "--untracked-files=all", cwd=clone).stdout
    assert changed == "", f"a second run must give the same lock and records: {changed}"

    done = shell("python", "-m", "vitrine.cli", "compose", "scale=smoke", "grpo.temperature=1.0", cwd=clone)
    assert done.stdout.splitlines()[:1] == ["grpo.temperature: 0.9 -> 1.0"]
    warmer = dvc("repro", DVC_EXP_NAME="warmer")
    assert warmer[:1] == ["grpo"]
    assert set(warmer) <= {"grpo", "benchmark", "card", "report"}, "two GRPO steps may leave the weights unchanged"
    assert find_run(clone, "grpo") not in (made["grpo"], None)
    shell("python", "-m", "vitrine.cli", "compose", "scale=smoke", cwd=clone)
    assert dvc("repro") == [], "all stages come from the run cache"
    assert {name: find_run(clone, name) for name in names} == made, "a stage from the cache is traced to its original run"

    rows = composed("scale=smoke")["ingest"]["sources"]["alpaca"]["rows"]
    fewer = f"ingest.sources.alpaca.rows={rows - 8}"
    shell("python", "-m", "vitrine.cli", "compose", "scale=smoke", "grpo.temperature=1.0", fewer, cwd=clone)
    cleaned = [str(cell) for cell in CELLS if cell.stage == "clean"]
    assert dvc("repro", *cleaned, DVC_EXP_NAME="fewer") == ["ingest@alpaca", "clean@alpaca"]
