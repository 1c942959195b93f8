"""Trains a model with TRL's GRPO trainer. The tasks' graders give the rewards.

    model, metrics = grpo(model, rows, schedule, rollout, objective, golds=gold_rows, seed=7, curves=path)
    # rows: chat rows of tasks with a grader; they need no gold reply
    # golds: rows of these tasks with a gold reply, to see whether the model can end one (vitrine/training/grpo/stopping.py)

The recipe is Dr. GRPO. Advantages are rewards minus their group's mean, not divided by the standard deviation, and the loss is
divided by a constant, so that neither easy groups nor short replies weigh more. With `iterations` 1 every rollout is on-policy;
the clip ratio is then 0 by construction, which is no sign of collapse.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from datasets import Dataset
from transformers import TrainerState
from trl import GRPOConfig

from vitrine.lm.model import Model
from vitrine.lm.stopping import stop_ids
from vitrine.tasks import TASKS
from vitrine.tasks.task import grade_batch
from vitrine.training.grpo.settings import Objective, Rollout
from vitrine.training.grpo.stopping import StoppingTrainer, audit_stopping
from vitrine.training.loop.curves import Curves
from vitrine.training.loop.run import Optimizers, run
from vitrine.training.loop.schedule import Schedule

LOGGED = {
    "reward": "reward",
    "reward_std": "reward_std",
    "frac_reward_zero_std": "zero_variance",
    "entropy": "entropy",
    "completions/mean_length": "length",
    "completions/clipped_ratio": "truncated",
    "loss": "loss",
    "grad_norm": "grad_norm",
    "learning_rate": "learning_rate",
}


def grpo(
    model: Model,
    rows: Sequence[Mapping[str, Any]],
    schedule: Schedule,
    rollout: Rollout,
    objective: Objective,
    *,
    golds: Sequence[Mapping[str, Any]] = (),
    seed: int,
    curves: Path,
) -> tuple[Model, dict[str, float]]:
    log = Curves(curves, LOGGED)
    if schedule.steps == 0:  # the SFT model is returned unchanged
        log.write()
        return model, {"prompts": float(len(rows))}
    audit_stopping(model, golds, max_tokens=rollout.max_tokens)
    stops = stop_ids(model)

    def build(args: GRPOConfig, optimizers: Optimizers) -> StoppingTrainer:
        trainer = StoppingTrainer(
            model=model.weights,
            reward_funcs=GradedReward(objective.partial_until).reward,
            args=args,
            train_dataset=Dataset.from_list(
                [{"prompt": row["messages"], "task": row["task"], "facts": row["facts"]} for row in rows]
            ),
            processing_class=model.tokenizer,
            optimizers=optimizers,
        )
        trainer.stops = stops
        return trainer

    options = {
        "num_generations": rollout.generations,
        "temperature": rollout.temperature,
        "top_p": rollout.top_p,
        "top_k": rollout.top_k,
        "max_completion_length": rollout.max_tokens,
        "repetition_penalty": 1.0,
        "chat_template_kwargs": {"enable_thinking": False},  # as in SFT
        "loss_type": objective.loss,
        "scale_rewards": objective.scale_rewards,
        "beta": objective.beta,
        "epsilon": objective.epsilon,
        "epsilon_high": objective.epsilon_high,
        "num_iterations": objective.iterations,
        "generation_kwargs": {"eos_token_id": list(stops)},  # TRL's own is the tokenizer's alone
    }
    model, _ = run(model, schedule, config=GRPOConfig, options=options, build=build, curves=log, seed=seed)
    rewards = log.values("reward")
    tenth = max(1, len(rewards) // 10)
    return model, {
        "prompts": float(len(rows)),
        "reward_first": fmean(rewards[:tenth]),
        "reward_last": fmean(rewards[-tenth:]),
        "entropy_last": log.values("entropy")[-1],
        "zero_variance": fmean(log.values("zero_variance")),
        "truncated": fmean(log.values("truncated")),
    }


@dataclass(frozen=True)
class GradedReward:
    """The reward of each reply: its score by the grader of the benchmark. A broken verifier raises and stops the run.

    Partial credit leads a small model to its first right replies; later it can learn to live on partial credit alone. For a task
    in `partial_until` partial credit falls linearly to 0 at that share of the steps. Null keeps it.
    """

    partial_until: Mapping[str, float | None]

    def reward(
        self, completions: list[Any], task: list[str], facts: list[str], trainer_state: TrainerState | None = None, **_: Any
    ) -> list[float]:
        done = trainer_state.global_step / trainer_state.max_steps if trainer_state and trainer_state.max_steps else 0.0
        rewards = [0.0] * len(task)
        for name in dict.fromkeys(task):
            own = [row for row, row_task in enumerate(task) if row_task == name]
            grades = grade_batch(TASKS[name], [(completions[row][-1]["content"], json.loads(facts[row])) for row in own])
            for row, grade in zip(own, grades, strict=True):
                rewards[row] = self.anneal(name, grade.score, done)
        return rewards

    def anneal(self, task: str, score: float, done: float) -> float:
        """The reward for `score` when this share of the steps is done."""
        until = self.partial_until.get(task)
        return score if until is None or score >= TASKS[task].solved else score * max(0.0, 1 - done / until)
