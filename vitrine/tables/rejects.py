"""rejects: what `ingest` could not read as a row. `data/raw/<source>/rejects.parquet`

`raw` holds the original bytes, so that nothing is lost by being refused.
"""

import pyarrow as pa

REJECTS = pa.schema([("file", pa.string()), ("line", pa.int64()), ("reason", pa.string()), ("raw", pa.binary())])
