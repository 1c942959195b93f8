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

from vitrine.sources.origins import files
from vitrine.sources.samples import taxonomy as sample
from vitrine.sources.source import RawBatch, Source
from vitrine.tables.published.taxonomy import CATEGORIES, SEPARATOR
from vitrine.tables.rejects import REJECTS

PUBLISHED_AS = "the Google Product Taxonomy with ids"
NAME = re.compile(r"taxonomy-with-ids\.(?P<language>[a-z]{2}-[A-Z]{2})(?:\.(?P<version>[^/]+?))?\.txt(?:\.gz)?")
VERSION = re.compile(r"#.*Version:\s*(\S+)")
LINE = re.compile(r"([0-9]{1,18}) - (.+)")


def read(folder: Path) -> Iterator[RawBatch]:
    """The categories of every file in `folder`, a file at a time."""
    return map(_piece, files.every(folder, NAME, PUBLISHED_AS, "taxonomy-with-ids.en-US.txt"))


def _piece(path: Path) -> RawBatch:
    name = NAME.fullmatch(path.name)
    assert name is not None
    version = name["version"]
    rows: list[tuple[int, tuple[str, ...]]] = []
    refused = []
    for number, raw in enumerate(files.contents(path).removeprefix(files.BOM).splitlines(), start=1):
        if raw.startswith(b"#"):
            said = VERSION.match(raw.decode(errors="replace"))
            version = said[1] if said else version
        elif raw.strip():
            try:
                rows.append(_category(raw))
            except ValueError as error:
                refused.append({"file": path.name, "line": number, "reason": str(error), "raw": raw})
    ids = {names: id for id, names in reversed(rows)}  # should a path stand twice, its first id is meant
    table = [
        {
            "id": id,
            "language": name["language"],
            "version": version,
            "path": names,
            "depth": len(names),
            "parent": ids.get(names[:-1]),
        }
        for id, names in rows
    ]
    return RawBatch(
        table="categories",
        rows=pa.Table.from_pylist(table, CATEGORIES),
        rejects=pa.Table.from_pylist(refused, REJECTS),
        rows_in=len(rows) + len(refused),
    )


def _category(raw: bytes) -> tuple[int, tuple[str, ...]]:
    """Id and path of a line; ValueError says why it has none."""
    try:
        line = LINE.fullmatch(raw.decode().rstrip())
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    if line is None:
        raise ValueError("is not `id - name > name`")
    names = tuple(name.strip() for name in line[2].split(SEPARATOR.strip()))
    if not all(names):
        raise ValueError("has a name that is empty")
    return int(line[1]), names


SOURCE = Source(
    name="taxonomy",
    schemas={"categories": CATEGORIES},
    read=read,
    generate=sample.generate,
    files=["taxonomy-with-ids.*.txt"],
)
