"""A schedule on its way to a trainer: what the settings take, and that a trainer which does otherwise is stopped."""

import pytest
from datasets import Dataset
from transformers import Trainer, TrainingArguments, default_data_collator

from stages.grpo import Grpo
from tests.tiny import load, schedule
from vitrine.errors import AuditError, SettingsError
from vitrine.params import composition
from vitrine.settings import parse
from vitrine.training.loop.curves import Curves
from vitrine.training.loop.run import run
from vitrine.training.loop.schedule import Schedule, arguments


def effective(tmp_path, **changes):
    return arguments(schedule(**changes), seed=7, folder=tmp_path, device="cpu")


@pytest.mark.parametrize(("batch", "micro_batch", "passes"), [(32, 8, 4), (8, 8, 1), (4, 8, 1), (12, 3, 4)])
def test_a_step_is_as_many_sequences_as_the_recipe_says(tmp_path, batch, micro_batch, passes):
    found = effective(tmp_path, batch=batch, micro_batch=micro_batch)
    assert found["gradient_accumulation_steps"] == passes
    assert found["per_device_train_batch_size"] * passes == batch


def test_a_micro_batch_that_does_not_divide_is_refused():
    usual = schedule().model_dump()
    with pytest.raises(SettingsError, match=r"sft\.micro_batch: .*should divide batch, which is 32 \(got 12\)"):
        parse(Schedule, "sft", usual | {"batch": 32, "micro_batch": 12})


def test_a_batch_holds_whole_groups():
    with pytest.raises(SettingsError, match=r"grpo\.batch: .*should be a multiple of generations, which is 3 \(got 64\)"):
        parse(Grpo, "grpo", composition(["grpo.generations=3"])["grpo"])


@pytest.mark.parametrize(("warmup", "steps"), [(0.0, 0), (0.05, 5), (0.99, 99), (1, 1), (10, 10)])
def test_warm_up_is_a_share_or_a_number_of_steps(tmp_path, warmup, steps):
    assert effective(tmp_path, warmup=warmup, steps=100)["warmup_steps"] == steps


def trained(base, tmp_path, meddle, steps=1):
    model = load(base)
    data = Dataset.from_dict({"input_ids": [[5, 6, 7]] * 8, "labels": [[5, 6, 7]] * 8})

    def build(args, optimizers):
        trainer = Trainer(
            model=model.weights, args=args, train_dataset=data, data_collator=default_data_collator, optimizers=optimizers
        )
        meddle(trainer)
        return trainer

    options = {"label_smoothing_factor": 0.1}
    curves = Curves(tmp_path / "curves.csv", {"loss": "loss"})
    return run(model, schedule(steps=steps), config=TrainingArguments, options=options, build=build, curves=curves, seed=7)


@pytest.mark.parametrize(
    ("meddle", "said"),
    [
        (lambda trainer: setattr(trainer.args, "max_grad_norm", 0.5), "max_grad_norm: 0.5 instead of 1.0"),
        (lambda trainer: setattr(trainer.args, "label_smoothing_factor", 0.0), "label_smoothing_factor: 0.0 instead of 0.1"),
        (lambda trainer: setattr(trainer.args, "_n_gpu", 2), "sequences in a step: 16 instead of 8"),
        (lambda trainer: trainer.optimizer.param_groups[0].update(lr=1.0), "optimizer's learning rate: 1.0 instead of 0.003"),
    ],
    ids=["argument", "option", "more devices", "learning rate"],
)
def test_a_trainer_that_would_do_otherwise_stops_the_run(base, tmp_path, meddle, said):
    with pytest.raises(AuditError, match=f"Trainer would not train as asked: {said}"):
        trained(base, tmp_path, meddle)


def test_no_steps_build_the_trainer_and_leave_the_weights(base, tmp_path):
    before = load(base).weights.state_dict()
    model, mean_loss = trained(base, tmp_path, lambda trainer: None, steps=0)
    assert mean_loss == 0.0 and (tmp_path / "curves.csv").read_text() == "step,loss\n"
    assert all(before[name].equal(value) for name, value in model.weights.state_dict().items())
