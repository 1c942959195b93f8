"""What a report says about the run that made it: data, recipe, model, size and a fingerprint.

    model = ModelSource(origin="scratch", layers=4, hidden=128)
    run = Run(recipe="vitrine", scale="cpu", model=model, sources=sources, provenance={"olist": "generated", …})
    run.data           "generated sample (6 sources)"
    run.fingerprint(board)      "5f0c2a8c91de"

The fingerprint changes with the scoreboard and with these settings, and with nothing else: the same run on another day or
machine has the same one. Commit and date are not part of the page; `vitrine report` stamps them on a copy.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from pydantic import ConfigDict

from vitrine.reporting.cards.provenance import Origin, Provenance
from vitrine.reporting.inputs import BOARD
from vitrine.settings import Settings

SMOKE = "smoke"  # the scale that shows only that every stage runs
GENERATED = "generated sample"
WHOSE: dict[Provenance, str] = {
    "generated": GENERATED,
    "published": "the publisher's files",
    "own": "your own files",
    "mixed": "the publisher's files and your own",
}
PLACES = {"path": "", "hub": ", from a hub at a fixed revision", "url": ", from the web, checked by hash"}


class ModelSource(Settings):
    """Where the base model comes from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    origin: str
    name: str = ""
    revision: str = ""
    path: Path = Path()
    sha256: str | None = None
    layers: int | None = None
    hidden: int | None = None


@dataclass(frozen=True)
class Run:
    recipe: str | None
    scale: str
    model: ModelSource
    sources: Mapping[str, Origin]
    provenance: Mapping[str, Provenance] = field(default_factory=dict)  # of each source, as `account` wrote it

    @property
    def is_smoke(self) -> bool:
        return self.scale == SMOKE

    @property
    def selected(self) -> dict[str, Origin]:
        return {name: source for name, source in self.sources.items() if source.selected}

    @property
    def is_generated(self) -> bool:
        """Whether every row was generated."""
        return bool(self.selected) and all(source.origin == "sample" for source in self.selected.values())

    @property
    def data(self) -> str:
        """Whose files the sources are: "generated sample (6 sources)", "your own files (olist); generated sample (products)"."""
        by_owner: dict[str, list[str]] = {}
        for name in self.selected:
            by_owner.setdefault(self._whose(name), []).append(name)
        if len(by_owner) == 1:
            ((whose, names),) = by_owner.items()
            return f"{whose} ({names[0] if len(names) == 1 else f'{len(names)} sources'})"
        return "; ".join(f"{whose} ({', '.join(names)})" for whose, names in by_owner.items()) or "no source"

    def _whose(self, source: str) -> str:
        """Whose files one source is, and from where."""
        origin, provenance = self.sources[source].origin, self.provenance.get(source)
        if origin == "sample":
            return GENERATED
        return f"{WHOSE[provenance] if provenance else 'files of unknown provenance'}{PLACES[origin]}"

    @property
    def base(self) -> str:
        """The base model in words. A model that is a folder is named without the folders above it."""
        if self.model.origin in ("folder", "gguf"):
            return f"{self.model.path.name} of sha256 {self.model.sha256}"
        if self.model.origin != "scratch":
            return f"{base_name(self.model.name)} at {self.model.revision or 'an unnamed revision'}"
        return f"built from scratch: {self.model.layers} layers of width {self.model.hidden}"

    @property
    def setup(self) -> str:
        return f"{self.recipe or 'not named'} at scale {self.scale}"

    def fingerprint(self, board: Mapping[str, Any]) -> str:
        """Twelve characters that change with any score or with these settings."""
        sources = {
            name: source.model_dump(include={"origin", "rows", "seed", "selected"}) for name, source in self.sources.items()
        }
        scores = {key: board.get(key) for key in sorted({*BOARD, "controls"})}
        model = self.model.model_dump(mode="json", exclude={"path", "sha256"} - self.model.model_fields_set)
        inputs = [scores, self.recipe, self.scale, model, sources]
        return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()[:12]


def base_name(name: str) -> str:
    """The name of a model; for a path its last folder, because the folders above it may name a person or a machine."""
    is_path = name.startswith(("/", ".", "~")) or "\\" in name or name.count("/") > 1
    return PurePath(name.replace("\\", "/")).name or name if is_path else name


def size(parameters: float | None) -> str:
    """A number of parameters in words: 1.2 million."""
    if not parameters:
        return "not known"
    for unit, name in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if parameters >= unit:
            return f"{parameters / unit:.1f} {name} parameters"
    return f"{parameters:,.0f} parameters"
