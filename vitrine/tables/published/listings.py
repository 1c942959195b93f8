"""listings: products with a title and the seller's description.

raw    `data/raw/amazon_titles/listings.parquet`, the five published fields
clean  `data/clean/amazon_titles/listings.parquet`, decoded and deduplicated
"""

import pyarrow as pa

RAW_LISTINGS = pa.schema(
    [
        ("uid", pa.string()),
        ("title", pa.string()),
        ("content", pa.string()),
        ("target_ind", pa.list_(pa.int32())),
        ("target_rel", pa.list_(pa.float64())),
    ]
)
LISTINGS = pa.schema([("uid", pa.string()), ("title", pa.string()), ("content", pa.string())])
