"""vitrine pin: the hashes of a source's files, in its manifest."""

import argparse
from pathlib import Path
from typing import Any

from vitrine.cli.checkout import checkout, read_params
from vitrine.errors import SettingsError
from vitrine.params import leaves


def add_parser(commands: Any) -> None:
    command = commands.add_parser("pin", help="hash a source's files into its manifest", description=pin.__doc__)
    command.add_argument("source", metavar="SOURCE", help="olist, amazon_titles, … as in conf/source")
    command.add_argument("--path", type=Path, help="the folder or zip; without it, ingest.sources.SOURCE.path of params.yaml")
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 if the manifest would change")
    command.set_defaults(run=pin)


def pin(chosen: argparse.Namespace) -> int:
    """Write the hashes of the files that a source reads into its manifest: other files are other rows, as DVC then sees."""
    from vitrine.sources import SOURCES  # polars and pyarrow, which no other command should wait for
    from vitrine.sources.origins.pin import pin as pinned

    root = checkout(Path.cwd())
    if chosen.source not in SOURCES:
        raise SettingsError(f"there is no source {chosen.source!r}; choose one of {', '.join(SOURCES)}")
    path = chosen.path or _path_in_params(root, chosen.source)
    manifest = root / "manifests" / f"{chosen.source}.yaml"
    changes = pinned(SOURCES[chosen.source], path, manifest, write=not chosen.check)
    for name, old, new in changes:
        print(f"{name}: {_pinned(old)} -> {_pinned(new)}")
    count = f"{len(changes)} file{'' if len(changes) == 1 else 's'}"
    if chosen.check and changes:
        raise SettingsError(f"{manifest} does not pin what is at {path}, see {count} above: run `vitrine pin {chosen.source}`")
    if not chosen.check:
        print(f"manifests/{chosen.source}.yaml: {count if changes else 'nothing'} changed")
    return 0


def _path_in_params(root: Path, source: str) -> Path:
    """Where params.yaml says that the files of `source` are, as a stage, which starts in the root, would find it."""
    path = leaves(read_params(root / "params.yaml")).get(f"ingest.sources.{source}.path")
    if not isinstance(path, str):
        raise SettingsError(f"params.yaml sets no ingest.sources.{source}.path: set it (and origin=path), or give --path")
    return root / Path(path).expanduser()


def _pinned(pin: Any) -> str:
    return f"sha256 {pin.sha256[:12]}…, {pin.bytes} bytes" if pin else "nothing"
