"""The inputs of a stage by DVC's hashes: its fingerprint, and whether its inputs are undamaged.

hashes = hash_paths(["data/chat/train.parquet", "vitrine/lm"])  # {"data/chat/train.parquet": "bef49b…", …}
find_damage(hashes, lock)                                       # a message if dvc.lock has other hashes
fingerprint("sft", hashes, {"sft": {"steps": 450}})             # a tag of the stage's run in MLflow
locked_fingerprint("sft", lock)                                 # the fingerprint in dvc.lock: which run made the outputs?
"""

import functools
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

IGNORED = re.compile(r"/__pycache__/|\.py[cod]$|\.unfinished$|/\.DS_Store$")  # the patterns of .dvcignore
Lock = Mapping[str, Mapping[str, Any]]  # by stage: `deps` and `outs` with their md5, `params` with their values


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; an empty one if there is no such file."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    values = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return values if isinstance(values, dict) else {}


def read_stages(path: Path) -> Lock:
    """The stages of a dvc.lock or dvc.yaml."""
    return read_yaml(path).get("stages") or {}


def hash_paths(paths: Iterable[str]) -> dict[str, str]:
    """DVC's md5 of every file or folder that exists."""
    return {path: digest(Path(path)) for path in paths if Path(path).exists()}


def digest(path: Path) -> str:
    """The md5 of a file. For a folder the md5 of the list of its files, as DVC computes it."""
    if not path.is_dir():
        return _md5(path)
    files = (file for file in path.rglob("*") if file.is_file() and not IGNORED.search(file.as_posix()))
    entries = sorted((file.relative_to(path).as_posix(), _md5(file)) for file in files)
    listing = json.dumps([{"md5": md5, "relpath": name} for name, md5 in entries])
    return hashlib.md5(listing.encode(), usedforsecurity=False).hexdigest() + ".dir"


def find_damage(hashes: Mapping[str, str], lock: Lock) -> str | None:
    """A message about the first input that differs from what an earlier stage wrote, by dvc.lock. Bits may flip on any disk."""
    written = [(maker, out["path"], out["md5"]) for maker, entry in lock.items() for out in entry.get("outs") or []]
    for maker, path, md5 in written:
        if any(path == dep or path.startswith(f"{dep}/") for dep in hashes) and Path(path).exists():
            actual = hashes.get(path) or digest(Path(path))
            if actual != md5:
                return (
                    f"{path} is not what dvc.lock says that {maker} wrote (md5 {actual}, not {md5}): it is damaged, or was "
                    f"changed by hand; delete it and run `dvc repro {maker}`. If it comes back the same, it is a link to a "
                    "damaged object in the cache: docs/reproducibility.md says how to find it"
                )
    return None


def fingerprint(stage: str, hashes: Mapping[str, str], params: Mapping[str, Any]) -> str:
    """One hash of everything that determines a stage's outputs. Numbers are hashed as text: YAML readers disagree on `1e-05`."""
    parts = [stage, dict(hashes), {key: str(value) for key, value in flatten(params)}]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def locked_fingerprint(stage: str, lock: Lock) -> str | None:
    """The fingerprint of a stage in dvc.lock, whether it ran here or came from a cache. None if the stage is not there."""
    if stage not in lock:
        return None
    hashes = {dep["path"].rstrip("/"): dep["md5"] for dep in lock[stage].get("deps") or []}
    return fingerprint(stage, hashes, lock[stage].get("params", {}).get("params.yaml", {}))


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested mappings as dotted keys: {"a": {"b": 1}} -> a.b, 1. An empty mapping counts as a value."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, functools.partial(hashlib.md5, usedforsecurity=False)).hexdigest()
