"""instructions: general instruction-following examples in Alpaca's three fields.

`data/{raw,clean}/alpaca/instructions.parquet`; `id` counts the records of the file from 0.
"""

import pyarrow as pa

INSTRUCTIONS = pa.schema([("id", pa.string()), ("instruction", pa.string()), ("input", pa.string()), ("output", pa.string())])
