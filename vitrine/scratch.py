"""Where an interrupted training continues: a folder for one stage with one fingerprint, outside everything that DVC tracks.

    with scratch.use("sft", fingerprint, Saving(), Path()):     # vitrine.stage, around the work of a stage
        place = scratch.claim()                                  # a training: where it may keep checkpoints, or None
        place.folder                                             # .vitrine/scratch/sft/3f0c…/1

The fingerprint covers the settings, inputs and code of the stage, so a folder never serves another training. It is removed when
the stage succeeds. Folders of trainings that were interrupted and started again with other settings are kept for a while: who
undoes the change continues where they stopped. No output depends on any of this.
"""

import contextlib
import logging
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import Field

from vitrine.processes import EXIT_TIMEOUT_S
from vitrine.settings import Settings

log = logging.getLogger(__name__)
FOLDER = Path(".vitrine") / "scratch"
OWN, MADE = re.compile("[0-9a-f]{16}"), re.compile(r"lock|\d+")  # the folder of a stage with one fingerprint, and what is in it
KEPT = 2  # interrupted trainings of one stage with other fingerprints
LOCK_TIMEOUT_S = EXIT_TIMEOUT_S + 5  # a stage whose DVC was killed is still about to end


class Saving(Settings):
    """How trainings are saved. Every stage may read this section; it shapes no output, so DVC does not track it."""

    every: float | None = Field(default=60, ge=0)  # seconds; 0: after each step; None: never
    folder: Path | None = None  # None: FOLDER in the repository that owns the run
    copy_to: str | None = None  # a URL that fsspec understands


@dataclass(frozen=True)
class Place:
    """Where one training keeps its checkpoints, and how often it makes one."""

    stage: str
    fingerprint: str
    folder: Path
    every: float  # seconds between two checkpoints
    url: str | None  # where they are copied to


@dataclass
class _Stage:
    name: str
    fingerprint: str
    settings: Saving
    folder: Path
    places: list[Place] = field(default_factory=list)
    locks: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)


_current: _Stage | None = None


@contextlib.contextmanager
def use(name: str, fingerprint: str | None, settings: Saving, owner: Path) -> Iterator[None]:
    """Trainings inside the block may keep checkpoints, which are removed if it ends without an error.

    Without a fingerprint nothing tells whether a checkpoint fits, so none is kept.
    """
    global _current
    outer, own = _current, None
    if fingerprint and settings.every is not None:
        folder = (settings.folder or owner / FOLDER).absolute() / name / fingerprint[:16]
        own = _Stage(name, fingerprint, settings, folder)
    _current = own
    try:
        yield
        if own:
            _remove(own)
    finally:
        if own:
            own.locks.close()
        _current = outer


def claim() -> Place | None:
    """The place of the next training of this stage. None outside `use`, and while another process trains the same there."""
    own = _current
    if own is None:
        return None
    if not own.places:
        try:
            own.folder.mkdir(parents=True, exist_ok=True)
            own.locks.enter_context(FileLock(own.folder / "lock", timeout=LOCK_TIMEOUT_S))
        except Timeout:
            log.warning("another process trains %s with the same inputs, so this one keeps no checkpoints", own.name)
            return None
        except OSError as error:
            log.warning("no checkpoints are kept: %s cannot be written (%s); see checkpoints.folder", own.folder, error.strerror)
            return None
        _drop_old(own)
    number, copies = str(len(own.places) + 1), own.settings.copy_to
    url = "/".join([copies.rstrip("/"), own.name, own.folder.name, number]) if copies else None
    place = Place(own.name, own.fingerprint, own.folder / number, own.settings.every or 0.0, url)
    own.places.append(place)
    return place


def _remove(own: _Stage) -> None:
    """Remove the folder of a stage that has succeeded, unless another process is using it."""
    if own.places:
        shutil.rmtree(own.folder, ignore_errors=True)
    for place in own.places:
        if place.url:
            _remove_copy(place.url)


def _remove_copy(url: str) -> None:
    from fsspec.core import url_to_fs

    with contextlib.suppress(Exception):  # the errors of a store are its own; a copy that stays is harmless
        files, root = url_to_fs(url)
        files.rm(root, recursive=True)


def _drop_old(own: _Stage) -> None:
    """Say that interrupted trainings with other fingerprints are not continued; keep the newest ones, remove the others."""
    others = [folder for folder in own.folder.parent.iterdir() if _is_own(folder) and folder != own.folder]
    others.sort(key=lambda folder: max(part.stat().st_mtime for part in [folder, *folder.glob("*")]), reverse=True)
    for number, folder in enumerate(others):
        with contextlib.suppress(OSError, Timeout), FileLock(folder / "lock", timeout=0):  # skips one that is being used
            if number >= KEPT or not any(folder.glob("*/step-*")):
                shutil.rmtree(folder, ignore_errors=True)
    left = [folder for folder in others if folder.exists()]
    if left and not any(own.folder.glob("*/step-*")):
        log.info(
            "%s was interrupted before with other settings, inputs or code: that training is kept in %s and not continued",
            own.name,
            left[0],
        )


def _is_own(folder: Path) -> bool:
    """Whether a folder was made here and holds nothing else: `checkpoints.folder` may be one that people use too."""
    return bool(OWN.fullmatch(folder.name)) and folder.is_dir() and all(MADE.fullmatch(part.name) for part in folder.iterdir())
