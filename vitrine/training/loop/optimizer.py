"""Optimizers: AdamW, its 8-bit forms, or Muon for the weight matrices and AdamW for the rest.

    optimizer = build(model, schedule)     # for a trainer's `optimizers=(optimizer, None)`

Muon orthogonalises the update of a weight matrix; embeddings, norms and biases stay with AdamW. Its steps are scaled to the size
of AdamW's, so that one learning rate fits both. A small model from scratch learns faster with Muon (benchmarks/choices.py
compares); a published model is fine-tuned with the optimizer that trained it, mostly AdamW. The 8-bit forms keep AdamW's state in
a quarter of the memory; the paged one also moves it to main memory when the GPU is full. They need bitsandbytes and a GPU.
"""

from collections.abc import Callable, Sequence
from typing import Any

from torch.optim import AdamW, Muon, Optimizer

from vitrine.training.loop.schedule import Schedule

BETAS = (0.9, 0.95)  # short runs: with 0.999 the variance of the first steps would last the whole run


class ChainedOptimizer(Optimizer):  # type: ignore[misc]  # torch's types are not followed
    """Several optimizers that a trainer sees as one: it has all their parameter groups, and a step is a step of each."""

    def __init__(self, parts: Sequence[Optimizer]) -> None:
        self.parts = list(parts)
        super().__init__([group for part in self.parts for group in part.param_groups], {})
        # the same dicts, not copies, so that a learning rate schedule reaches every optimizer
        self.param_groups = [group for part in self.parts for group in part.param_groups]

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
    """The optimizer that `schedule` names, for the trainable weights of `model`."""
    named = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    matrices = [weight for name, weight in named if weight.ndim == 2 and "embed" not in name and "lm_head" not in name]
    matrix_ids = set(map(id, matrices))
    rest = [weight for _, weight in named if id(weight) not in matrix_ids]
    rate, decay = schedule.learning_rate, schedule.weight_decay
    if schedule.optimizer == "muon" and matrices:
        muon = Muon(matrices, lr=rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw")
        return ChainedOptimizer([muon, AdamW(rest, lr=rate, betas=BETAS, weight_decay=0.0)]) if rest else muon
    groups = [{"params": matrices, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]
    groups = [group for group in groups if group["params"]]
    if schedule.optimizer.endswith("8bit"):
        import bitsandbytes  # an optional package: `schedule.supported` has checked that it is there

        eight_bit = {"adamw_8bit": bitsandbytes.optim.AdamW8bit, "paged_adamw_8bit": bitsandbytes.optim.PagedAdamW8bit}
        return eight_bit[schedule.optimizer](groups, lr=rate, betas=BETAS)
    return AdamW(groups, lr=rate, betas=BETAS)
