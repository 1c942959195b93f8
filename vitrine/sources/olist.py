"""olist: Brazilian E-Commerce by Olist, the nine CSV files of Kaggle's `olistbr/brazilian-ecommerce`.

    olist_orders_dataset.csv[.gz] … product_category_name_translation.csv[.gz]  ->  tables orders … category_translation

Reviews end records with CRLF and hold CRLF in quoted messages; the translation begins with a byte order mark; ids and zip
prefixes stay text. The geolocation may be left out, since no row of another table needs it: its table is then empty. The
files' licence (CC BY-NC-SA 4.0) forbids commercial use.
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
MAY_BE_MISSING = "geolocation"


def read(folder: Path) -> Iterator[RawBatch]:
    """The tables of the files in `folder`, a file at a time; each is looked for before any is read."""
    paths = {name: files.find(folder, file, PUBLISHED_AS) for name, file in FILES.items() if name != MAY_BE_MISSING}
    where = files.optional(folder, FILES[MAY_BE_MISSING], PUBLISHED_AS)
    if where:
        paths[MAY_BE_MISSING] = where
    for name, path in paths.items():
        rows, rejects, rows_in = csv_records.read(path, files.contents(path), TABLES[name])
        yield RawBatch(table=name, rows=rows, rejects=rejects, rows_in=rows_in)


SOURCE = Source(name="olist", schemas=TABLES, read=read, generate=sample.generate, files=[*FILES.values()])
