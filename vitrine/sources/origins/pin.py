"""Write into a manifest the hashes of the files in a folder or zip (section `path`), and their owner's statements (`own`).

    pin(SOURCES["olist"], Path("~/olist"), Path("manifests/olist.yaml"))     # [("olist_orders_dataset.csv", None, Pin(…)), …]
    state("olist", Path("manifests/olist.yaml"), title="Our orders", licence="internal use", commercial=True)

Only that section is rewritten; all other lines, with their comments, stay.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path

import yaml

from vitrine.errors import SourceError
from vitrine.settings import parse
from vitrine.sources.origins import fetch, files
from vitrine.sources.source import Source
from vitrine.tables import manifest as manifests
from vitrine.tables.manifest import Manifest, Own, Pin

Change = tuple[str, Pin | None, Pin | None]  # file name, the pin before, the pin now


def pin(source: Source, path: Path, manifest: Path, *, write: bool = True) -> list[Change]:
    """Pin the files in `path` that `source` reads. Return the changes; without `write`, the changes it would make."""
    known = manifests.read(manifest, source.name)
    pins = _pins(source, path, known)
    if write and pins != known.path:
        section = {name: pin.model_dump(exclude_none=True) for name, pin in pins.items()}
        _replace(manifest, "path", section, known.model_copy(update={"path": pins}))
    names = sorted(known.path.keys() | pins.keys())
    return [(name, known.path.get(name), pins.get(name)) for name in names if known.path.get(name) != pins.get(name)]


def state(source: str, manifest: Path, **stated: str | bool | None) -> Manifest:
    """Write the owner's statements about their own files: title, licence, commercial. Values that are not given stay."""
    known = manifests.read(manifest, source)
    own = parse(Own, f"{manifest}: own", known.own.model_dump() | stated)
    after = known.model_copy(update={"own": own})
    if after != known:
        _replace(manifest, "own", own.model_dump(), after)
    return after


def forget(source: str, manifest: Path) -> dict[str, str | bool]:
    """Drop the owner's statements, which were about other files. Return those that were dropped."""
    known = manifests.read(manifest, source)
    dropped: dict[str, str | bool] = known.own.model_dump(exclude_none=True)
    if dropped:
        _replace(manifest, "own", Own().model_dump(), known.model_copy(update={"own": Own()}))
    return dropped


def _pins(source: Source, path: Path, known: Manifest) -> dict[str, Pin]:
    with fetch.open_path(path, known, source.files) as folder:
        pins = {name: _pin(file, known) for name, file in fetch.list_files(folder, source.files).items()}
    if not pins:
        raise SourceError(f"{path} holds none of {', '.join(source.files)}; expected the files of {known.title}")
    return pins


def _pin(file: Path, known: Manifest) -> Pin:
    """The pin of a file. If the content of a .gz is a known published file, the pin has that hash too."""
    pin = files.fingerprint(file)
    if file.suffix == ".gz":
        with contextlib.suppress(SourceError):  # a damaged file is reported by `ingest`
            unzipped = files.fingerprint(file, unzipped=True).sha256
            return pin.model_copy(update={"unzipped": unzipped}) if unzipped in known.published.files.values() else pin
    return pin


def _replace(manifest: Path, key: str, section: Mapping[str, object], after: Manifest) -> None:
    """Replace the section `key` of the manifest; the result must equal `after`."""
    text = _rewritten(manifest.read_text(encoding="utf-8"), key, section)
    if Manifest.model_validate(yaml.safe_load(text)) != after:
        raise SourceError(f"{manifest} has its section `{key}` where it cannot be rewritten; restore the file from Git")
    manifest.write_text(text, encoding="utf-8")


def _rewritten(text: str, key: str, section: Mapping[str, object]) -> str:
    """`text` with a new section `key`; a comment after the key is kept."""
    lines = text.splitlines(keepends=True)
    first = next((at for at, line in enumerate(lines) if line.startswith(f"{key}:")), len(lines))
    after = next((at for at in range(first + 1, len(lines)) if not lines[at].startswith((" ", "\n"))), len(lines))
    _, mark, comment = "".join(lines[first : first + 1]).partition("#")
    dumped = yaml.safe_dump(dict(section), sort_keys=False, allow_unicode=True)
    head = f"{key}:    # {comment.strip()}\n" if mark else f"{key}:\n"
    body = "".join(f"  {line}\n" for line in dumped.splitlines())
    return "".join([*lines[:first], head, body, *lines[after:]])
