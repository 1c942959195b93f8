"""olist: Brazilian E-Commerce by Olist, the eight CSV files of Kaggle's `olistbr/brazilian-ecommerce`.

    olist_orders_dataset.csv[.gz] … product_category_name_translation.csv[.gz]  ->  tables orders … category_translation

Reviews end records with CRLF and hold CRLF in quoted messages; the translation begins with a byte order mark; ids and zip
prefixes stay text. The files' licence (CC BY-NC-SA 4.0) forbids commercial use.
"""

from pathlib import Path

import pyarrow as pa

from vitrine.sources import csv_records, files
from vitrine.sources.samples import olist as sample
from vitrine.sources.source import Loaded, Source
from vitrine.tables.olist import TABLES

PUBLISHED_AS = "Olist's Brazilian E-Commerce data set (Kaggle, olistbr/brazilian-ecommerce)"
FILES = {name: f"olist_{name}_dataset.csv" for name in TABLES} | {"category_translation": "product_category_name_translation.csv"}


def read(folder: Path) -> Loaded:
    """The eight tables of the files in `folder`."""
    paths = {name: files.find(folder, file, PUBLISHED_AS) for name, file in FILES.items()}
    tables, rejects, rows_in = {}, [], 0
    for name, path in paths.items():
        tables[name], refused, rows = csv_records.read(path, files.contents(path), TABLES[name])
        rejects.append(refused)
        rows_in += rows
    return Loaded(tables=tables, rejects=pa.concat_tables(rejects), rows_in=rows_in)


SOURCE = Source(name="olist", schemas=TABLES, read=read, generate=sample.generate)
