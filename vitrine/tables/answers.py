"""answers: one row per (model, prompt), greedy. `data/answers/<model>.parquet`

`components` holds the parts of the score as one JSON object; `gold` is null where a verifier grades without one.
`version` changes with the words of the task's prompt; answers to other words are not to be compared.
`entity` is what the split is made by; `cluster` is what answers depend on together, the unit of every interval.
`sampled` is the mean score of the samples drawn at the training temperature, null where none were drawn.
`shuffled` is the mean score of the model's greedy answers to other prompts of the task, graded as answers to this one;
`sampled_shuffled` is that of its samples.
"""

import pyarrow as pa

# Scores that differ by less are equal, wherever scores are compared. GRPO pays in single precision, whose numbers below 1 are up
# to 6e-8 apart: what differs by less is the same reward to the trainer, and no rounding of a sum reaches this far.
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
