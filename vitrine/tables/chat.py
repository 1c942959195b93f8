"""chat: one row per prompt. `data/chat/{train,validation,test}.parquet`

`gold` is the ideal reply, or null: the prompt is then for reinforcement learning only, where a verifier grades without one.
`entity` is what must not stand on both sides of a split: a customer, a product, a question with its values.
`cluster` is what answers depend on together, and what intervals resample: a customer, a product, the shape of a question.
`facts` is what the task's reward reads besides the reply, as one JSON object.
`version` changes when the words of the task's prompt do.
"""

import pyarrow as pa

MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string())])
CHAT = pa.schema(
    [
        ("id", pa.string()),
        ("task", pa.string()),
        ("entity", pa.string()),
        ("cluster", pa.string()),
        ("messages", pa.list_(MESSAGE)),
        ("gold", pa.string()),
        ("facts", pa.string()),
        ("version", pa.string()),
    ]
)
