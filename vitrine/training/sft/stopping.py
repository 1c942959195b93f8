"""Asks the model whether it can stop: how likely the stop token is where a gold reply ends.

    check = StopAudit(model, trainer.train_dataset)
    trainer.add_callback(check)
    trainer.train()                     # raises AuditError after step 1 or at the end if the model can never stop
    check.metrics                       # {"stop_wins": 0.97, "stop_probability": 0.99, "stop_rank": 1.1}

A loss mask that covers every stop token says what is asked of the model, not what it can give. If the rows of the output
embeddings are frozen and the stop token's row lies among the others, some other token is always more likely, whatever is learned.
No random number is drawn, so a training with the audit ends in the same weights as one without.
"""

import logging
from collections.abc import Sequence
from typing import Any

import torch
from datasets import Dataset
from scipy.optimize import nnls
from transformers import TrainerCallback

from vitrine import tracking
from vitrine.errors import AuditError
from vitrine.lm.model import Model
from vitrine.training.sft.audit import evenly, is_trained

log = logging.getLogger(__name__)
ROWS = 32  # gold replies whose end is looked at
NEGLIGIBLE = 1e-3  # of the spread of the rows; a nearer row counts as one among the others
SEARCH_STEPS = 100  # on 60,000 rows about ten seconds, if the token is neither near the middle nor outside


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
        found = ask(model, self.contexts, self.stop_id)
        if found and not found["stop_wins"] and not can_win(model, self.stop_id):
            raise AuditError(
                f"{when} the stop token {self.stop} can never be the most likely one: the method leaves the output embeddings as "
                "they are, and its row lies among those of other tokens, so no reply would end; set lm.template to turns, alpaca "
                f"or plain (it is {self.template}), whose stop token the base model knows, or sft.method.name=full"
            )
        return found


@torch.no_grad()
def ask(model: Any, contexts: Sequence[Sequence[int]], stop: int) -> dict[str, float]:
    """Of the given beginnings: the share after which `stop` is the most likely token, its mean probability, its median rank."""
    if not contexts:
        return {}
    training, ranks, chances = model.training, list[int](), list[float]()
    model.eval()
    try:
        for ids in contexts:
            tokens = torch.tensor([list(ids)], device=model.device)
            logits = model(input_ids=tokens, logits_to_keep=1, use_cache=False).logits[0, -1].float()
            ranks.append(1 + int((logits > logits[stop]).sum()))
            chances.append(float(logits.softmax(-1)[stop]))
    finally:
        model.train(training)
    count = len(ranks)
    return {
        "stop_wins": sum(rank == 1 for rank in ranks) / count,
        "stop_probability": sum(chances) / count,
        "stop_rank": float(sorted(ranks)[count // 2]),
    }


@torch.no_grad()
def can_win(model: Any, token: int) -> bool:
    """False if the output embeddings are frozen and no hidden state makes `token` the most likely one.

    The token wins for some hidden state if its row is not among the others: if the differences to them do not surround zero.
    Wolfe's algorithm finds the point of their hull that is nearest to zero. True also if that is not decided in time.
    """
    head = model.get_output_embeddings()
    if head is None or is_trained(head) or getattr(head, "bias", None) is not None:
        return True
    rows = head.weight
    own = rows[token].float()
    mean = rows.mean(0, dtype=torch.float32)
    some = rows[:: max(1, len(rows) // 2048)].float()
    spread = float((some - mean).norm(dim=1).median())
    nearest, negligible, corners = own - mean, NEGLIGIBLE * spread, list[torch.Tensor]()
    for _ in range(SEARCH_STEPS):
        length = float(nearest.norm())
        if length <= negligible:
            return False
        logits = (rows @ nearest.to(rows.dtype)).float()
        logits[token] = -torch.inf
        difference = own - rows[int(logits.argmax())].float()
        if float(difference @ nearest) > negligible * length:
            return True
        nearest, corners = _nearest([*corners, difference], spread)
    return True


def _nearest(corners: list[torch.Tensor], spread: float) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The point of the corners' hull that is nearest to zero, and the corners that it lies between."""
    matrix = torch.stack(corners)
    heavy = 100 * spread  # holds the sum of the shares at 1
    system = torch.cat([matrix.T.double(), torch.full((1, len(corners)), heavy, device=matrix.device)]).cpu().numpy()
    shares, _ = nnls(system, [0.0] * matrix.shape[1] + [heavy])
    kept = [corner for corner, share in zip(corners, shares, strict=True) if share > 0]
    point = torch.tensor(shares / shares.sum(), dtype=torch.float32, device=matrix.device) @ matrix
    return point, kept
