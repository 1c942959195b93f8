"""taxonomy: product categories by id, in several languages and versions. `data/{raw,clean}/taxonomy/categories.parquet`

A category is the same in two languages if its id is; (language, version, id) names a row.
"""

import pyarrow as pa

SEPARATOR = " > "  # between the names of a path, as published

CATEGORIES = pa.schema(
    [
        ("id", pa.int64()),
        ("language", pa.string()),  # en-US, pt-BR
        ("version", pa.string()),  # 2021-09-21
        ("path", pa.list_(pa.string())),  # names from the root down to this category
        ("depth", pa.int32()),  # of a root: 1
        ("parent", pa.int64()),  # null for a root, and where the file does not hold the parent
    ]
)
