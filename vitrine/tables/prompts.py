"""prompts: the prompts for GRPO, with the pass rate of the SFT model. `data/prompts.parquet`

`samples` are the scores of sampled replies; `pass_rate` is the share that is solved. Both are null if none were sampled.
`mark` is always, never or sometimes solved. `flat`: all scores are equal, so a GRPO group of this prompt has no gradient.
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
        ("mark", pa.string()),  # one of MARKS
        ("flat", pa.bool_()),
    ]
)
