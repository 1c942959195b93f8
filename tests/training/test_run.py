"""From schedule to trainer arguments: allowed settings, and the check that the trainer took every argument."""

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
def test_a_step_has_batch_sequences_for_any_micro_batch(tmp_path, batch, micro_batch, passes):
    args = effective(tmp_path, batch=batch, micro_batch=micro_batch)
    assert args["gradient_accumulation_steps"] == passes
    assert args["per_device_train_batch_size"] * passes == batch


def test_a_micro_batch_must_divide_the_batch():
    default = schedule().model_dump()
    with pytest.raises(SettingsError, match=r"sft\.micro_batch: .*should divide batch, which is 32 \(got 12\)"):
        parse(Schedule, "sft", default | {"batch": 32, "micro_batch": 12})


def test_a_grpo_batch_holds_whole_groups():
    with pytest.raises(SettingsError, match=r"grpo\.batch: .*should be a multiple of generations, which is 3 \(got 64\)"):
        parse(Grpo, "grpo", composition(["grpo.generations=3"])["grpo"])


@pytest.mark.parametrize(("warmup", "steps"), [(0.0, 0), (0.05, 5), (0.99, 99), (1, 1), (10, 10)])
def test_warmup_is_a_share_or_a_number_of_steps(tmp_path, warmup, steps):
    assert effective(tmp_path, warmup=warmup, steps=100)["warmup_steps"] == steps


def trained(base, tmp_path, tamper, steps=1):
    model = load(base)
    data = Dataset.from_dict({"input_ids": [[5, 6, 7]] * 8, "labels": [[5, 6, 7]] * 8})

    def build(args, optimizers):
        trainer = Trainer(
            model=model.weights, args=args, train_dataset=data, data_collator=default_data_collator, optimizers=optimizers
        )
        tamper(trainer)
        return trainer

    options = {"label_smoothing_factor": 0.1}
    curves = Curves(tmp_path / "curves.csv", {"loss": "loss"})
    return run(model, schedule(steps=steps), config=TrainingArguments, options=options, build=build, curves=curves, seed=7)


@pytest.mark.parametrize(
    ("tamper", "difference"),
    [
        (lambda trainer: setattr(trainer.args, "max_grad_norm", 0.5), "max_grad_norm: 0.5 instead of 1.0"),
        (lambda trainer: setattr(trainer.args, "label_smoothing_factor", 0.0), "label_smoothing_factor: 0.0 instead of 0.1"),
        (
            lambda trainer: setattr(trainer.args, "per_device_train_batch_size", 16),
            "per_device_train_batch_size: 16 instead of 8",
        ),
        (lambda trainer: trainer.optimizer.param_groups[0].update(lr=1.0), "optimizer's learning rate: 1.0 instead of 0.003"),
    ],
    ids=["argument", "option", "batch", "learning rate"],
)
def test_a_trainer_with_other_arguments_stops_the_run(base, tmp_path, tamper, difference):
    with pytest.raises(AuditError, match=f"Trainer would not train as requested: {difference}"):
        trained(base, tmp_path, tamper)


def test_several_visible_gpus_stop_the_run_and_the_message_says_how_to_choose_one(base, tmp_path):
    with pytest.raises(SettingsError, match="Vitrine trains on one GPU, and 2 are visible: run `export CUDA_VISIBLE_DEVICES=0`"):
        trained(base, tmp_path, lambda trainer: setattr(trainer.args, "_n_gpu", 2))


def test_zero_steps_build_the_trainer_and_keep_the_weights(base, tmp_path):
    before = load(base).weights.state_dict()
    model, mean_loss = trained(base, tmp_path, lambda trainer: None, steps=0)
    assert mean_loss == 0.0 and (tmp_path / "curves.csv").read_text() == "step,loss\n"
    assert all(before[name].equal(value) for name, value in model.weights.state_dict().items())
