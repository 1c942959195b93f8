"""annotated listings: products of a marketplace with attribute values that people annotated, and two systems' predictions.

`data/{raw,clean}/pave_br/listings.parquet`. The four lists have one entry for each attribute that was annotated for this type of
product, in the same order. "" is no value: the cell is empty, or the system has no column for the attribute.

raw    as published
clean  texts are tidy; attributes are in lower case with _ between words; at least one value was annotated
"""

import pyarrow as pa

LISTINGS = pa.schema(
    [
        ("id", pa.string()),  # as published; type and position, Guarda-Roupa:17, in a file without ids
        ("type", pa.string()),  # of the product, in Portuguese
        ("title", pa.string()),
        ("description", pa.string()),
        ("attributes", pa.list_(pa.string())),
        ("values", pa.list_(pa.string())),  # by people, who also saw the pictures
        ("vendor", pa.list_(pa.string())),  # predicted by a vendor's system
        ("model", pa.list_(pa.string())),  # predicted by the publisher's language model
    ]
)
