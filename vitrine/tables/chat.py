"""chat: one row per prompt. `data/chat/{train,validation,test}.parquet`

`gold` is the gold reply. If it is null, the prompt is used for reinforcement learning only, where no gold reply is needed.
`entity` must not occur in two splits: a customer, a product, a question with its values.
`cluster` is the unit of resampling for intervals: a customer, a product, a question template.
`facts` is one JSON object with what the task's grader needs beside the reply.
`version` changes with the text of the task's prompt.
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
