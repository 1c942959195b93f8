"""amazon_titles: AmazonTitles-1.3MM of the Extreme Classification Repository, product titles and descriptions.

    trn.json.gz (and tst.json.gz, if it is there), one JSON object a line
    {"uid": "B00…", "title": "…", "content": "…", "target_ind": [3, 9], "target_rel": [1.0, 1.0]}

A line that is not such an object, or has no uid or title, is set aside with its bytes. Texts keep their HTML entities here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.json as pj

from vitrine.sources.formats import json_lines
from vitrine.sources.origins import files
from vitrine.sources.samples import amazon_titles as sample
from vitrine.sources.source import RawBatch, Source
from vitrine.tables.published.listings import RAW_LISTINGS

PUBLISHED_AS = "AmazonTitles-1.3MM (Extreme Classification Repository)"
NEEDED = ("uid", "title")
BLOCK = 1 << 22  # bytes that one thread parses at a time, at least


def read(folder: Path) -> Iterator[RawBatch]:
    """The listings of the files in `folder`, training file first."""
    paths = [files.find(folder, "trn.json", PUBLISHED_AS), files.optional(folder, "tst.json", PUBLISHED_AS)]
    for path in filter(None, paths):
        yield from json_lines.pieces(path, "listings", RAW_LISTINGS, _listings, _wrong)


def _listings(lines: bytes) -> pa.Table:
    """Whole lines as rows."""
    halves = pj.ReadOptions(block_size=max(BLOCK, len(lines) // 2 + 1))  # of more than two blocks, a long line would span one
    fields = pj.ParseOptions(explicit_schema=RAW_LISTINGS, unexpected_field_behavior="ignore")
    try:
        lines.decode()  # Arrow's parser takes any bytes for text
        table = pj.read_json(pa.BufferReader(lines), halves, fields)
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    except pa.ArrowInvalid as error:
        raise ValueError(f"is not a JSON object with the published fields ({str(error).splitlines()[0]})") from error
    if any(table[name].null_count for name in NEEDED):
        raise ValueError(f"has no {' or no '.join(NEEDED)}")
    return table


def _wrong(listing: dict[str, Any]) -> str:
    """What Arrow would stumble over, where that is certain."""
    missing = [name for name in NEEDED if listing.get(name) is None]
    others = [field.name for field in RAW_LISTINGS if not _fits(listing.get(field.name), field.type)]
    if others:
        return f"is not a JSON object with the published fields ({others[0]} is no {RAW_LISTINGS.field(others[0]).type})"
    return f"has no {' or no '.join(NEEDED)}" if missing else ""


def _fits(value: Any, kind: pa.DataType) -> bool:
    if value is None:
        return True
    if pa.types.is_list(kind):
        return isinstance(value, list) and all(_fits(item, kind.value_type) for item in value)
    if pa.types.is_string(kind):
        return isinstance(value, str)
    number = int if pa.types.is_integer(kind) else (int, float)
    return isinstance(value, number) and not isinstance(value, bool)


SOURCE = Source(
    name="amazon_titles",
    schemas={"listings": RAW_LISTINGS},
    read=read,
    generate=sample.generate,
    files=["trn.json", "tst.json"],
)
