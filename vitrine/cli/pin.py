"""vitrine pin: the hashes of a source's files, in its manifest."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitrine.cli.checkout import checkout, read_params
from vitrine.cli.hints import known_names
from vitrine.errors import SettingsError
from vitrine.params import leaves

if TYPE_CHECKING:
    from vitrine.tables.manifest import Manifest


OPTIONS = {"title": "--name", "licence": "--licence", "commercial": "--commercial"}


def add_parser(commands: Any) -> None:
    command = commands.add_parser("pin", help="hash a source's files into its manifest", description=pin.__doc__)
    command.add_argument("source", metavar="SOURCE", help="olist, amazon_titles, … as in conf/source")
    command.add_argument("--path", type=Path, help="the folder or zip; without it, ingest.sources.SOURCE.path of params.yaml")
    command.add_argument("--name", metavar="TEXT", help="what your own files are called, in cards and reports")
    command.add_argument("--licence", metavar="TEXT", help="the licence of your own files; it is yours to state")
    command.add_argument("--commercial", choices=("yes", "no"), help="whether that licence allows commercial use")
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 if the manifest would change")
    command.set_defaults(run=pin)


def pin(chosen: argparse.Namespace) -> int:
    """Write the hashes of the files that a source reads into its manifest, and what you state about files of your own.
    Other hashes are other rows, as DVC then sees, and what you stated about the files before is dropped. A file whose hash is
    not the publisher's counts as your own."""
    from vitrine.sources import SOURCES  # Polars and pyarrow, which other commands need not load
    from vitrine.sources.origins import pin as pins

    root = checkout(Path.cwd())
    if chosen.source not in SOURCES:
        raise SettingsError(f"there is no source {chosen.source!r}{known_names(chosen.source, SOURCES)}")
    manifest = root / "manifests" / f"{chosen.source}.yaml"
    stated = _stated(chosen)
    path = chosen.path or _path_in_params(root, chosen.source)
    if path:
        changes = pins.pin(SOURCES[chosen.source], path, manifest, write=not chosen.check)
        for name, old, new in changes:
            print(f"{name}: {_pinned(old)} -> {_pinned(new)}")
        count = f"{len(changes)} file{'' if len(changes) == 1 else 's'}"
        if chosen.check and changes:
            raise SettingsError(
                f"{manifest} does not pin what is at {path}, see {count} above: run `vitrine pin {chosen.source}`"
            )
        if not chosen.check:
            print(f"manifests/{chosen.source}.yaml: {count if changes else 'nothing'} changed")
            dropped = pins.forget(chosen.source, manifest) if changes else {}
            for key in (key for key in dropped if key not in stated):
                again = f"{OPTIONS[key]} {_given(dropped[key])}"
                print(f"dropped your statement about other files, give it again if it holds: {again}")
    elif not stated:
        raise SettingsError(f"params.yaml sets no ingest.sources.{chosen.source}.path: set it (and origin=path), or give --path")
    if not chosen.check:
        for sentence in _whose(pins.state(chosen.source, manifest, **stated)):
            print(sentence)
    return 0


def _stated(chosen: argparse.Namespace) -> dict[str, Any]:
    """What the command line states about the owner's files."""
    stated = {"title": chosen.name, "licence": chosen.licence, "commercial": chosen.commercial and chosen.commercial == "yes"}
    stated = {key: value for key, value in stated.items() if value is not None}
    if stated and chosen.check:
        raise SettingsError("--check writes nothing, so --name, --licence and --commercial have no effect: leave them out")
    return stated


def _given(value: str | bool) -> str:
    """A statement as the command line gives it."""
    return shlex.quote(value) if isinstance(value, str) else "yes" if value else "no"


def _whose(manifest: "Manifest") -> list[str]:
    """Whose the pinned files are, and what the owner still has to state."""
    recognised = manifest.recognised("path")
    own = sorted(name for name, theirs in recognised.items() if not theirs)
    sentences = (
        [f"{len(recognised) - len(own)} of {len(recognised)} files are known as files of {manifest.title}"] if recognised else []
    )
    if own:
        sentences.append(f"your own files: {', '.join(own)}")
    if own and manifest.own.licence is None:
        sentences.append(
            f"their licence is yours to state: `vitrine pin {manifest.source} --name … --licence … --commercial yes|no`"
        )
    return sentences


def _path_in_params(root: Path, source: str) -> Path | None:
    """The folder of the source's files in params.yaml, resolved from the root as in a stage."""
    path = leaves(read_params(root / "params.yaml")).get(f"ingest.sources.{source}.path")
    return root / Path(path).expanduser() if isinstance(path, str) else None


def _pinned(pin: Any) -> str:
    return f"sha256 {pin.sha256[:12]}…, {pin.bytes} bytes" if pin else "nothing"
