"""rejects: records that `ingest` could not read as rows. `data/raw/<source>/rejects.parquet`

`raw` holds the original bytes, so that no data is lost.
"""

import pyarrow as pa

REJECTS = pa.schema([("file", pa.string()), ("line", pa.int64()), ("reason", pa.string()), ("raw", pa.binary())])
