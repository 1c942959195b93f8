"""products: the items of a shop with the fields for search. `data/{raw,clean}/products/products.parquet`

raw    as published in 2018 or 2023, with the same column names; the price is a text
clean  texts are decoded, the description is one text, the price is a number or null
"""

import pyarrow as pa

TEXTS = pa.list_(pa.string())

RAW_PRODUCTS = pa.schema(
    [
        ("asin", pa.string()),
        ("title", pa.string()),
        ("brand", pa.string()),
        ("main_category", pa.string()),
        ("categories", TEXTS),  # from the department down
        ("description", TEXTS),
        ("features", TEXTS),
        ("price", pa.string()),
        ("rank", TEXTS),
        ("also_buy", TEXTS),  # asins
        ("also_view", TEXTS),
        ("average_rating", pa.float64()),  # 2023 only
    ]
)
PRODUCTS = pa.schema(
    [
        ("asin", pa.string()),
        ("title", pa.string()),
        ("brand", pa.string()),
        ("main_category", pa.string()),
        ("categories", TEXTS),
        ("description", pa.string()),
        ("features", TEXTS),
        ("price", pa.float64()),
        ("also_buy", TEXTS),
        ("also_view", TEXTS),
        ("average_rating", pa.float64()),
    ]
)
