"""What a report says about the run that made it: data, recipe, model, size and a fingerprint.

    run = Run(recipe="vitrine", scale="cpu", model=ModelSource(origin="scratch", layers=4, hidden=128), sources=sources)
    run.data           "generated sample (6 sources)"
    run.fingerprint(board)      "5f0c2a8c91de"

The fingerprint changes with the scoreboard and with these settings, and with nothing else: the same run on another day or
machine has the same one. Commit and date are not part of the page; `vitrine report` stamps them on a copy.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from vitrine.reporting.cards.provenance import Origin
from vitrine.reporting.inputs import BOARD
from vitrine.settings import Settings

SMOKE = "smoke"  # the scale that shows only that every stage runs
ORIGINS = {
    "sample": "generated sample",
    "path": "your own files",
    "hub": "files of a hub, at a fixed revision",
    "url": "files from the web, checked by hash",
}


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
        """Each origin with its sources: "generated sample (6 sources)", "your own files (olist); generated sample (products)"."""
        by_origin: dict[str, list[str]] = {}
        for name, source in self.selected.items():
            by_origin.setdefault(source.origin, []).append(name)
        if len(by_origin) == 1:
            ((origin, names),) = by_origin.items()
            return f"{ORIGINS[origin]} ({names[0] if len(names) == 1 else f'{len(names)} sources'})"
        return "; ".join(f"{ORIGINS[origin]} ({', '.join(names)})" for origin, names in by_origin.items()) or "no source"

    @property
    def base(self) -> str:
        """The base model in words."""
        if self.model.origin in ("folder", "gguf"):
            return f"{self.model.path.name} of sha256 {self.model.sha256}"
        if self.model.origin != "scratch":
            return f"{self.model.name} at {self.model.revision or 'an unnamed revision'}"
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


def size(parameters: float | None) -> str:
    """A number of parameters in words: 1.2 million."""
    if not parameters:
        return "not known"
    for unit, name in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if parameters >= unit:
            return f"{parameters / unit:.1f} {name} parameters"
    return f"{parameters:,.0f} parameters"
