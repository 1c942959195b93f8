"""A training that is killed and started again ends in the bytes of one that was not."""

import json
import logging
from dataclasses import dataclass, replace

import pytest

from tests.tiny import load, schedule
from tests.training.test_grpo import OBJECTIVE, ROLLOUT
from vitrine import scratch
from vitrine.scratch import Saving
from vitrine.tasks import TASKS
from vitrine.tasks.task import Grade
from vitrine.training.grpo.settings import Objective, Rollout
from vitrine.training.grpo.trainer import grpo
from vitrine.training.loop.checkpoints import Store
from vitrine.training.loop.resume import Saver
from vitrine.training.pretrain import pretrain
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.trainer import sft

TEXTS = [f"Chegou em {n} dias, gostei do produto." for n in range(20)]  # three steps an epoch
STEPS = 7


class Killed(BaseException):
    """Stands for SIGKILL: nothing of the process survives but its files."""


def run_sft(base, rows, folder, *, method="full", dropout=0.0, packing=False, **changes):
    method = Method(name=method, rank=4, alpha=8, dropout=dropout)
    curves = folder / "curves.csv"
    options = {"steps": STEPS, "decay": "cosine", "warmup": 2} | changes
    return sft(load(base), rows, schedule(**options), method, max_length=128, seed=7, curves=curves, packing=packing)


def run_pretrain(base, rows, folder, **changes):
    options = {"steps": STEPS, "batch": 4, "micro_batch": 2, "optimizer": "muon"} | changes
    return pretrain(load(base), TEXTS, schedule(**options), block=64, repeats=2, seed=7, curves=folder / "curves.csv")


def run_grpo(base, rows, folder, objective=None, **changes):
    options = {"steps": STEPS, "batch": 16, "micro_batch": 8, "learning_rate": 1e-2} | changes
    objective = Objective(**OBJECTIVE | (objective or {}))
    return grpo(load(base), rows, schedule(**options), Rollout(**ROLLOUT), objective, seed=7, curves=folder / "curves.csv")


@dataclass
class Result:
    weights: bytes
    curve: str
    metrics: str


def outcome(train, base, rows, folder):
    folder.mkdir(exist_ok=True)
    model, metrics = train(base, rows, folder)
    model.save(folder / "model")
    (weights,) = (folder / "model").glob("*model.safetensors")
    return Result(weights.read_bytes(), (folder / "curves.csv").read_text(), json.dumps(metrics))


@pytest.fixture
def rewards_letter_a(monkeypatch):
    def grade(reply, facts):
        return Grade(score=reply.count("a") / max(1, len(reply)))

    monkeypatch.setitem(TASKS, "sentiment", replace(TASKS["sentiment"], grade=grade))


def die_after(monkeypatch, step, *, at="save"):
    """Kill the training right after the checkpoint of this step, or at the end of this step before it is saved."""
    save, on_step_end = Store.save, Saver.on_step_end

    def saved(self, number, write):
        assert save(self, number, write)
        if number == step and at == "save":
            raise Killed

    def ended(self, args, state, control, **rest):
        if state.global_step == step and at == "step":
            raise Killed
        on_step_end(self, args, state, control, **rest)

    monkeypatch.setattr(Store, "save", saved)
    monkeypatch.setattr(Saver, "on_step_end", ended)


TRAININGS = {
    "sft": (run_sft, {}),
    "sft lora": (run_sft, {"method": "lora", "dropout": 0.3}),
    "sft packed": (run_sft, {"packing": True, "optimizer": "muon"}),
    "sft log_every": (run_sft, {"log_every": 3, "micro_batch": 4}),
    "pretrain": (run_pretrain, {}),
    "grpo": (run_grpo, {}),
    "grpo iterations": (run_grpo, {"objective": {"iterations": 2}}),
    "grpo log_every": (run_grpo, {"log_every": 3}),
}


@pytest.mark.parametrize("name", TRAININGS)
@pytest.mark.parametrize(("step", "at"), [(1, "save"), (5, "step"), (6, "save")])
def test_a_killed_training_ends_in_the_same_bytes(
    base, chat_rows, tmp_path, monkeypatch, caplog, rewards_letter_a, name, step, at
):
    run, changes = TRAININGS[name]
    # few rows, so that there are several epochs: GRPO reads 4 prompts a step
    rows = chat_rows[:10] if run is run_grpo else chat_rows

    def train(*args):
        return run(*args, **changes)

    whole = outcome(train, base, rows, tmp_path / "whole")
    with monkeypatch.context() as patch, pytest.raises(Killed), scratch.use(name, "f" * 64, Saving(every=0), tmp_path):
        die_after(patch, step, at=at)
        outcome(train, base, rows, tmp_path / "killed")
    assert not (tmp_path / "killed" / "curves.csv").exists()
    caplog.set_level(logging.INFO, "vitrine")
    with scratch.use(name, "f" * 64, Saving(every=0), tmp_path):
        resumed = outcome(train, base, rows, tmp_path / "killed")
    assert f"continues after step {step if at == 'save' else step - 1} of {STEPS}" in caplog.text
    assert resumed == whole
    assert not list((tmp_path / ".vitrine" / "scratch").rglob("step-*")), "removed after success"
