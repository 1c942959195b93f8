"""The audit of a fine-tuning: statistics of the loss mask, and the errors that stop a training which would be in vain.

metrics = audit(trainer.train_dataset, tokenizer, max_length=512)     # {"supervised_share": 0.37, "stop_share": 1.0, …}
"""

import numpy as np
from datasets import Dataset
from transformers import PreTrainedTokenizerBase

from vitrine.errors import AuditError

IGNORED = -100  # torch's cross-entropy skips it


def audit(tokenized: Dataset, tokenizer: PreTrainedTokenizerBase, max_length: int) -> dict[str, float]:
    """Statistics of the loss mask. Raises AuditError if the mask covers no reply, or leaves out stop tokens."""
    labels = tokenized.with_format("arrow")[:]["labels"].combine_chunks()
    lengths, label = labels.value_lengths().to_numpy(), labels.flatten().to_numpy()
    rows, tokens, supervised = len(lengths), label.size, int((label != IGNORED).sum())
    stopped = np.unique(labels.value_parent_indices().to_numpy()[label == tokenizer.eos_token_id]).size
    cut = int((lengths >= max_length).sum())
    statistics = {
        "rows": float(rows),
        "mean_tokens": tokens / rows,
        "supervised_share": supervised / tokens,
        "stop_share": stopped / rows,
        "truncated_share": cut / rows,
    }
    if supervised == 0:
        raise AuditError(
            "no token of any reply is supervised: the chat template and the trainer disagree about the start of a reply"
        )
    if stopped + cut < rows:
        raise AuditError(
            f"{rows - stopped - cut} of {rows} replies have no supervised stop token: the model would not learn to stop"
        )
    return statistics
