"""The manifest of a source: publisher, licence, and the hashes of the files that are read.

    manifests/olist.yaml        # a dependency of its ingest stage: other files give other rows
    manifest = read(Path("manifests/olist.yaml"), "olist")
    manifest.licence, manifest.path["olist_orders_dataset.csv.gz"].sha256

`vitrine pin olist` writes the hashes of the files that origin=path reads. Known hashes of hub revisions and web addresses come
with the project.
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
    """Hash and size of one file."""

    sha256: Sha256
    bytes: int = Field(ge=0)
    unzipped: Sha256 | None = None  # hash of a .gz file's content: so a published file is recognised after gzip


class Web(Settings):
    """A file on the web."""

    url: Annotated[str, StringConstraints(pattern="^https?://")]
    sha256: Sha256


class Hub(Settings):
    """Files of one commit of a hub dataset; branches and tags are refused, because they move."""

    repository: str
    revision: Annotated[str, StringConstraints(pattern="^[0-9a-f]{40}$")]
    files: dict[str, Sha256 | None]  # by name in the repository; null: pinned by the commit alone


class Published(Settings):
    """How the publisher's files are recognised. Any other file is the owner's own.

    An address on the web does not count: a publisher's server may also hold other revisions and other people's files."""

    files: dict[FileName, Sha256] = Field(default_factory=dict)  # published files with known hash (of the unzipped file)
    hub: list[str] = Field(default_factory=list)  # the publisher's repositories


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
    commercial: bool | None  # whether the licence allows commercial use; null: not stated
    citation: str
    path: dict[FileName, Pin]  # by file name; empty: not pinned yet
    hub: Hub | None
    url: dict[FileName, Web]  # by the file name that the reader expects
    published: Published = Published()
    own: Own = Own()

    def recognised(self, origin: str) -> dict[str, bool]:
        """For each file that `origin` (path, hub or url) reads: whether it is known to be the publisher's."""
        known = set(self.published.files.values())
        if origin == "path":
            return {name: bool({pin.sha256, pin.unzipped} & known) for name, pin in self.path.items()}
        if origin == "url":
            return {name: pin.sha256 in known for name, pin in self.url.items()}
        if origin == "hub" and self.hub:
            is_publisher = self.hub.repository in self.published.hub
            return {name: is_publisher or sha256 in known for name, sha256 in self.hub.files.items()}
        return {}

    @property
    def hub_files_have_published_hashes(self) -> bool:
        """Whether the hub's files are known by their hashes, and not only by the repository that they come from."""
        return self.hub is not None and set(self.hub.files.values()) <= set(self.published.files.values())


def read(path: Path, source: str) -> Manifest:
    """Read the manifest at `path`; it must be the manifest of `source`."""
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
