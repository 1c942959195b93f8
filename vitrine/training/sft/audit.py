"""The audit of a fine-tuning before its first step: the chat template, the loss mask, and the rows of new tokens.

    metrics = audit_template(model, rows)                                  # {"prefix_share": 1.0}
    metrics |= audit(trainer.train_dataset, tokenizer, max_length=512)     # {"supervised_share": 0.37, "stop_share": 1.0, …}
    tracking.log_text(preview(trainer.train_dataset, tokenizer), PREVIEW)

Each raises AuditError, one sentence with the way out, if the training would be in vain. vitrine/training/sft/stopping.py asks the
model itself whether it can stop. Nothing here draws a random number.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from datasets import Dataset
from transformers import PreTrainedTokenizerBase

from vitrine.chat.mask import encode, find_problem
from vitrine.chat.paint import paint
from vitrine.chat.template import NATIVE
from vitrine.errors import AuditError
from vitrine.lm.model import Model
from vitrine.lm.stopping import evenly, is_trained

IGNORED = -100  # torch's cross-entropy skips it
PREVIEW = "audit/preview.txt"  # in MLflow
SAMPLE = 200  # rows whose prompt and reply are compared
TOLERATED = 0.01  # share of rows with an odd boundary, such as a reply that begins with a line break


def audit_template(model: Model, rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The share of rows whose prompt is a token prefix of prompt and reply. Raises AuditError if the template is at fault."""
    sample = [rows[place] for place in evenly(len(rows), SAMPLE)]
    published = model.template == NATIVE
    faults = [(row, find_problem(model.tokenizer, row["messages"], row["gold"], published=published)) for row in sample]
    bad = [(row, fault) for row, fault in faults if fault]
    if len(bad) > TOLERATED * len(sample):
        row, fault = bad[0]
        raise AuditError(
            f"{fault} (in {len(bad)} of {len(sample)} rows, such as {row['id']}): set lm.template to another template "
            f"(it is {model.template}) and run base again"
        )
    prefixes = [encode(model.tokenizer, row["messages"], row["gold"]).is_prefix for row in sample]
    return {"prefix_share": sum(prefixes) / len(prefixes)}


def audit(tokenized: Dataset, tokenizer: PreTrainedTokenizerBase, max_length: int) -> dict[str, float]:
    """Statistics of the loss mask. Raises AuditError if the mask covers no reply, or leaves out stop tokens."""
    if len(tokenized) == 0:
        raise AuditError(
            f"no training row is left: each prompt alone fills sft.context={max_length} tokens, so no token of a reply would be "
            "learned; raise sft.context, or choose tasks with shorter prompts"
        )
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
    if stopped == 0:
        raise AuditError(
            f"all {rows} rows are cut at sft.context={max_length} tokens, before the end of their reply: the model would not "
            "learn to stop; raise sft.context, or choose tasks with shorter texts"
        )
    return statistics


def audit_added_tokens(model: Model, added: Sequence[str]) -> None:
    """Raises AuditError if `added` tokens are new in the vocabulary and the method leaves their rows as they are."""
    if not added:
        return
    weights = model.weights
    layers = {"input": weights.get_input_embeddings(), "output": weights.get_output_embeddings()}
    frozen = [name for name, layer in layers.items() if layer is not None and not is_trained(layer)]
    if frozen:
        raise AuditError(
            f"lm.template={model.template} added {', '.join(added)} to the vocabulary, and sft.method leaves their "
            f"{' and '.join(frozen)} embeddings untrained, so the model could never stop: set lm.template=turns, which reuses "
            "tokens that the vocabulary has, or sft.method.name=full, which trains every embedding"
        )


def preview(tokenized: Dataset, tokenizer: PreTrainedTokenizerBase, *, rows: int = 8) -> str:
    """The first rows as the trainer sees them, token by token, with what is learned between ⟦ and ⟧."""
    shown = []
    for place in evenly(len(tokenized), rows):
        ids, labels = tokenized[place]["input_ids"], tokenized[place]["labels"]
        start = next((n for n, label in enumerate(labels) if label != IGNORED), len(labels))
        text = paint([tokenizer.decode([token]) for token in ids], learned_from=start)
        shown.append(f"row {place}: {len(ids)} tokens, {len(ids) - start} learned\n{text}\n")
    return "The training rows as tokens, separated by |. The loss is on the tokens between ⟦ and ⟧.\n\n" + "\n".join(shown)
