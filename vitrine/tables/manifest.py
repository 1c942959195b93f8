"""A source's manifest: who publishes it, under which licence, and the hashes of the files that are read.

    manifests/olist.yaml        # a dependency of its ingest stage: other files are other rows
    manifest = read(Path("manifests/olist.yaml"), "olist")
    manifest.licence, manifest.path["olist_orders_dataset.csv.gz"].sha256

`vitrine pin olist` writes the hashes of the files that origin=path reads; those of a hub's revision and of web addresses
come with the project where they are known.
"""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, StringConstraints

from vitrine.errors import SettingsError, SourceError
from vitrine.settings import Settings, parse

Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Line = Annotated[str, StringConstraints(pattern=r"^[^\n\r]*\S[^\n\r]*$")]  # one line, not blank
FileName = Annotated[str, StringConstraints(pattern=r"^[^./\\][^/\\]*$")]


class Pin(Settings):
    """One file, known by its bytes."""

    sha256: Sha256
    bytes: int = Field(ge=0)
    unzipped: Sha256 | None = None  # of a .gz file's content, by which a publisher's file that was gzipped is recognised


class Web(Settings):
    """One file on the web."""

    url: Annotated[str, StringConstraints(pattern="^https?://")]
    sha256: Sha256


class Hub(Settings):
    """Files of one commit of a dataset on a hub; a branch or tag moves, so it is no revision here."""

    repository: str
    revision: Annotated[str, StringConstraints(pattern="^[0-9a-f]{40}$")]
    files: dict[str, Sha256 | None]  # by name in the repository; null: the commit alone pins it


class Published(Settings):
    """How the publisher's files are recognised. A file that fits none of this is the owner's own."""

    files: dict[FileName, Sha256] = Field(default_factory=dict)  # every published file whose hash is known, unzipped
    hub: list[str] = Field(default_factory=list)  # the publisher's repositories
    url: list[str] = Field(default_factory=list)  # the publisher's addresses begin so


class Own(Settings):
    """What the owner states about files that are not the publisher's; null: not stated. `vitrine pin` writes it."""

    title: Line | None = None
    licence: Line | None = None
    commercial: bool | None = None  # whether that licence allows commercial use


class Manifest(Settings):
    source: str
    title: str
    publisher: str
    homepage: str
    licence: str
    commercial: bool | None  # whether the licence allows commercial use; null: it is not stated
    citation: str
    path: dict[FileName, Pin]  # by file name; empty: not pinned yet
    hub: Hub | None
    url: dict[FileName, Web]  # by the file name that the reader expects
    published: Published = Published()
    own: Own = Own()

    def recognised(self, origin: str) -> dict[str, bool]:
        """The files that `origin` (path, hub or url) reads, by name, and whether each is known to be the publisher's."""
        known, places = set(self.published.files.values()), self.published
        if origin == "path":
            return {name: bool({pin.sha256, pin.unzipped} & known) for name, pin in self.path.items()}
        if origin == "url":
            return {name: pin.sha256 in known or pin.url.startswith(tuple(places.url)) for name, pin in self.url.items()}
        if origin == "hub" and self.hub:
            theirs = self.hub.repository in places.hub
            return {name: theirs or sha256 in known for name, sha256 in self.hub.files.items()}
        return {}


def read(path: Path, source: str) -> Manifest:
    """The manifest at `path`, which must be that of `source`."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read ({error.strerror}); expected the manifest of {source}: restore it from Git"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} is not YAML ({' '.join(str(error).split())}); restore it from Git") from error
    if not isinstance(values, dict):
        raise SourceError(f"{path} holds no keys; expected the manifest of {source}: restore it from Git")
    try:
        manifest = parse(Manifest, str(path), values)
    except SettingsError as error:
        raise SourceError(str(error)) from error
    if manifest.source != source:
        raise SourceError(f"{path} is the manifest of {manifest.source}, not of {source}; restore it from Git")
    return manifest
