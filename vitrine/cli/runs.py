"""What a run left behind: its scoreboard, its params.yaml and its answers, from a folder, a Git revision or a DVC experiment.

run = read_run("HEAD~3", root)         # a revision; an experiment's name works too
run = read_run("../other", root)       # a checkout, a folder with benchmark.json, or a benchmark.json
run.board["models"], run.params, run.answers("sft")      # answers: None if they are not on this machine
"""

import configparser
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from vitrine.cli.stale import find_stale
from vitrine.errors import TableError, VitrineError
from vitrine.params import leaves

WORKSPACE = "workspace"
BENCHMARK, ANSWERS = "metrics/benchmark.json", "data/answers"  # unless params.yaml names other places
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class RunRecord:
    name: str
    board: Mapping[str, Any]
    params: Mapping[str, Any]
    answers: Callable[[str], Rows | None]  # of a model
    remedy: str = ""  # a command that gets its answers; empty if none does
    stale: str = ""  # why the scores are not those of the current settings and code; empty if they are


def read_run(name: str, root: Path) -> RunRecord:
    """The run of that name: the working tree, a folder or file, a Git revision, or a DVC experiment."""
    if name == WORKSPACE:
        return replace(_from_folder(name, root), remedy="dvc repro benchmark", stale=find_stale(root))
    path = Path(name).expanduser()
    commit = _commit(name, root)
    if commit:
        return _from_commit(name, commit, root)
    if path.exists():
        return _from_folder(name, path)
    raise VitrineError(f"{name} is no folder, Git revision or DVC experiment here: `git log` and `dvc exp show` list them")


def _from_folder(name: str, path: Path) -> RunRecord:
    if path.is_file():
        return RunRecord(name, _board(name, path.read_text(encoding="utf-8")), {}, lambda model: None)
    params = _yaml((path / "params.yaml").read_text(encoding="utf-8")) if (path / "params.yaml").exists() else {}
    places = [path / _param(params, "report.benchmark", BENCHMARK), path / "benchmark.json"]
    file = next((place for place in places if place.exists()), None)
    if file is None:
        raise VitrineError(f"{name} has no benchmark ({places[0]} does not exist): run `dvc repro benchmark` there")
    folder = path / _param(params, "report.answers", ANSWERS)
    return RunRecord(
        name, _board(name, file.read_text(encoding="utf-8")), params, lambda model: _table(folder / f"{model}.parquet")
    )


def _from_commit(name: str, commit: str, root: Path) -> RunRecord:
    params = _yaml(_show(root, commit, "params.yaml") or "")
    place = _param(params, "report.benchmark", BENCHMARK)
    text = _show(root, commit, place)
    if text is None:
        raise VitrineError(f"{name} has no benchmark ({place} is not in commit {commit[:10]}): choose a revision that has one")
    lock = _yaml(_show(root, commit, "dvc.lock") or "")
    folder = _param(params, "report.answers", ANSWERS)
    remedy = "dvc fetch --all-commits benchmark" if lock and _has_remote(root) else ""
    return RunRecord(name, _board(name, text), params, lambda model: _cached(root, lock, folder, f"{model}.parquet"), remedy)


def _commit(name: str, root: Path) -> str | None:
    """The commit of a revision, or of the newest experiment with that name."""
    done = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if done:
        return done
    listed = _git(root, "for-each-ref", "--sort=-committerdate", "--format=%(objectname) %(refname)", "refs/exps") or ""
    for line in listed.splitlines():
        commit, _, reference = line.partition(" ")
        if reference.rpartition("/")[2] == name:
            return commit
    return None


def _show(root: Path, commit: str, path: str) -> str | None:
    return _git(root, "show", f"{commit}:./{path}")


def _git(root: Path, *arguments: str) -> str | None:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def _cached(root: Path, lock: Mapping[str, Any], folder: str, name: str) -> Rows | None:
    """A table of a folder that dvc.lock names, out of DVC's cache; None if the cache lacks it."""
    outs = (lock.get("stages") or {}).get("benchmark", {}).get("outs", [])
    digest = next((out["md5"] for out in outs if out.get("path") == folder and "md5" in out), None)
    if digest is None:
        return None
    cache = _cache(root)
    try:
        files = json.loads(_object(cache, digest).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    file_digest = next((file["md5"] for file in files if file["relpath"] == name), None)
    return _table(_object(cache, file_digest)) if file_digest else None


def _cache(root: Path) -> Path:
    """Where DVC keeps its cache, which its configuration may move."""
    settings = _dvc_config(root)
    if not settings.has_option("cache", "dir"):
        return root / ".dvc" / "cache"
    done = subprocess.run([sys.executable, "-m", "dvc", "cache", "dir"], cwd=root, capture_output=True, text=True)
    return Path(done.stdout.strip()) if done.returncode == 0 else root / ".dvc" / "cache"


def _has_remote(root: Path) -> bool:
    return any(section.strip("'").startswith("remote ") for section in _dvc_config(root).sections())


def _dvc_config(root: Path) -> configparser.ConfigParser:
    settings = configparser.ConfigParser(strict=False)
    settings.read([root / ".dvc" / "config", root / ".dvc" / "config.local"])
    return settings


def _object(cache: Path, digest: str) -> Path:
    return cache / "files" / "md5" / digest[:2] / digest[2:]


def _table(path: Path) -> Rows | None:
    """The answers in a file; None if it is not there or has the columns of another version."""
    from vitrine import tables  # pyarrow, which other commands need not load
    from vitrine.tables.answers import ANSWERS as SCHEMA

    try:
        return tables.read(path, SCHEMA) if path.exists() else None
    except TableError:
        return None


def _board(name: str, text: str) -> dict[str, Any]:
    from vitrine.reporting.inputs import parse_board

    return parse_board(text, name)


def _yaml(text: str) -> dict[str, Any]:
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return values if isinstance(values, dict) else {}


def _param(params: Mapping[str, Any], key: str, default: str) -> str:
    value = leaves(params).get(key)
    return value if isinstance(value, str) else default
