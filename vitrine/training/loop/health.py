"""Callbacks that stop a training whose numbers say that it is lost, each with one sentence and the setting to change.

    trainer.add_callback(FiniteGradients("sft", rows_of_step=lambda step: ids[(step - 1) * 32 : step * 32]))
    trainer.add_callback(Hopeless("grpo"))

`FiniteGradients` looks at the gradients before every optimizer step, so that the weights are still those of the step before.
`Hopeless` stops a reinforcement learning in which, ten log lines in a row, every reward was 0 or every reply was cut: nothing is
learned from either.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from transformers import TrainerCallback

from vitrine.errors import AuditError

PATIENCE = 10  # log lines; the two steps of a smoke run are never enough
NAMED_ROWS = 8

RowsOfStep = Callable[[int], Sequence[str]]  # the ids of the rows that a step, counted from 1, is computed on


class FiniteGradients(TrainerCallback):  # type: ignore[misc]  # transformers ships no type for it
    """Raises AuditError before the optimizer would write NaN or infinity into the weights."""

    def __init__(self, section: str, rows_of_step: RowsOfStep | None = None) -> None:
        self.section, self.rows_of_step = section, rows_of_step

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        gradients = [weight.grad for weight in model.parameters() if weight.grad is not None]
        if not gradients or bool(torch.nn.utils.get_total_norm(gradients).isfinite()):
            return
        step = state.global_step + 1
        rows = list(self.rows_of_step(step)) if self.rows_of_step else []
        more = f" and {len(rows) - NAMED_ROWS} more" if len(rows) > NAMED_ROWS else ""
        computed_on = f" (computed on the rows {', '.join(rows[:NAMED_ROWS])}{more})" if rows else ""
        bfloat16 = f", or set {self.section}.precision=float32" if args.bf16 else ""
        raise AuditError(
            f"the gradient of step {step} is not a finite number{computed_on}; the weights of step {step - 1} are "
            f"unharmed. Lower {self.section}.learning_rate (it is {args.learning_rate:g}){bfloat16}, or look at these "
            "rows with `vitrine show`"
        )


class Hopeless(TrainerCallback):  # type: ignore[misc]  # transformers ships no type for it
    """Raises AuditError after `PATIENCE` log lines in a row in which all rewards are 0, or all replies are cut."""

    def __init__(self, section: str = "grpo") -> None:
        self.causes: dict[str, tuple[float, str]] = {
            "reward": (
                0.0,
                f"every reward was 0: nothing can be learned. Train sft longer, lower {section}.temperature, or choose prompts "
                f"that the SFT model solves at times ({section}.skip=[never])",
            ),
            "completions/clipped_ratio": (
                1.0,
                f"every reply was cut at {section}.max_tokens: raise it, or train sft until its replies end (stop_wins in "
                "metrics/sft.json)",
            ),
        }
        self.lines = dict.fromkeys(self.causes, 0)

    def state_dict(self) -> dict[str, Any]:
        return {"lines": self.lines}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        self.lines = dict(saved["lines"])

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, float] | None = None, **_: Any) -> None:
        for name, (lost, sentence) in self.causes.items():
            if not logs or name not in logs:
                continue
            self.lines[name] = self.lines[name] + 1 if logs[name] == lost else 0
            if self.lines[name] >= PATIENCE:
                raise AuditError(f"in the last {PATIENCE} log lines, up to step {state.global_step}, {sentence}")
