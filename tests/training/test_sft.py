import csv

import pytest
from datasets import Dataset

from tests.tiny import load, schedule
from vitrine.errors import AuditError
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.audit import IGNORED, audit
from vitrine.training.sft.trainer import sft

FULL = Method(name="full", rank=4, alpha=8, dropout=0.0)
LORA = Method(name="lora", rank=4, alpha=8, dropout=0.0)


def trained(base, rows, tmp_path, method=FULL, **changes):
    curves = tmp_path / "sft.csv"
    model, metrics = sft(load(base), rows, schedule(**changes), method, max_length=128, seed=7, curves=curves)
    return model, metrics, list(csv.DictReader(curves.open()))


def weights(model):
    return {name: value.clone() for name, value in model.weights.state_dict().items()}


def test_the_loss_falls_and_every_step_is_logged(base, chat_rows, tmp_path):
    _, metrics, curve = trained(base, chat_rows, tmp_path, steps=30)
    assert [int(row["step"]) for row in curve] == list(range(1, 31))
    assert float(curve[-1]["loss"]) < 0.7 * float(curve[0]["loss"])
    assert metrics["stop_share"] == 1.0 and 0 < metrics["supervised_share"] < 1


@pytest.mark.parametrize(("steps", "log_every"), [(5, 2), (1, 10)])
def test_steps_need_not_be_a_multiple_of_log_every(base, chat_rows, tmp_path, steps, log_every):
    _, metrics, _ = trained(base, chat_rows, tmp_path, steps=steps, log_every=log_every)
    assert metrics["loss"] > 0 and metrics["entropy"] > 0


def test_the_same_seed_gives_the_same_weights(base, chat_rows, tmp_path):
    first, second = (weights(trained(base, chat_rows, tmp_path)[0]) for _ in range(2))
    assert all(first[name].equal(second[name]) for name in first)


def test_the_rows_of_a_step_do_not_depend_on_the_micro_batch(base, chat_rows, tmp_path):
    curves = [trained(base, chat_rows, tmp_path, steps=6, batch=8, micro_batch=size)[2] for size in (8, 4, 2)]
    losses = [[float(row["loss"]) for row in curve] for curve in curves]
    assert losses[1] == pytest.approx(losses[0], rel=2e-3) and losses[2] == pytest.approx(losses[0], rel=2e-3)
    assert max(losses[0]) > 1.01 * min(losses[0]), "steps differ"


def test_zero_steps_keep_the_weights(base, chat_rows, tmp_path):
    before = weights(load(base))
    model, _, curve = trained(base, chat_rows, tmp_path, steps=0)
    assert curve == [] and all(before[name].equal(value) for name, value in weights(model).items())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        pytest.param({"optimizer": "muon"}, True, id="optimizer"),
        pytest.param({"learning_rate": 1e-4}, True, id="learning rate"),
        pytest.param({"batch": 4}, True, id="batch"),
        pytest.param({"micro_batch": 4}, True, id="accumulation: same batch, other rounding"),
        pytest.param({"warmup": 0.5}, True, id="warm-up"),
        pytest.param({"decay": "cosine"}, True, id="decay"),
        pytest.param({"weight_decay": 0.5}, True, id="weight decay"),
        pytest.param({"clip": 0.01}, True, id="clipping"),
        pytest.param({"precision": "bfloat16"}, True, id="precision"),
        pytest.param({"log_every": 2}, False, id="logging does not change weights"),
    ],
)
def test_every_option_of_the_schedule_reaches_the_trainer(base, chat_rows, tmp_path, changes, differs):
    default, changed = (weights(trained(base, chat_rows, tmp_path, **options)[0]) for options in ({}, changes))
    assert differs == any(not default[name].equal(changed[name]) for name in default)


def test_an_adapter_is_saved_without_its_base_and_loads_on_it(base, chat_rows, tmp_path):
    model, _, _ = trained(base, chat_rows, tmp_path, method=LORA)
    model.save(tmp_path / "sft")
    assert {"adapter_model.safetensors", "adapter_config.json", "chat_template.jinja"} <= {
        f.name for f in (tmp_path / "sft").iterdir()
    }
    assert not (tmp_path / "sft" / "model.safetensors").exists()
    loaded = load(tmp_path / "sft", trainable=True)
    sizes = [(weight.numel(), weight.requires_grad) for weight in loaded.weights.parameters()]
    assert 0 < sum(size for size, trained in sizes if trained) < 0.5 * sum(size for size, _ in sizes)
    adapter = {name: value for name, value in weights(loaded).items() if "lora_" in name}
    assert adapter and all(value.equal(weights(model)[name]) for name, value in adapter.items())


def tokenized(tokenizer, labels):
    return Dataset.from_dict({"input_ids": [[5, 6, tokenizer.eos_token_id]], "labels": [labels]})


def test_a_loss_mask_without_a_reply_stops_the_training(base):
    tokenizer = load(base).tokenizer
    with pytest.raises(AuditError, match="no token of any reply"):
        audit(tokenized(tokenizer, [IGNORED] * 3), tokenizer, 128)


def test_a_loss_mask_without_the_stop_token_stops_the_training(base):
    tokenizer = load(base).tokenizer
    with pytest.raises(AuditError, match="no supervised stop token"):
        audit(tokenized(tokenizer, [IGNORED, 6, IGNORED]), tokenizer, 128)
