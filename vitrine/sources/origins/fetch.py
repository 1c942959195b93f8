"""The published files of a source, wherever they are: a folder or a zip, a hub's commit, addresses on the web.

with published("path", Path("~/olist"), manifest, ["olist_*_dataset.csv"]) as folder: …

The folder holds the files under their published names, and each has the hash that the manifest says, or not a row is read.
What was unpacked is gone afterwards; what was downloaded stays, in the hub's own cache or in data/downloads/<source>.
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
def published(origin: Origin, path: Path | None, manifest: Manifest, patterns: Sequence[str]) -> Iterator[Path]:
    """A folder with the files of `manifest` as their publisher ships them; `patterns` are the names that are read."""
    if origin == "path":
        if path is None:
            raise SourceError(f"origin=path of {manifest.source} names no path; give the folder or zip with its files")
        with opened(path, manifest, patterns) as folder:
            check(folder, manifest, patterns)
            yield folder
    else:
        found = hub.download(manifest) if origin == "hub" else web.download(manifest)
        with _side_by_side(found, manifest) as folder:
            yield folder


@contextmanager
def opened(path: Path, manifest: Manifest, patterns: Sequence[str]) -> Iterator[Path]:
    """`path` itself if it is a folder, what it holds if it is a zip."""
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


def present(folder: Path, patterns: Sequence[str]) -> dict[str, Path]:
    """The files of `folder` that are read, by name."""
    return {path.name: path for path in sorted(folder.iterdir()) if archive.wanted(path.name, patterns)}


def check(folder: Path, manifest: Manifest, patterns: Sequence[str]) -> None:
    """Raise SourceError unless the files of `folder` are those that the manifest pins for origin=path."""
    where, remedy = f"manifests/{manifest.source}.yaml", f"run `vitrine pin {manifest.source}` if these are the files you mean"
    if not manifest.path:
        raise SourceError(f"{where} pins no file for origin=path, so that other files would go unnoticed: {remedy}")
    found = present(folder, patterns)
    for name, pinned in manifest.path.items():
        if name not in found:
            raise SourceError(f"{folder / name} is missing, though {where} pins it: restore it, or {remedy}")
        here = files.fingerprint(found[name])
        if here != pinned:
            raise SourceError(
                f"{found[name]} has {here.bytes} bytes of sha256 {here.sha256[:12]}…, but {where} pins {pinned.bytes} of "
                f"{pinned.sha256[:12]}…: download it again, or {remedy}"
            )
    unpinned = [name for name in found if name not in manifest.path]
    if unpinned:
        raise SourceError(f"{folder / unpinned[0]} would be read, but {where} does not pin it: take it away, or {remedy}")


@contextmanager
def _side_by_side(found: Mapping[str, Path], manifest: Manifest) -> Iterator[Path]:
    """One folder in which every file has the name that the reader expects, and no other file lies."""
    with tempfile.TemporaryDirectory(prefix=f"vitrine-{manifest.source}-") as folder:
        for name, path in found.items():
            (Path(folder) / name).symlink_to(path.absolute())
        yield Path(folder)
