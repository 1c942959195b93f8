"""answers: one row per (model, prompt), decoded greedily. `data/answers/<model>.parquet`

`components` holds the parts of the score as one JSON object. `gold` is null if the task grades without a gold reply.
`version` changes with the text of the task's prompt; answers of different versions must not be compared.
`entity` is the unit of the split. `cluster` is the unit of resampling for intervals: its answers are not independent.
`sampled` is the mean score of the replies sampled at the training temperature; null if none were sampled.
`shuffled` is the mean score of the model's greedy answers to other prompts of the task, graded as answers to this one;
`sampled_shuffled` is the same for its sampled replies.
"""

import pyarrow as pa

# Scores that differ by less count as equal in every comparison. GRPO computes rewards in single precision, where numbers below 1
# are up to 6e-8 apart. Rounding errors of sums are smaller than this tolerance.
SCORE_DIGITS = 7
SCORE_TOLERANCE = 10.0**-SCORE_DIGITS

ANSWERS = pa.schema(
    [
        ("model", pa.string()),
        ("task", pa.string()),
        ("id", pa.string()),
        ("entity", pa.string()),
        ("cluster", pa.string()),
        ("prompt", pa.string()),
        ("answer", pa.string()),
        ("gold", pa.string()),
        ("score", pa.float64()),
        ("sampled", pa.float64()),
        ("shuffled", pa.float64()),
        ("sampled_shuffled", pa.float64()),
        ("components", pa.string()),
        ("tokens", pa.int32()),
        ("version", pa.string()),
    ]
)
