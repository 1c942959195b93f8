"""Asks whether the model that GRPO starts from can end a reply, and whether there is room for one.

    audit_stopping(model, gold_rows, max_tokens=112)    # raises AuditError, or warns and logs figures to MLflow

A reply that cannot end runs to `max_tokens` and is graded with whatever follows it, so that the reward says little. TRL knows one
stop token, the tokenizer's. Some models name several (Gemma 3: <end_of_turn> and <eos>): `StoppingTrainer` ends replies at each,
while TRL would train on the padding after a reply that ends with another one.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from trl import GRPOTrainer

from vitrine import tracking
from vitrine.errors import AuditError
from vitrine.lm.model import Model
from vitrine.lm.stopping import ask, can_win, evenly, gold_ends, stop_ids

log = logging.getLogger(__name__)
LOOKED_AT = 32  # gold replies whose end is looked at
MEASURED = 200  # gold replies of a task whose length is measured
PERCENTILE = 0.95


def audit_stopping(model: Model, golds: Sequence[Mapping[str, Any]], *, max_tokens: int) -> None:
    """Raises AuditError if no stop token can ever win. Warns if none wins yet, or if `max_tokens` is too low for gold replies."""
    stops = stop_ids(model)
    names = ", ".join(model.tokenizer.convert_ids_to_tokens(list(stops)))
    if not any(can_win(model.weights, stop) for stop in stops):
        raise AuditError(
            f"the model that GRPO starts from can never end a reply: its output embeddings are frozen, and the row of {names} "
            "lies among those of other tokens; fine-tune it with lm.template=turns, alpaca or plain, or with sft.method.name=full"
        )
    ends = {
        task: gold_ends(model, _some([row for row in golds if row["task"] == task], MEASURED), stops)
        for task in dict.fromkeys(row["task"] for row in golds)
    }
    lengths = {task: sorted(length for _, length in found) for task, found in ends.items() if found}
    needed = {task: own[min(len(own) - 1, int(PERCENTILE * len(own)))] for task, own in lengths.items()}
    tight = {task: length for task, length in needed.items() if length > max_tokens}
    if tight:
        log.warning(
            "grpo.max_tokens=%d cuts replies as long as the gold ones of %s: set it to %d, below which 95 %% of them end",
            max_tokens,
            ", ".join(f"{task} ({length} tokens)" for task, length in tight.items()),
            max(tight.values()),
        )
    contexts = [before for found in ends.values() for before, _ in found]
    # bitsandbytes on a CPU repacks weights in the first forward pass without gradients, and their gradients are wrong then
    repacks = model.loaded_as.quantisation and model.weights.device.type == "cpu"
    figures = {} if repacks else ask(model.weights, _some(contexts, LOOKED_AT), stops)
    if figures and not figures["stop_wins"]:
        log.warning(
            "the model that GRPO starts from ends none of %d gold replies with %s as its most likely token (median rank %.0f): "
            "replies will run to grpo.max_tokens; raise sft.steps, or see docs/templates.md",
            min(LOOKED_AT, len(contexts)),
            names,
            figures["stop_rank"],
        )
    tracking.log_metrics(figures | {"gold_tokens_p95": needed})


def _some(rows: Sequence[Any], most: int) -> list[Any]:
    return [rows[place] for place in evenly(len(rows), most)]


class StoppingTrainer(GRPOTrainer):  # type: ignore[misc]  # trl ships no types
    """A reply ends at the first of `stops`, and counts as truncated only if it holds none."""

    stops: tuple[int, ...] = ()

    def _generate_single_turn(self, *args: Any, **kwargs: Any) -> Any:
        replies, logprobs = super()._generate_single_turn(*args, **kwargs)
        return [self._cut(reply) for reply in replies], logprobs

    def _cut(self, reply: list[int]) -> list[int]:
        end = next((place for place, token in enumerate(reply) if token in self.stops), len(reply))
        return reply[: end + 1]

    def _generate(self, *args: Any, **kwargs: Any) -> Any:
        generated = super()._generate(*args, **kwargs)
        ends = {*self.stops, self._tokenizer.pad_token_id}
        truncated = [reply[-1] not in ends for reply in generated[1]]
        metrics = self._metrics["train" if self.model.training else "eval"]
        metrics["completions/clipped_ratio"][-1] = sum(truncated) / len(truncated)
        return generated
