"""AdamW, or Muon for the matrices and AdamW for the rest.

    optimizer = build(model, schedule)     # for a trainer's `optimizers=(optimizer, None)`

Muon orthogonalises the update of a weight matrix; embeddings, norms and biases stay with AdamW. Its steps are scaled to
AdamW's size, so that one learning rate serves both. A small model from scratch learns faster with it
(benchmarks/choices.py compares); a published model is fine-tuned with what it was trained with, mostly AdamW.
"""

from collections.abc import Callable, Sequence
from typing import Any

from torch.optim import AdamW, Muon, Optimizer

from vitrine.training.loop.schedule import Schedule

BETAS = (0.9, 0.95)  # short runs: a variance remembered over 1000 steps would never be forgotten


class ChainedOptimizer(Optimizer):  # type: ignore[misc]  # torch's types are not followed
    """Several optimizers that a trainer sees as one: their groups, in order, and their steps."""

    def __init__(self, parts: Sequence[Optimizer]) -> None:
        self.parts = list(parts)
        super().__init__([group for part in self.parts for group in part.param_groups], {})
        self.param_groups = [
            group for part in self.parts for group in part.param_groups
        ]  # the same dicts: one schedule moves all

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = closure() if closure else None
        for part in self.parts:
            part.step()
        return loss

    def state_dict(self) -> dict[str, Any]:
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for part, state in zip(self.parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
        self.param_groups = [group for part in self.parts for group in part.param_groups]


def build(model: Any, schedule: Schedule) -> Optimizer:
    """The optimizer that `schedule` asks for, over the weights of `model` that are trained."""
    named = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    matrices = [weight for name, weight in named if weight.ndim == 2 and "embed" not in name and "lm_head" not in name]
    known = set(map(id, matrices))
    rest = [weight for _, weight in named if id(weight) not in known]
    rate, decay = schedule.learning_rate, schedule.weight_decay
    if schedule.optimizer == "muon" and matrices:
        muon = Muon(matrices, lr=rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw")
        return ChainedOptimizer([muon, AdamW(rest, lr=rate, betas=BETAS, weight_decay=0.0)]) if rest else muon
    groups = [{"params": matrices, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]
    return AdamW([group for group in groups if group["params"]], lr=rate, betas=BETAS)
