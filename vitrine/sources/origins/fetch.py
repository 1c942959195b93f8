"""Get the published files of a source: from a folder or zip, from a commit on a hub, or from web addresses.

with published_files("path", Path("~/olist"), manifest, ["olist_*_dataset.csv"]) as folder: …

The folder holds the files under their published names. If a file does not have the hash in the manifest, no row is read.
Unpacked files are deleted afterwards; downloads stay in the hub's own cache or in data/downloads/<source>.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from vitrine.errors import SourceError
from vitrine.sources.formats import archive
from vitrine.sources.origins import files, hub, web
from vitrine.tables.manifest import Manifest

Origin = Literal["path", "hub", "url"]


@contextmanager
def published_files(origin: Origin, path: Path | None, manifest: Manifest, patterns: Sequence[str]) -> Iterator[Path]:
    """Yield a folder with the files of `manifest` as published; `patterns` are the file names that are read."""
    if origin == "path":
        if path is None:
            raise SourceError(f"origin=path of {manifest.source} names no path; give the folder or zip with its files")
        with open_path(path, manifest, patterns) as folder:
            check_pins(folder, manifest, patterns)
            yield folder
    else:
        paths = hub.download(manifest) if origin == "hub" else web.download(manifest)
        with _link_in_folder(paths, manifest) as folder:
            yield folder


@contextmanager
def open_path(path: Path, manifest: Manifest, patterns: Sequence[str]) -> Iterator[Path]:
    """Yield `path` if it is a folder; for a zip, a temporary folder with its files."""
    path = path.expanduser()
    if path.is_dir():
        yield path
    elif path.suffix == ".zip" and path.is_file():
        with tempfile.TemporaryDirectory(prefix=f"vitrine-{manifest.source}-") as unpacked:
            archive.unpack(path, patterns, Path(unpacked))
            yield Path(unpacked)
    else:
        kind = "is neither a folder nor a .zip" if path.exists() else "does not exist"
        raise SourceError(f"{path} {kind}; expected the folder or zip with the files of {manifest.title}")


def list_files(folder: Path, patterns: Sequence[str]) -> dict[str, Path]:
    """The files of `folder` that match `patterns`, by name."""
    return {path.name: path for path in sorted(folder.iterdir()) if archive.matches(path.name, patterns)}


def check_pins(folder: Path, manifest: Manifest, patterns: Sequence[str]) -> None:
    """Raise SourceError unless the files of `folder` are exactly those that the manifest pins for origin=path."""
    pins, remedy = f"manifests/{manifest.source}.yaml", f"run `vitrine pin {manifest.source}` if these are the files you mean"
    if not manifest.path:
        raise SourceError(f"{pins} pins no file for origin=path, so changed files would go unnoticed: {remedy}")
    present = list_files(folder, patterns)
    for name, pinned in manifest.path.items():
        if name not in present:
            raise SourceError(f"{folder / name} is missing, though {pins} pins it: restore it, or {remedy}")
        actual = files.fingerprint(present[name])
        if (actual.sha256, actual.bytes) != (pinned.sha256, pinned.bytes):
            raise SourceError(
                f"{present[name]} has {actual.bytes} bytes of sha256 {actual.sha256[:12]}…, but {pins} pins {pinned.bytes} of "
                f"{pinned.sha256[:12]}…: download it again, or {remedy}"
            )
    unpinned = [name for name in present if name not in manifest.path]
    if unpinned:
        raise SourceError(f"{folder / unpinned[0]} would be read, but {pins} does not pin it: remove it, or {remedy}")


@contextmanager
def _link_in_folder(paths: Mapping[str, Path], manifest: Manifest) -> Iterator[Path]:
    """Yield a temporary folder of links: every file has the name that the reader expects, and there are no others."""
    with tempfile.TemporaryDirectory(prefix=f"vitrine-{manifest.source}-") as folder:
        for name, path in paths.items():
            (Path(folder) / name).symlink_to(path.absolute())
        yield Path(folder)
