"""Asks the model whether it can stop: how likely the stop token is where a gold reply ends.

    check = StopAudit(model, trainer.train_dataset)
    trainer.add_callback(check)
    trainer.train()                     # raises AuditError after step 1 or at the end if the model can never stop
    check.metrics                       # {"stop_wins": 0.97, "stop_probability": 0.99, "stop_rank": 1.1}

A loss mask that covers every stop token says what is asked of the model, not what it can give. If the rows of the output
embeddings are frozen and the stop token's row lies among the others, some other token is always more likely, whatever is learned.
The questions are those of vitrine/lm/stopping.py. No random number is drawn, so a training with the audit ends in the same
weights as one without.
"""

import logging
from typing import Any

from datasets import Dataset
from transformers import TrainerCallback

from vitrine import tracking
from vitrine.errors import AuditError
from vitrine.lm.model import Model
from vitrine.lm.stopping import ask, can_win, evenly

log = logging.getLogger(__name__)
ROWS = 32  # gold replies whose end is looked at


class StopAudit(TrainerCallback):  # type: ignore[misc]  # transformers ships no type for it
    """Measures after the first step and after the last one. Raises AuditError if the stop token can never win."""

    def __init__(self, model: Model, tokenized: Dataset) -> None:
        self.template, self.stop = model.template, model.tokenizer.eos_token
        self.stop_id = model.tokenizer.eos_token_id
        # bitsandbytes on a CPU repacks weights in the first forward pass without gradients, and their gradients are wrong then
        self.first = not (model.loaded_as.quantisation and model.weights.device.type == "cpu")
        self.contexts = [ids for ids in self._contexts(tokenized) if ids]
        self.metrics = dict[str, float]()

    def _contexts(self, tokenized: Dataset) -> list[list[int]]:
        rows = [tokenized[place] for place in evenly(len(tokenized), ROWS)]
        return [row["input_ids"][: row["labels"].index(self.stop_id)] for row in rows if self.stop_id in row["labels"]]

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        if state.global_step == 1 and self.first:
            tracking.log_metrics(self._ask(model, when="after the first step"), step=1)

    def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        self.metrics = self._ask(model, when=f"after {state.global_step} steps")
        if self.metrics and not self.metrics["stop_wins"]:
            log.warning(
                "after %d steps the stop token %s is nowhere the most likely token at the end of a gold reply (median rank "
                "%.0f): replies will run to their limit; train longer, or see docs/templates.md",
                state.global_step,
                self.stop,
                self.metrics["stop_rank"],
            )

    def _ask(self, model: Any, *, when: str) -> dict[str, float]:
        found = ask(model, self.contexts, [self.stop_id])
        if found and not found["stop_wins"] and not can_win(model, self.stop_id):
            raise AuditError(
                f"{when} the stop token {self.stop} can never be the most likely one: the method leaves the output embeddings as "
                "they are, and its row lies among those of other tokens, so no reply would end; set lm.template to turns, alpaca "
                f"or plain (it is {self.template}), whose stop token the base model knows, or sft.method.name=full"
            )
        return found
