"""olist: Brazilian E-Commerce by Olist, the nine CSV files of Kaggle's `olistbr/brazilian-ecommerce`.

    olist_orders_dataset.csv[.gz] … product_category_name_translation.csv[.gz]  ->  tables orders … category_translation

In the reviews file, records end with CRLF and quoted messages contain CRLF. The translation file begins with a byte order
mark. Ids and zip prefixes stay text. The geolocation file may be missing, because no other table needs it: its table is then
empty. The licence (CC BY-NC-SA 4.0) forbids commercial use.
"""

from collections.abc import Iterator
from pathlib import Path

from vitrine.sources.formats import csv_records
from vitrine.sources.origins import files
from vitrine.sources.samples import olist as sample
from vitrine.sources.source import RawBatch, Source
from vitrine.tables.published.olist import TABLES

PUBLISHED_AS = "Olist's Brazilian E-Commerce data set (Kaggle, olistbr/brazilian-ecommerce)"
FILES = {name: f"olist_{name}_dataset.csv" for name in TABLES} | {"category_translation": "product_category_name_translation.csv"}
OPTIONAL_TABLE = "geolocation"


def read(folder: Path) -> Iterator[RawBatch]:
    """Yield the tables of the files in `folder`, one file at a time. A missing file is reported before any is read."""
    paths = {name: files.find(folder, file, PUBLISHED_AS) for name, file in FILES.items() if name != OPTIONAL_TABLE}
    optional = files.find_optional(folder, FILES[OPTIONAL_TABLE], PUBLISHED_AS)
    if optional:
        paths[OPTIONAL_TABLE] = optional
    for name, path in paths.items():
        rows, rejects, rows_in = csv_records.read(path, files.read_all(path), TABLES[name])
        yield RawBatch(table=name, rows=rows, rejects=rejects, rows_in=rows_in)


SOURCE = Source(name="olist", schemas=TABLES, read=read, generate=sample.generate, files=[*FILES.values()])
