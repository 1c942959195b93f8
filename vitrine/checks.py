"""Every section of params.yaml is checked against the settings of its stage, whenever anything composes or runs.

check({"grpo": {"temperature": "hot", …}, …})
# SettingsError: grpo.temperature: Input should be a valid number, unable to parse string as a number (got 'hot')

`vitrine compose` and `set` call it before they write, hydra_plugins/ before `dvc exp run` runs or queues anything, and a
stage before its own work. A stage finds in .dvc/tmp/vitrine what an earlier one found out about the same file.
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
from vitrine.settings import Settings, problems


class Tracking(Settings):
    """Where runs are shown: the one section that every stage reads besides its own. It shapes no output, so DVC ignores it."""

    uri: str | None = None
    experiment: str = "vitrine"
    enabled: bool = True


PATHS = "manifests raw clean accounting cards chat facts prompts answers models metrics".split()
Paths: type[Settings] = create_model("Paths", __base__=Settings, **dict.fromkeys(PATHS, str))  # type: ignore[call-overload]
READ: dict[str, type[Settings]] = {"paths": Paths, "tracking": Tracking}  # besides the sections of stages
# Sections that reach stages by interpolation into theirs, and are checked there; `checked` says that they were.
SHARED = {"launch", "lm", "load", "engine", "seed", "checked"}
SHOWN = 5  # differing keys that a message names
MEMORY = Path(".dvc/tmp/vitrine")  # what one process leaves for the next; nothing is lost with it but time


def check(values: Mapping[str, Any], root: Path = params.ROOT) -> None:
    """Raise SettingsError, one sentence with every problem, unless each section holds the settings of its stage."""
    found: dict[tuple[str, str], str] = {}
    for key, text in _problems(values, root):
        section, _, tail = key.partition(".")
        found.setdefault((tail or section, text), key)  # a copy of another section's block repeats its problems
    if found:
        raise SettingsError("; ".join(dict.fromkeys(f"{_shared(key, values)}: {text}" for (_, text), key in found.items())))


def _problems(values: Mapping[str, Any], root: Path) -> Iterator[tuple[str, str]]:
    stages = {file.stem for file in (root / "stages").glob("[!_]*.py")}
    known = stages | READ.keys() | SHARED
    pipeline = lineage.read_stages(root / "dvc.yaml")
    sys.path[:0] = [str(root)] if str(root) not in sys.path else []
    for name in values.keys() - known:
        groups = [folder.name for folder in (root / "conf").glob("[!_.]*/")]
        allowed = f"there is no such section; allowed: {', '.join(sorted(known))}{suggestion(name, [*known, *groups])}"
        yield name, "conf/user/local.yaml is empty or does not begin with `# @package _global_`" if name == "user" else allowed
    for name in [*(name for name in values if name in READ or name in stages), *sorted(stages - values.keys())]:
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
            yield from problems(stage.kind if stage else READ[name], name, section)
            yield from _undeclared(name, stage.kind, section, pipeline[name], values) if stage and name in pipeline else ()


def _undeclared(
    name: str, kind: type[Settings], section: Mapping[str, Any], block: Mapping[str, Any], values: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Paths that dvc.yaml does not name for their stage: DVC would neither watch nor keep what lies there."""
    whole, parts = dict(lineage.flatten(values)), ("deps", "outs", "metrics", "plots")
    names = [one if isinstance(one, str) else next(iter(one)) for part in parts for one in block.get(part, [])]
    known = [re.sub(r"\$\{([\w.]+)\}", lambda key: str(whole.get(key[1])), name).rstrip("/") + "/" for name in names]
    for field, info in kind.model_fields.items():
        value = section.get(field) if info.annotation is Path or Path in get_args(info.annotation) else []
        several = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        strays = [one for one in several if not any(f"{one}/".startswith(at) or at.startswith(f"{one}/") for at in known)]
        if strays:
            yield f"{name}.{field}", f"dvc.yaml names no such path for this stage (got {strays[0]!r})"


def _shared(key: str, values: Mapping[str, Any]) -> str:
    """The key that was set: `lm.layers` and not `base.lm.layers`, where a section has a shared value."""
    whole, steps = params.leaves(values), key.split(".")
    shorter = [".".join(steps[start:]) for start in range(1, len(steps)) if steps[start] in SHARED]
    return next((one for one in shorter if one in whole and whole[one] == whole.get(key)), key)


# ------------------------------------------------------------------------------------------------ before a stage's work


def before_a_stage(name: str) -> list[str]:
    """Check the whole of params.yaml, once for all stages, and return the keys in which it differs from conf/: one line a run."""
    values = params.read()
    key, run = _fingerprint(values), str(os.getppid()) if "DVC_STAGE" in os.environ else ""  # DVC is the parent of `exec ./stage`
    found, told, *drift = [*recall(Path(), "params").split("\n"), ""]
    if found != key:
        check(values)
        told, drift = "", params.drift(values)
    drift = [one for one in drift if one]
    if drift and (not run or told != run):
        some = ", ".join(drift[:SHOWN]) + (f" and {len(drift) - SHOWN} more" if len(drift) > SHOWN else "")
        sentence = f"params.yaml differs from conf/ in {some}; params.yaml counts (`make params` composes it anew)"
        print(f"vitrine {name}: {sentence}", file=sys.stderr)
    remember(Path(), "params", "\n".join([key, run, *drift]))
    return drift


def _fingerprint(values: Mapping[str, Any]) -> str:
    """Of params.yaml, what it is composed from and the code of the settings: when one of them changes, all is looked at anew."""
    files = [file for folder in ("conf", "stages", "vitrine") for file in (params.ROOT / folder).rglob("*.[py][ya]*")]
    state = [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in sorted(files)]
    experiment = any(name.startswith("DVC_EXP") for name in os.environ)
    return hashlib.sha256(repr((values, experiment, state)).encode()).hexdigest()


def remember(root: Path, name: str, text: str) -> None:
    """Keep a text in DVC's own folder of temporary files, where there is one that can be written to."""
    with suppress(OSError):
        (root / MEMORY).mkdir(exist_ok=True)
        (root / MEMORY / name).write_text(text, encoding="utf-8")


def recall(root: Path, name: str) -> str:
    with suppress(OSError):
        return (root / MEMORY / name).read_text(encoding="utf-8")
    return ""
