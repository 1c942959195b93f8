"""What a stage reads, by the hashes under which DVC knows it: its fingerprint, and whether its inputs are whole.

hashes = read(["data/chat/train.parquet", "vitrine/lm"])       # {"data/chat/train.parquet": "bef49b…", …}
damage(hashes, lock)                                           # a sentence if dvc.lock says something else
fingerprint("sft", hashes, {"sft": {"steps": 450}})            # a tag of the stage's run in MLflow
locked("sft", lock)                                            # the same, of what dvc.lock holds: whose run made it?
"""

import functools
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

IGNORED = re.compile(r"/__pycache__/|\.py[cod]$|\.unfinished$|/\.DS_Store$")  # as .dvcignore says
Lock = Mapping[str, Mapping[str, Any]]  # by stage: `deps` and `outs` with their md5, `params` with their values


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds; an empty one where there is no such file."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return found if isinstance(found, dict) else {}


def load(path: Path) -> Lock:
    """The stages of a dvc.lock."""
    return read_yaml(path).get("stages") or {}


def read(paths: Iterable[str]) -> dict[str, str]:
    """DVC's md5 of every file or folder that exists."""
    return {path: digest(Path(path)) for path in paths if Path(path).exists()}


def digest(path: Path) -> str:
    """The md5 of a file; of a folder, that of the list of its files, as DVC makes it."""
    if not path.is_dir():
        return _md5(path)
    files = (file for file in path.rglob("*") if file.is_file() and not IGNORED.search(file.as_posix()))
    entries = sorted((file.relative_to(path).as_posix(), _md5(file)) for file in files)
    listing = json.dumps([{"md5": md5, "relpath": name} for name, md5 in entries])
    return hashlib.md5(listing.encode(), usedforsecurity=False).hexdigest() + ".dir"


def damage(hashes: Mapping[str, str], lock: Lock) -> str | None:
    """A sentence about the first input that is not what dvc.lock says that a stage above wrote: a bit may flip on any disk."""
    written = [(maker, out["path"], out["md5"]) for maker, entry in lock.items() for out in entry.get("outs") or []]
    for maker, path, md5 in written:
        if any(path == dep or path.startswith(f"{dep}/") for dep in hashes) and Path(path).exists():
            found = hashes.get(path) or digest(Path(path))
            if found != md5:
                return (
                    f"{path} is not what dvc.lock says that {maker} wrote (md5 {found}, not {md5}): it is damaged, or "
                    f"was changed by hand; delete it and run `dvc repro {maker}`. If it comes back so, it is a link to a damaged "
                    "object of the cache: docs/reproducibility.md finds that one"
                )
    return None


def fingerprint(stage: str, hashes: Mapping[str, str], params: Mapping[str, Any]) -> str:
    """One hash of all that decides what a stage makes. Numbers go by their text: YAML readers disagree on `1e-05`."""
    parts = [stage, dict(hashes), {key: str(value) for key, value in flatten(params)}]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def locked(stage: str, lock: Lock) -> str | None:
    """The fingerprint of what dvc.lock holds of a stage, whether it ran here or came out of a cache; None: it is not there."""
    if stage not in lock:
        return None
    hashes = {dep["path"].rstrip("/"): dep["md5"] for dep in lock[stage].get("deps") or []}
    return fingerprint(stage, hashes, lock[stage].get("params", {}).get("params.yaml", {}))


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested mappings as dotted keys: {"a": {"b": 1}} -> a.b, 1. An empty mapping is a value."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, functools.partial(hashlib.md5, usedforsecurity=False)).hexdigest()
