"""products: product metadata of the Amazon review collections of 2018 and 2023, one JSON object per line.

    meta_Gift_Cards.json.gz   2018: asin, brand, main_cat, category, feature, rank, also_buy, also_view, …
    meta_Gift_Cards.jsonl     2023: parent_asin, store, main_category, categories, features, average_rating, …

All files with such a name are read, plain or gzipped. `rank` is a text or a list, `price` is any text. A list may be missing
or be a text: "x" means ["x"] and "" means []. A line without an asin is rejected with its bytes. Pictures, `details` and
other parts of the product page (`tech1`, `similar_item`, …) are not read.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from vitrine.sources.formats import json_lines
from vitrine.sources.origins import files
from vitrine.sources.samples import products as sample
from vitrine.sources.source import RawBatch, Source
from vitrine.tables.published.products import RAW_PRODUCTS

PUBLISHED_AS = "Amazon's product metadata (McAuley Lab, 2018 or 2023)"
FIELDS = {  # column: its name in 2018, and in 2023
    "asin": ("asin", "parent_asin"),
    "title": ("title",),
    "brand": ("brand", "store"),
    "main_category": ("main_cat", "main_category"),
    "categories": ("category", "categories"),
    "description": ("description",),
    "features": ("feature", "features"),
    "price": ("price",),
    "rank": ("rank",),
    "also_buy": ("also_buy",),
    "also_view": ("also_view",),
    "average_rating": ("average_rating",),
}
LISTS = [name for column, names in FIELDS.items() if pa.types.is_list(RAW_PRODUCTS.field(column).type) for name in names]
TYPES = pl.Schema({name: pl.List(pl.String) if name in LISTS else pl.String for names in FIELDS.values() for name in names})
NAME = re.compile(r"meta_.*\.jsonl?(?:\.gz)?")
NO_ASIN = "has no asin"
# A text in place of a list. The name has an unescaped quote on both sides, so it is a key and not part of a text.
EMPTY_TEXT = re.compile(rb'("(?:%b)":\s*)""' % "|".join(LISTS).encode())
SINGLE_TEXT = re.compile(rb'("(?:%b)":\s*)("(?:[^"\\]|\\.)*")' % "|".join(LISTS).encode())


def read(folder: Path) -> Iterator[RawBatch]:
    """Yield the products of every file in `folder`, sorted by file name."""
    for path in files.find_all(folder, NAME, PUBLISHED_AS, "meta_Gift_Cards.json.gz"):
        yield from json_lines.batches(path, "products", RAW_PRODUCTS, _parse, _explain)


def _parse(lines: bytes) -> pa.Table:
    """Parse whole lines into rows."""
    with_lists = SINGLE_TEXT.sub(rb"\1[\2]", EMPTY_TEXT.sub(rb"\1[]", lines))
    frame = pl.read_ndjson(io.BytesIO(with_lists), schema=TYPES)
    frame = frame.select(_column(field.name, field.type) for field in RAW_PRODUCTS)
    if frame["asin"].null_count() or (frame["asin"] == "").any():
        raise ValueError(NO_ASIN)
    return frame.to_arrow().cast(RAW_PRODUCTS)


def _explain(product: dict[str, Any]) -> str:
    """Why this product is rejected; "" if no reason is certain."""
    asin = next((product[name] for name in FIELDS["asin"] if product.get(name) is not None), None)
    return NO_ASIN if asin is None or asin == "" else ""


def _column(name: str, kind: pa.DataType) -> pl.Expr:
    value = pl.coalesce(FIELDS[name])
    return (value.cast(pl.Float64, strict=False) if pa.types.is_floating(kind) else value).alias(name)


SOURCE = Source(
    name="products",
    schemas={"products": RAW_PRODUCTS},
    read=read,
    generate=sample.generate,
    files=["meta_*.json", "meta_*.jsonl"],
)
