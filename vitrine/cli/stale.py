"""Whether the scores in metrics/ are those of the current settings and code, by dvc.lock.

find_stale(root)    # "the benchmark has not run with these settings (changed: settings of sft, grpo): run `dvc repro`"
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from vitrine import lineage
from vitrine.cli.checkout import read_params
from vitrine.params import leaves

LISTED = 3  # changed files and folders that are named
BENCHMARK = "benchmark"
EDITED = ("vitrine/", "stages/", "manifests/")  # dependencies that people edit; those that stages write are compared in dvc.lock


def find_stale(root: Path) -> str:
    """A sentence if the benchmark, or a stage that it needs, has not run with the current settings and code. Empty if all have,
    or if dvc.lock does not know the benchmark."""
    current = lineage.read_stages(root / "dvc.yaml")
    entries = lineage.read_stages(root / "dvc.lock").items()
    lock = {name: entry for name, entry in entries if not current or name.partition("@")[0] in current}
    if BENCHMARK not in lock:
        return ""
    needed = list(_upstream(BENCHMARK, lock))
    params = leaves(read_params(root / "params.yaml"))
    settings = [name for name in needed if _settings_differ(lock[name], params)]
    if settings:
        return f"the benchmark has not run with these settings (changed: settings of {_stages(settings)}): run `dvc repro`"
    code = sorted({path for name in needed for path in _changed_code(lock[name], root)})
    if code:
        names = ", ".join(code[:LISTED]) + (f" and {len(code) - LISTED} more" if len(code) > LISTED else "")
        return f"the benchmark has not run with this code (changed: {names}): run `dvc repro`"
    behind = [name for name in needed if _has_newer_input(lock[name], lock)]
    if behind:
        return f"the benchmark is behind ({_stages(behind)} has not run since an earlier stage wrote other data): run `dvc repro`"
    return ""


def _upstream(name: str, lock: lineage.Lock) -> Iterator[str]:
    """The stages that `name` needs, in the order of dvc.lock, and itself."""
    needed, waiting = {name}, [name]
    while waiting:
        deps = [dep["path"] for dep in lock[waiting.pop()].get("deps") or []]
        for maker, entry in lock.items():
            if maker not in needed and any(_overlap(out["path"], dep) for out in entry.get("outs") or [] for dep in deps):
                needed.add(maker)
                waiting.append(maker)
    return (maker for maker in lock if maker in needed)


def _overlap(path: str, other: str) -> bool:
    """Whether one of the paths is the other one or lies in it."""
    a, b = f"{path.rstrip('/')}/", f"{other.rstrip('/')}/"
    return a.startswith(b) or b.startswith(a)


def _settings_differ(entry: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    """Whether params.yaml differs from the settings that the stage ran with. Numbers are compared as text, as by lineage."""
    locked = (entry.get("params") or {}).get("params.yaml") or {}
    now = {key: str(value) for key, value in params.items() if any(_below(key, section) for section in locked)}
    return now != {key: str(value) for key, value in leaves(locked).items()}


def _below(key: str, section: str) -> bool:
    return f"{key}.".startswith(f"{section}.")


def _changed_code(entry: Mapping[str, Any], root: Path) -> Iterator[str]:
    for dep in entry.get("deps") or []:
        path = dep["path"].rstrip("/")
        if path.startswith(EDITED) and (not (root / path).exists() or lineage.digest(root / path) != dep["md5"]):
            yield path


def _has_newer_input(entry: Mapping[str, Any], lock: lineage.Lock) -> bool:
    """Whether an earlier stage has written another version of an input since."""
    written = {out["path"].rstrip("/"): out["md5"] for other in lock.values() for out in other.get("outs") or []}
    return any(written.get(dep["path"].rstrip("/"), dep["md5"]) != dep["md5"] for dep in entry.get("deps") or [])


def _stages(names: Iterable[str]) -> str:
    """The stages without the cells of a matrix, each once."""
    return ", ".join(dict.fromkeys(name.partition("@")[0] for name in names))
