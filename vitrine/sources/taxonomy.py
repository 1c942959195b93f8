"""taxonomy: Google's product categories, one text file for each language, which share their ids.

    taxonomy-with-ids.en-US.2021-09-21.txt      # Google_Product_Taxonomy_Version: 2021-09-21
                                                8 - Arts & Entertainment
                                                5709 - Arts & Entertainment > Party & Celebration

The language stands in the name of the file, the version in its first line or, failing that, in the name. Files are sorted
by name in their own language: a category is the same in two of them if its id is, never if its line is.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from vitrine.errors import SourceError
from vitrine.sources.origins import files
from vitrine.sources.samples import taxonomy as sample
from vitrine.sources.source import Piece, Source
from vitrine.tables.published.taxonomy import CATEGORIES, SEPARATOR
from vitrine.tables.rejects import REJECTS

PUBLISHED_AS = "the Google Product Taxonomy with ids"
NAME = re.compile(r"taxonomy-with-ids\.(?P<language>[a-z]{2}-[A-Z]{2})(?:\.(?P<version>[^/]+?))?\.txt(?:\.gz)?")
VERSION = re.compile(r"#.*Version:\s*(\S+)")
LINE = re.compile(r"([0-9]{1,18}) - (.+)")


def read(folder: Path) -> Iterator[Piece]:
    """The categories of every file in `folder`, a file at a time."""
    if not folder.is_dir():
        files.find(folder, "taxonomy-with-ids.en-US.txt", PUBLISHED_AS)  # says what is wrong with it
    names = {path.name.removesuffix(".gz") for path in folder.iterdir() if NAME.fullmatch(path.name)}
    if not names:
        raise SourceError(
            f"{folder} holds no file of {PUBLISHED_AS}; expected names like taxonomy-with-ids.en-US.txt: "
            "download it and keep them"
        )
    for name in sorted(names):
        yield _piece(files.find(folder, name, PUBLISHED_AS))


def _piece(path: Path) -> Piece:
    name = NAME.fullmatch(path.name)
    assert name is not None
    version = name["version"]
    rows, refused = [], []
    for number, raw in enumerate(files.contents(path).removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if raw.startswith(b"#"):
            said = VERSION.match(raw.decode(errors="replace"))
            version = said[1] if said else version
        elif raw.strip():
            row, why = _category(raw)
            if row is None:
                refused.append({"file": path.name, "line": number, "reason": why, "raw": raw})
            else:
                rows.append(row)
    ids = {path: id for id, path in reversed(rows)}  # should a path stand twice, its first id is meant
    table = [
        {
            "id": id,
            "language": name["language"],
            "version": version,
            "path": path,
            "depth": len(path),
            "parent": ids.get(path[:-1]),
        }
        for id, path in rows
    ]
    rejects = pa.Table.from_pylist(refused, REJECTS)
    rows_in = len(rows) + len(refused)
    return Piece(table="categories", rows=pa.Table.from_pylist(table, CATEGORIES), rejects=rejects, rows_in=rows_in)


def _category(raw: bytes) -> tuple[tuple[int, tuple[str, ...]] | None, str]:
    """Id and path of a line, or why it has none."""
    try:
        line = LINE.fullmatch(raw.decode().rstrip())
    except UnicodeDecodeError:
        return None, "is not UTF-8"
    if line is None:
        return None, "is not `id - name > name`"
    path = tuple(name.strip() for name in line[2].split(SEPARATOR.strip()))
    return ((int(line[1]), path), "") if all(path) else (None, "has a name that is empty")


SOURCE = Source(
    name="taxonomy",
    schemas={"categories": CATEGORIES},
    read=read,
    generate=sample.generate,
    files=["taxonomy-with-ids.*.txt"],
)
