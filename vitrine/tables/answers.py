"""answers: one row per (model, prompt), greedy. `data/answers/<model>.parquet`

`components` holds the parts of the score as one JSON object; `gold` is null where a verifier grades without one.
`version` changes with the words of the task's prompt; answers to other words are not to be compared.
`sampled` is the mean score of the samples drawn at the training temperature, null where none were drawn.
"""

import pyarrow as pa

ANSWERS = pa.schema(
    [
        ("model", pa.string()),
        ("task", pa.string()),
        ("id", pa.string()),
        ("entity", pa.string()),
        ("prompt", pa.string()),
        ("answer", pa.string()),
        ("gold", pa.string()),
        ("score", pa.float64()),
        ("sampled", pa.float64()),
        ("components", pa.string()),
        ("tokens", pa.int32()),
        ("version", pa.string()),
    ]
)
