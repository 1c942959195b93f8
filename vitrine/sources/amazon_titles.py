"""amazon_titles: AmazonTitles-1.3MM of the Extreme Classification Repository, product titles and descriptions.

    trn.json.gz (and tst.json.gz, if it is there), one JSON object a line
    {"uid": "B00…", "title": "…", "content": "…", "target_ind": [3, 9], "target_rel": [1.0, 1.0]}

A line that is not such an object, or has no uid or title, is set aside with its bytes. Texts keep their HTML entities here.
"""

import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

from vitrine.sources import files
from vitrine.sources.samples import amazon_titles as sample
from vitrine.sources.source import Loaded, Source
from vitrine.tables.listings import RAW_LISTINGS
from vitrine.tables.rejects import REJECTS

PUBLISHED_AS = "AmazonTitles-1.3MM (Extreme Classification Repository)"
TYPES = pl.DataFrame(RAW_LISTINGS.empty_table()).schema
NEEDED = ("uid", "title")


def read(folder: Path) -> Loaded:
    """The listings of the files in `folder`, training file first."""
    paths = [files.find(folder, "trn.json", PUBLISHED_AS)]
    if (folder / "tst.json").exists() or (folder / "tst.json.gz").exists():
        paths.append(files.find(folder, "tst.json", PUBLISHED_AS))
    kept: list[pa.Table] = [RAW_LISTINGS.empty_table()]
    refused: list[dict[str, object]] = []
    rows_in = 0
    for path in paths:
        line = 1
        for chunk in files.line_chunks(path):
            rows_in += _objects(chunk)
            for good, bad in _parsed(chunk, line):
                kept.append(good.to_arrow().cast(RAW_LISTINGS))
                refused += [{"file": path.name, **reject} for reject in bad]
            line += chunk.count(b"\n")
    return Loaded(tables={"listings": pa.concat_tables(kept)}, rejects=pa.Table.from_pylist(refused, REJECTS), rows_in=rows_in)


def _objects(chunk: bytes) -> int:
    """How many lines hold something; blank lines are not rows."""
    lines = chunk.count(b"\n") + (not chunk.endswith(b"\n"))
    if b"\n\n" in chunk or b"\r\n" in chunk or chunk[:1].isspace():
        return sum(not line.isspace() for line in io.BytesIO(chunk))
    return lines


def _parsed(chunk: bytes, line: int) -> Iterator[tuple[pl.DataFrame, list[dict[str, object]]]]:
    """Rows and rejects of whole lines, the first of them number `line`: halves what does not parse until one line is left."""
    try:
        frame = pl.read_ndjson(io.BytesIO(chunk), schema=TYPES)
        why = "" if frame.height == _objects(chunk) else "is not one JSON object"
        if not why and any(frame[name].null_count() for name in NEEDED):
            why = f"has no {' or no '.join(NEEDED)}"
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        why = f"is not a JSON object with the published fields ({str(error).splitlines()[0]})"
    if not why:
        yield frame, []
        return
    lines = list(io.BytesIO(chunk))
    if len(lines) == 1:
        yield pl.DataFrame(schema=TYPES), [{"line": line, "reason": why, "raw": chunk.rstrip(b"\r\n")}]
        return
    half = len(lines) // 2
    yield from _parsed(b"".join(lines[:half]), line)
    yield from _parsed(b"".join(lines[half:]), line + half)


SOURCE = Source(name="amazon_titles", schemas={"listings": RAW_LISTINGS}, read=read, generate=sample.generate)
