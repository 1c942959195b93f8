"""taxonomy: product categories by id, in several languages and versions. `data/{raw,clean}/taxonomy/categories.parquet`

A category has the same id in all languages; (language, version, id) identifies a row.
"""

import pyarrow as pa

SEPARATOR = " > "  # between the names of a path, as published

CATEGORIES = pa.schema(
    [
        ("id", pa.int64()),
        ("language", pa.string()),  # en-US, pt-BR
        ("version", pa.string()),  # 2021-09-21
        ("path", pa.list_(pa.string())),  # names from the root to this category
        ("depth", pa.int32()),  # 1 for a root
        ("parent", pa.int64()),  # null for a root, or if the parent is not in the file
    ]
)
