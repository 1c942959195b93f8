"""Check every section of params.yaml against the settings of its stage.

check({"grpo": {"temperature": "hot", …}, …})
# SettingsError: grpo.temperature: Input should be a valid number, unable to parse string as a number (got 'hot')

`vitrine compose` and `vitrine set` check before they write, hydra_plugins/ before `dvc exp run` runs or queues anything, and a
stage before its own work. Stages share the result through .dvc/tmp/vitrine, so that one run checks the same file once.
"""

import hashlib
import importlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

from pydantic import create_model

from vitrine import lineage, params
from vitrine.errors import SettingsError, suggestion
from vitrine.scratch import Saving
from vitrine.settings import Settings, problems


class Tracking(Settings):
    """Where runs are logged. Every stage reads this section besides its own. It shapes no output, so DVC does not track it."""

    uri: str | None = None
    experiment: str = "vitrine"
    enabled: bool = True


PATHS: dict[str, Any] = dict.fromkeys(
    "manifests raw clean accounting cards chat facts prompts answers models metrics".split(), str
)
Paths: type[Settings] = create_model("Paths", __base__=Settings, **PATHS)
# Sections without a stage
COMMON_SECTIONS: dict[str, type[Settings]] = {"paths": Paths, "tracking": Tracking, "checkpoints": Saving}
# Values that stages interpolate into their sections, where they are checked; `checked` is true once all is checked.
INTERPOLATED = {"launch", "lm", "load", "engine", "seed", "checked"}
MAX_LISTED = 5  # of the keys that differ, in a message
STATE_FOLDER = Path(".dvc/tmp/vitrine")  # results of one process for the next; deleting it only costs time


def check(values: Mapping[str, Any], root: Path = params.ROOT) -> None:
    """Raise SettingsError with all problems in one sentence if a section does not hold the settings of its stage."""
    first_keys: dict[tuple[str, str], str] = {}
    for key, text in _problems(values, root):
        section, _, tail = key.partition(".")
        first_keys.setdefault((tail or section, text), key)  # an interpolated block repeats the problems of its original
    if first_keys:
        messages = dict.fromkeys(f"{_original_key(key, values)}: {text}" for (_, text), key in first_keys.items())
        raise SettingsError("; ".join(messages))


def _problems(values: Mapping[str, Any], root: Path) -> Iterator[tuple[str, str]]:
    stages = {file.stem for file in (root / "stages").glob("[!_]*.py")}
    known = stages | COMMON_SECTIONS.keys() | INTERPOLATED
    pipeline = lineage.read_stages(root / "dvc.yaml")
    sys.path[:0] = [str(root)] if str(root) not in sys.path else []
    for name in values.keys() - known:
        groups = [folder.name for folder in (root / "conf").glob("[!_.]*/")]
        allowed = f"there is no such section; allowed: {', '.join(sorted(known))}{suggestion(name, [*known, *groups])}"
        yield name, "conf/user/local.yaml is empty or does not begin with `# @package _global_`" if name == "user" else allowed
    for name in [*(name for name in values if name in COMMON_SECTIONS or name in stages), *sorted(stages - values.keys())]:
        stage = importlib.import_module(f"stages.{name}").main if name in stages else None
        section = values.get(name, {})
        if stage and name not in values:
            yield name, "params.yaml has no such section; run `make params`"
        elif not isinstance(section, dict):
            yield name, f"must be a section with keys (got {section!r:.80}); run `make params`"
        elif stage and stage.item:  # each cell of a matrix stage names its own block
            blocks = section.get(f"{stage.item}s")
            for item in blocks if blocks and isinstance(blocks, dict) else [section.get(stage.item)]:
                yield from problems(stage.kind, name, section | {stage.item: item})
        else:
            yield from problems(stage.kind if stage else COMMON_SECTIONS[name], name, section)
            yield from _undeclared(name, stage.kind, section, pipeline[name], values) if stage and name in pipeline else ()


def _undeclared(
    name: str, kind: type[Settings], section: Mapping[str, Any], block: Mapping[str, Any], values: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield settings with paths that dvc.yaml does not declare for the stage: DVC would neither watch nor store them."""
    all_values, parts = dict(lineage.flatten(values)), ("deps", "outs", "metrics", "plots")
    names = [entry if isinstance(entry, str) else next(iter(entry)) for part in parts for entry in block.get(part, [])]
    declared = [re.sub(r"\$\{([\w.]+)\}", lambda key: str(all_values.get(key[1])), name).rstrip("/") + "/" for name in names]
    for field, info in kind.model_fields.items():
        value = section.get(field) if info.annotation is Path or Path in get_args(info.annotation) else []
        paths = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        strays = [path for path in paths if not any(f"{path}/".startswith(at) or at.startswith(f"{path}/") for at in declared)]
        if strays:
            yield f"{name}.{field}", f"dvc.yaml names no such path for this stage (got {strays[0]!r})"


def _original_key(key: str, values: Mapping[str, Any]) -> str:
    """The key that was set: `lm.layers` instead of `base.lm.layers` if the section interpolates the shared value."""
    leaves, steps = params.leaves(values), key.split(".")
    shorter = [".".join(steps[start:]) for start in range(1, len(steps)) if steps[start] in INTERPOLATED]
    return next((short for short in shorter if short in leaves and leaves[short] == leaves.get(key)), key)


# ------------------------------------------------------------------------------------------------ before a stage's work


def check_before_stage(name: str) -> list[str]:
    """Check all of params.yaml and return the keys in which it differs from conf/; one run prints them once."""
    values = params.read()
    key, run = _fingerprint(values), str(os.getppid()) if "DVC_STAGE" in os.environ else ""  # DVC is the parent of `exec ./stage`
    checked, reported_run, *drift = [*load_state(Path(), "params").split("\n"), ""]
    if checked != key:
        check(values)
        reported_run, drift = "", params.drift(values)
    drift = [name for name in drift if name]
    if drift and (not run or reported_run != run):
        some = ", ".join(drift[:MAX_LISTED]) + (f" and {len(drift) - MAX_LISTED} more" if len(drift) > MAX_LISTED else "")
        sentence = f"params.yaml differs from conf/ in {some}; params.yaml is used (`make params` composes it again)"
        print(f"vitrine {name}: {sentence}", file=sys.stderr)
    save_state(Path(), "params", "\n".join([key, run, *drift]))
    return drift


def _fingerprint(values: Mapping[str, Any]) -> str:
    """Identity of params.yaml, conf/ and the code of the settings: if one of them changes, everything is checked again."""
    files = [file for folder in ("conf", "stages", "vitrine") for file in (params.ROOT / folder).rglob("*.[py][ya]*")]
    state = [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in sorted(files)]
    experiment = any(name.startswith("DVC_EXP") for name in os.environ)
    return hashlib.sha256(repr((values, experiment, state)).encode()).hexdigest()


def save_state(root: Path, name: str, text: str) -> None:
    """Write a text into DVC's folder of temporary files, if that exists and is writable."""
    with suppress(OSError):
        (root / STATE_FOLDER).mkdir(exist_ok=True)
        (root / STATE_FOLDER / name).write_text(text, encoding="utf-8")


def load_state(root: Path, name: str) -> str:
    """The text that `save_state` wrote, or an empty one."""
    with suppress(OSError):
        return (root / STATE_FOLDER / name).read_text(encoding="utf-8")
    return ""
