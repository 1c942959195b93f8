"""prompts: what reinforcement learning may ask, and how the SFT model does on it. `data/prompts.parquet`

`samples` are the scores of the replies drawn, `pass_rate` the share of them that is solved; both are null where none were drawn.
`mark` is always, never or sometimes; `flat` says that all replies earned the same, so that their group would teach nothing.
"""

import pyarrow as pa

from vitrine.tables.chat import MESSAGE

MARKS = ("always", "never", "sometimes")

PROMPTS = pa.schema(
    [
        ("id", pa.string()),
        ("task", pa.string()),
        ("messages", pa.list_(MESSAGE)),
        ("facts", pa.string()),
        ("version", pa.string()),
        ("samples", pa.list_(pa.float64())),
        ("pass_rate", pa.float64()),
        ("mark", pa.string()),  # of MARKS
        ("flat", pa.bool_()),
    ]
)
