"""instructions: general instruction-following examples with Alpaca's three fields.

`data/{raw,clean}/alpaca/instructions.parquet`; `id` is the position in the file, from 0.
"""

import pyarrow as pa

INSTRUCTIONS = pa.schema([("id", pa.string()), ("instruction", pa.string()), ("input", pa.string()), ("output", pa.string())])
