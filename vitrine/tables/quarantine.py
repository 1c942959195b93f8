"""quarantine: rows that `clean` set aside. `data/clean/<source>/quarantine.parquet`

`row` is the whole original row as one JSON object.
"""

import pyarrow as pa

QUARANTINE = pa.schema([("table", pa.string()), ("id", pa.string()), ("reason", pa.string()), ("row", pa.string())])
