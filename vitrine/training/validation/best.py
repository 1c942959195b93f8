"""Evaluates a model during its training, keeps the weights of the best evaluation, and ends a training that no longer improves.

    best = BestCheckpoint("sft", model, evaluator, evaluate, curves)
    trainer.add_callback(best)
    trainer.train()                 # ends with the best weights in the model
    best.metrics                    # {"validation_score": 0.71, "validation_step": 400.0, "validation_entropy": 0.21, …}

The best weights so far are kept in main memory, and with the scores in every checkpoint (`state_dict`), so that a training that
was interrupted ends with the same weights.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from transformers import TrainerCallback

from vitrine.errors import AuditError, SettingsError
from vitrine.lm.model import Model
from vitrine.training.loop.curves import Curves
from vitrine.training.validation.evaluator import Evaluator, Result, choose
from vitrine.training.validation.settings import Evaluate

log = logging.getLogger(__name__)
SCORE = "validation_score"  # a column of the curves
WORTHLESS = 3  # evaluations in a row that show nothing end the training


class BestCheckpoint(TrainerCallback):  # type: ignore[misc]  # transformers ships no type for it
    def __init__(self, section: str, model: Model, evaluator: Evaluator, evaluate: Evaluate, curves: Curves) -> None:
        self.section, self.model, self.evaluator, self.evaluate, self.curves = section, model, evaluator, evaluate, curves
        self.scores: list[tuple[int, float]] = []  # of each evaluation: its step, its score
        self.problems: list[str | None] = []  # of each evaluation
        self.weights = dict[str, torch.Tensor]()  # the trained ones of the best evaluation
        self.last: Result | None = None
        self.metrics = dict[str, float]()

    def state_dict(self) -> dict[str, Any]:
        return {"scores": self.scores, "problems": self.problems, "weights": self.weights}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        self.scores = [(step, score) for step, score in saved["scores"]]
        self.problems, self.weights = list(saved["problems"]), dict(saved["weights"])

    @property
    def best(self) -> tuple[int, float]:
        """Step and score of the best evaluation; the first of several equal ones."""
        return max(self.scores, key=lambda scored: (scored[1], -scored[0]))

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        if self.evaluate.every and state.global_step % self.evaluate.every == 0 and state.global_step < state.max_steps:
            self._evaluate(state, model)
            since = sum(step > self.best[0] for step, _ in self.scores)
            if self.evaluate.patience and since >= self.evaluate.patience:
                log.info(
                    "%s: no better validation score in %d evaluations, ended at step %d", self.section, since, state.global_step
                )
                control.should_training_stop = True

    def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        if not self.scores or self.scores[-1][0] != state.global_step:
            self._evaluate(state, model)
        step, score = self.best
        if step != state.global_step:
            self._restore(model)
        elif self.last and self.last.problem:
            log.warning("%s: %s, so metrics/%s.json holds no measure of quality", self.section, self.last.problem, self.section)
        now = self.last if self.last and step == state.global_step else self.evaluator.run(replace(self.model, weights=model))
        self.metrics = {
            SCORE: score,
            "validation_step": float(step),
            "validation_cut": now.cut,
            "validation_entropy": self.evaluator.entropy(replace(self.model, weights=model)),
            **{f"validation.{task}": value for task, value in now.tasks.items()},
        }

    def _evaluate(self, state: Any, model: Any) -> None:
        self.last = self.evaluator.run(replace(self.model, weights=model))
        better = not self.scores or self.last.score > self.best[1]
        self.scores.append((state.global_step, self.last.score))
        self.curves.add(state.global_step, {SCORE: self.last.score})
        self.problems.append(self.last.problem)
        if len(self.problems) >= WORTHLESS and all(self.problems[-WORTHLESS:]):
            raise AuditError(
                f"{WORTHLESS} evaluations in a row, up to step {state.global_step}: {self.last.problem}. Raise "
                f"{self.section}.learning_rate or the steps before the first evaluation ({self.section}.evaluate.every), or set "
                f"{self.section}.evaluate.every=0 to train to the end in any case"
            )
        if better and self.evaluate.every:
            self.weights = {name: weight.detach().to("cpu", copy=True) for name, weight in _trained(model).items()}

    def _restore(self, model: Any) -> None:
        with torch.no_grad():
            for name, weight in _trained(model).items():
                weight.copy_(self.weights[name])


def best_checkpoint(
    section: str, model: Model, rows: Sequence[Mapping[str, Any]], evaluate: Evaluate, curves: Curves
) -> BestCheckpoint | None:
    """The callback that `evaluate` asks for; None if it asks for no evaluation."""
    chosen = choose(rows, evaluate.prompts)
    if not chosen:
        if evaluate.every:
            raise SettingsError(
                f"{section}.evaluate.every={evaluate.every}: no validation prompt has a gold reply and a grader, so there is "
                f"nothing to choose a checkpoint by; raise format.validation_rows, or set {section}.evaluate.every=0"
            )
        return None
    evaluator = Evaluator(model.tokenizer, chosen, section=section, max_tokens=evaluate.max_tokens)
    return BestCheckpoint(section, model, evaluator, evaluate, curves)


def _trained(model: Any) -> Mapping[str, torch.Tensor]:
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
