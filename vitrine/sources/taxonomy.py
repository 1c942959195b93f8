"""taxonomy: Google's product categories, one text file per language; a category has the same id in all of them.

    taxonomy-with-ids.en-US.2021-09-21.txt      # Google_Product_Taxonomy_Version: 2021-09-21
                                                8 - Arts & Entertainment
                                                5709 - Arts & Entertainment > Party & Celebration

The language is in the file name; the version is in the first line or, without that, in the file name. Each file is sorted
by the names in its own language, so categories of two files are matched by id, never by line.
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
    """Yield the categories of every file in `folder`, one batch per file."""
    return map(_read_file, files.find_all(folder, NAME, PUBLISHED_AS, "taxonomy-with-ids.en-US.txt"))


def _read_file(path: Path) -> RawBatch:
    name = NAME.fullmatch(path.name)
    assert name is not None
    version = name["version"]
    rows: list[tuple[int, tuple[str, ...]]] = []
    rejects = []
    for number, raw in enumerate(files.read_all(path).removeprefix(files.BOM).splitlines(), start=1):
        if raw.startswith(b"#"):
            header = VERSION.match(raw.decode(errors="replace"))
            version = header[1] if header else version
        elif raw.strip():
            try:
                rows.append(_category(raw))
            except ValueError as error:
                rejects.append({"file": path.name, "line": number, "reason": str(error), "raw": raw})
    ids = {names: id for id, names in reversed(rows)}  # if a path occurs twice, its first id is used
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
        rejects=pa.Table.from_pylist(rejects, REJECTS),
        rows_in=len(rows) + len(rejects),
    )


def _category(raw: bytes) -> tuple[int, tuple[str, ...]]:
    """Parse a line into id and path; raises ValueError with the reason."""
    try:
        line = LINE.fullmatch(raw.decode().rstrip())
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    if line is None:
        raise ValueError("is not `id - name > name`")
    names = tuple(name.strip() for name in line[2].split(SEPARATOR.strip()))
    if not all(names):
        raise ValueError("has an empty name")
    return int(line[1]), names


SOURCE = Source(
    name="taxonomy",
    schemas={"categories": CATEGORIES},
    read=read,
    generate=sample.generate,
    files=["taxonomy-with-ids.*.txt"],
)
