"""amazon_titles: AmazonTitles-1.3MM of the Extreme Classification Repository, product titles and descriptions.

    trn.json.gz and, if present, tst.json.gz: one JSON object per line
    {"uid": "B00…", "title": "…", "content": "…", "target_ind": [3, 9], "target_rel": [1.0, 1.0]}

A line that is not such an object, or has no uid or title, is rejected with its bytes. Texts keep their HTML entities here.
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
REQUIRED = ("uid", "title")
MIN_BLOCK = 1 << 22  # bytes that one thread parses at a time


def read(folder: Path) -> Iterator[RawBatch]:
    """Yield the listings of the files in `folder`, training file first."""
    paths = [files.find(folder, "trn.json", PUBLISHED_AS), files.find_optional(folder, "tst.json", PUBLISHED_AS)]
    for path in filter(None, paths):
        yield from json_lines.batches(path, "listings", RAW_LISTINGS, _parse, _explain)


def _parse(lines: bytes) -> pa.Table:
    """Parse whole lines into rows."""
    blocks = pj.ReadOptions(block_size=max(MIN_BLOCK, len(lines) // 2 + 1))  # at most two: a line may span two blocks, not three
    fields = pj.ParseOptions(explicit_schema=RAW_LISTINGS, unexpected_field_behavior="ignore")
    try:
        lines.decode()  # Arrow's parser does not check UTF-8
        table = pj.read_json(pa.BufferReader(lines), blocks, fields)
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    except pa.ArrowInvalid as error:
        raise ValueError(f"is not a JSON object with the published fields ({str(error).splitlines()[0]})") from error
    if any(table[name].null_count for name in REQUIRED):
        raise ValueError(f"has no {' or no '.join(REQUIRED)}")
    return table


def _explain(listing: dict[str, Any]) -> str:
    """Why Arrow would refuse this listing; "" if no reason is certain."""
    missing = [name for name in REQUIRED if listing.get(name) is None]
    mistyped = [field.name for field in RAW_LISTINGS if not _fits(listing.get(field.name), field.type)]
    if mistyped:
        return f"is not a JSON object with the published fields ({mistyped[0]} is no {RAW_LISTINGS.field(mistyped[0]).type})"
    return f"has no {' or no '.join(REQUIRED)}" if missing else ""


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
