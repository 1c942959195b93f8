"""Evaluates a model during its training, keeps the weights of the best evaluation, and ends a training that no longer improves.

    best = BestCheckpoint("sft", model, evaluator, evaluate, curves)
    trainer.add_callback(best)
    trainer.train()                 # ends with the best weights in the model
    best.metrics                    # {"validation_score": 0.71, "validation_step": 400.0, "validation_entropy": 0.21, …}

The weights of the best evaluations and the scores of all are files in the trainer's folder. A training that goes on from a
checkpoint of that folder reads the scores up to its step, so that it ends with the same weights as one that was not interrupted.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import TrainerCallback

from vitrine.errors import AuditError, CheckpointError
from vitrine.files import replacing
from vitrine.lm.model import Model
from vitrine.training.loop.curves import Curves
from vitrine.training.validation.evaluator import Evaluator, Result, choose
from vitrine.training.validation.settings import Evaluate

log = logging.getLogger(__name__)
SCORE = "validation_score"  # a column of the curves
WORTHLESS = 3  # evaluations in a row that show nothing end the training
KEPT = 5  # weights of the best evaluations; an older checkpoint of the training may refer to an older one
SCORES = "evaluations.json"


class BestCheckpoint(TrainerCallback):  # type: ignore[misc]  # transformers ships no type for it
    def __init__(self, section: str, model: Model, evaluator: Evaluator, evaluate: Evaluate, curves: Curves) -> None:
        self.section, self.model, self.evaluator, self.evaluate, self.curves = section, model, evaluator, evaluate, curves
        self.scores: list[tuple[int, float]] = []  # of each evaluation: its step, its score
        self.problems: list[str | None] = []  # of each evaluation
        self.last: Result | None = None
        self.metrics = dict[str, float]()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        file = Path(args.output_dir) / SCORES
        if state.global_step and file.exists():
            known = [entry for entry in json.loads(file.read_text("utf-8")) if entry["step"] <= state.global_step]
            self.scores = [(entry["step"], entry["score"]) for entry in known]
            self.problems = [entry["problem"] for entry in known]

    @property
    def best(self) -> tuple[int, float]:
        """Step and score of the best evaluation; the first of several equal ones."""
        return max(self.scores, key=lambda scored: (scored[1], -scored[0]))

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        if self.evaluate.every and state.global_step % self.evaluate.every == 0 and state.global_step < state.max_steps:
            self._evaluate(args, state, model)
            since = sum(step > self.best[0] for step, _ in self.scores)
            if self.evaluate.patience and since >= self.evaluate.patience:
                log.info(
                    "%s: no better validation score in %d evaluations, ended at step %d", self.section, since, state.global_step
                )
                control.should_training_stop = True

    def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        if not self.scores or self.scores[-1][0] != state.global_step:
            self._evaluate(args, state, model)
        step, score = self.best
        if step != state.global_step:
            self._restore(self._file(args, step), model)
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

    def _evaluate(self, args: Any, state: Any, model: Any) -> None:
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
        if self.evaluate.every:
            if better:
                self._keep(self._file(args, state.global_step), model)
            entries = zip(self.scores, self.problems, strict=True)
            known = [{"step": step, "score": score, "problem": problem} for (step, score), problem in entries]
            with replacing(Path(args.output_dir) / SCORES) as new:
                new.write_text(json.dumps(known), "utf-8")

    def _file(self, args: Any, step: int) -> Path:
        return Path(args.output_dir) / f"best-{step}.safetensors"

    def _keep(self, file: Path, model: Any) -> None:
        weights = {name: weight.detach().cpu().contiguous() for name, weight in _trained(model).items()}
        with replacing(file) as new:
            save_file(weights, new)
        written = sorted(file.parent.glob("best-*.safetensors"), key=lambda path: int(path.stem.partition("-")[2]))
        for old in written[:-KEPT]:
            old.unlink()

    def _restore(self, file: Path, model: Any) -> None:
        if not file.exists():
            raise CheckpointError(f"{file}, the weights of the best evaluation, is gone; run the stage again")
        kept, current = load_file(file), _trained(model)
        with torch.no_grad():
            for name, weight in current.items():
                weight.copy_(kept[name])


def best_checkpoint(
    section: str, model: Model, rows: Sequence[Mapping[str, Any]], evaluate: Evaluate, curves: Curves
) -> BestCheckpoint | None:
    """The callback that `evaluate` asks for; None if it asks for no evaluation, or no row can be graded."""
    chosen = choose(rows, evaluate.prompts)
    if not chosen:
        return None
    evaluator = Evaluator(model.tokenizer, chosen, section=section, max_tokens=evaluate.max_tokens)
    return BestCheckpoint(section, model, evaluator, evaluate, curves)


def _trained(model: Any) -> Mapping[str, torch.Tensor]:
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
