"""Writes into a manifest what the files of a folder or zip are: the pins of origin=path.

    pin(SOURCES["olist"], Path("~/olist"), Path("manifests/olist.yaml"))     # [("olist_orders_dataset.csv", None, Pin(…)), …]

Only the section `path` is written; every other line, comments too, stays as it is.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml

from vitrine.errors import SourceError
from vitrine.sources.origins import fetch, files
from vitrine.sources.source import Source
from vitrine.tables import manifest as manifests
from vitrine.tables.manifest import Manifest, Pin

Change = tuple[str, Pin | None, Pin | None]  # a file, what was pinned, what lies there now


def pin(source: Source, path: Path, manifest: Path, *, write: bool = True) -> list[Change]:
    """Pin the files that `source` would read of `path`; what that changes, or would if it were written."""
    known = manifests.read(manifest, source.name)
    pins = _pins(source, path, known)
    if write and pins != known.path:
        text = _rewritten(manifest.read_text(encoding="utf-8"), pins)
        if Manifest.model_validate(yaml.safe_load(text)) != known.model_copy(update={"path": pins}):
            raise SourceError(f"{manifest} has its section `path` where it cannot be rewritten; restore the file from Git")
        manifest.write_text(text, encoding="utf-8")
    names = sorted(known.path.keys() | pins.keys())
    return [(name, known.path.get(name), pins.get(name)) for name in names if known.path.get(name) != pins.get(name)]


def _pins(source: Source, path: Path, known: Manifest) -> dict[str, Pin]:
    with fetch.opened(path, known, source.files) as folder:
        found = {name: files.fingerprint(file) for name, file in fetch.present(folder, source.files).items()}
    if not found:
        raise SourceError(f"{path} holds none of {', '.join(source.files)}; expected the files of {known.title}")
    return found


def _rewritten(text: str, pins: Mapping[str, Pin]) -> str:
    """`text` with another section `path`; a comment behind its key is kept."""
    lines = text.splitlines(keepends=True)
    first = next((at for at, line in enumerate(lines) if line.startswith("path:")), len(lines))
    after = next((at for at in range(first + 1, len(lines)) if not lines[at].startswith((" ", "\n"))), len(lines))
    _, mark, comment = "".join(lines[first : first + 1]).partition("#")
    section = yaml.safe_dump({name: one.model_dump() for name, one in pins.items()}, sort_keys=False, allow_unicode=True)
    head = f"path:    # {comment.strip()}\n" if mark else "path:\n"
    body = "".join(f"  {line}\n" for line in section.splitlines())
    return "".join([*lines[:first], head, body, *lines[after:]])
