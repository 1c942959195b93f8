"""Checkpoints of one training: each appears as a whole or not at all, is verified before it is used, and two are kept.

    store = Store(place, made_with={"torch": "2.13.0", …})
    store.save(120, write=lambda folder: torch.save(state, folder / "state.pt"))   # -> step-0000120
    found = store.newest()               # the newest undamaged one that the same libraries made, or None
    found.step, found.folder

A checkpoint is written to a folder of another name, synchronised to the disk and renamed. Its manifest holds the SHA-256 of every
file. If a checkpoint cannot be written (the disk is full), the one before is kept and the training goes on.
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from vitrine.errors import first_line
from vitrine.files import replacing
from vitrine.scratch import Place
from vitrine.training.loop.copies import Copies

log = logging.getLogger(__name__)
MANIFEST = "manifest.json"
KEPT = 2  # if the newest is damaged, the one before is used


@dataclass(frozen=True)
class Checkpoint:
    step: int
    folder: Path


class Store:
    """The checkpoints in the folder of a training, and their copies at a URL."""

    def __init__(self, place: Place, made_with: Mapping[str, str]) -> None:
        self.place, self.folder, self.made_with = place, place.folder, dict(made_with)
        self.copies = Copies(place.url) if place.url else None
        for left in self.folder.glob(".*.unfinished"):  # of a process that was killed while it saved
            shutil.rmtree(left, ignore_errors=True)

    def save(self, step: int, write: Callable[[Path], None]) -> bool:
        """Save what `write` puts into a folder. False if that failed; then the checkpoints before are still there."""
        path = self.folder / f"step-{step:07d}"
        try:
            self._make_room()
            with replacing(path) as new:
                new.mkdir()
                write(new)
                self._seal(new, step)
            _sync(self.folder)
        except (OSError, RuntimeError, SafetensorError) as error:  # torch and safetensors report a full disk in their own ways
            reason = (isinstance(error, OSError) and error.strerror) or first_line(error)
            before = self._saved()
            kept = f"the checkpoint of step {before[0][0]} is kept" if before else "there is none yet"
            log.warning("no checkpoint of step %d in %s (%s): %s, and the training goes on", step, self.folder, reason, kept)
            return False
        for _, old in self._saved()[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
        if self.copies:
            self.copies.upload(path, keep=KEPT)
        return True

    def newest(self) -> Checkpoint | None:
        """The newest checkpoint that is undamaged and made with the same libraries. Warns if a newer one is not used."""
        local = next(filter(None, (self._verified(step, folder) for step, folder in self._saved())), None)
        names = self.copies.newer_than(local.step if local else -1) if self.copies else []
        for name in names:
            if self.copies and self.copies.download(self.folder, name):
                copy = self._verified(int(name.partition("-")[2]), self.folder / name)
                if copy:
                    return copy
        return local

    def _verified(self, step: int, folder: Path) -> Checkpoint | None:
        """The checkpoint in `folder`. One that must not be used is named and removed."""
        problem = self._find_problem(folder, step)
        if problem is None:
            return Checkpoint(step, folder)
        log.warning("the checkpoint of step %d in %s is not used: %s", step, folder, problem)
        shutil.rmtree(folder, ignore_errors=True)
        return None

    def _saved(self) -> list[tuple[int, Path]]:
        """Step and folder of each checkpoint, the newest first."""
        folders = [path for path in self.folder.glob("step-*") if path.name.partition("-")[2].isdecimal()]
        return sorted(((int(path.name.partition("-")[2]), path) for path in folders), reverse=True)

    def _make_room(self) -> None:
        """If a third checkpoint does not fit on the disk, remove the oldest of two first."""
        saved = self._saved()
        if len(saved) >= KEPT:
            size = sum(file.stat().st_size for file in saved[0][1].iterdir())
            if shutil.disk_usage(self.folder).free < 1.1 * size:
                shutil.rmtree(saved[-1][1], ignore_errors=True)

    def _seal(self, folder: Path, step: int) -> None:
        """Add the manifest, and synchronise everything to the disk: after a power cut a rename may outlive the files."""
        files = {file.name: digest(file) for file in sorted(folder.iterdir())}
        about = {"step": step, "fingerprint": self.place.fingerprint, "made_with": self.made_with, "files": files}
        (folder / MANIFEST).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        for file in (*folder.iterdir(), folder):
            _sync(file)

    def _find_problem(self, folder: Path, step: int) -> str | None:
        """Why this checkpoint must not be used, or None."""
        try:
            about: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            for name, expected in about["files"].items():
                if digest(folder / name) != expected:
                    return f"{name} is damaged, its SHA-256 is not that of the manifest"
            if (about["fingerprint"], about["step"]) != (self.place.fingerprint, step):
                return "it belongs to a training with other settings, inputs or code"
            made_with = dict(about["made_with"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            return f"it is damaged ({first_line(error)})"
        other = [name for name in {**made_with, **self.made_with} if made_with.get(name) != self.made_with.get(name)]
        if other:
            return "; ".join(f"it was made with {name} {made_with.get(name)}, not {self.made_with.get(name)}" for name in other)
        return None


def digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with _opened(path) as number:
        os.fsync(number)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    number = os.open(path, os.O_RDONLY)
    try:
        yield number
    finally:
        os.close(number)
