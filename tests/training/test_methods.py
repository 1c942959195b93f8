"""Methods, optimizers and precision: what each hardware trains with, what takes the place of what it lacks, what is refused."""

import logging
from dataclasses import replace

import pytest
import torch

from stages.sft import Sft
from tests.conftest import composed
from tests.tiny import load, schedule
from vitrine.errors import SettingsError
from vitrine.lm import hardware as hardware_module
from vitrine.lm.hardware import Hardware, detect, quantised_compute_dtype, supported_load
from vitrine.lm.model import Model
from vitrine.lm.settings import Load
from vitrine.settings import parse
from vitrine.training.loop.schedule import arguments, supported
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.trainer import sft

H200 = Hardware("cuda", bfloat16=True, flash_attention=True, bitsandbytes=True)
T4 = Hardware("cuda", bfloat16=False, flash_attention=False, bitsandbytes=True)
CPU = Hardware("cpu", bfloat16=False, flash_attention=False, bitsandbytes=False)
NF4 = Load(quantisation="nf4")
QLORA = Method(name="qlora", rank=4, alpha=8, dropout=0.0)
LORA = QLORA.model_copy(update={"name": "lora"})


@pytest.fixture
def logged(caplog):
    """The substitutes that a test caused: each is logged once in a process."""
    hardware_module.log_substitute.cache_clear()
    caplog.set_level(logging.WARNING, logger="vitrine.lm.hardware")
    return lambda: [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("hardware", "optimizer", "precision", "attention"),
    [
        pytest.param(H200, "paged_adamw_8bit", "bfloat16", "flash_attention_2", id="H200"),
        pytest.param(T4, "paged_adamw_8bit", "float32", "sdpa", id="T4"),
        pytest.param(CPU, "adamw", "float32", "sdpa", id="CPU"),
    ],
)
def test_what_hardware_lacks_has_a_substitute(logged, hardware, optimizer, precision, attention):
    requested = schedule(optimizer="paged_adamw_8bit", precision="bfloat16")
    load_requested = Load(attention="flash_attention_2")
    for _ in range(2):
        used, loaded = supported(requested, hardware), supported_load(load_requested, hardware)
    assert (used.optimizer, used.precision, loaded.attention) == (optimizer, precision, attention)
    settings = {"optimizer": optimizer, "precision": precision, "load.attention": attention}
    expected = {"optimizer": "paged_adamw_8bit", "precision": "bfloat16", "load.attention": "flash_attention_2"}
    named = {message.partition(":")[0] for message in logged()}
    assert named == {name for name, value in settings.items() if value != expected[name]} and len(logged()) == len(named)


@pytest.mark.parametrize(("hardware", "name"), [(H200, "bfloat16"), (T4, "float16")])
def test_four_bit_weights_are_multiplied_in_the_dtype_of_the_hardware(hardware, name):
    assert str(quantised_compute_dtype(NF4, hardware)) == f"torch.{name}"


@pytest.mark.parametrize("bits", ["nf4", "int8"])
@pytest.mark.parametrize("method", [QLORA, LORA])
def test_a_quantised_base_trains_as_qlora_on_a_gpu_and_is_refused_on_a_cpu(bits, method):
    quantised = Load(quantisation=bits)
    assert method.supported(quantised, H200).name == "qlora"
    with pytest.raises(SettingsError, match=f"load.quantisation={bits} is not trained on a CPU.*use hardware=gpu"):
        method.supported(quantised, CPU)


def test_all_weights_of_a_quantised_base_are_not_trained_anywhere():
    with pytest.raises(SettingsError, match=r"method\.name=full cannot train quantised weights: use qlora"):
        QLORA.model_copy(update={"name": "full"}).supported(NF4, H200)


def test_qlora_without_quantisation_is_lora(logged):
    assert QLORA.supported(Load(), CPU).name == "lora"
    assert logged() == ["sft.method.name: lora instead of qlora, because load.quantisation is null"]


@pytest.mark.parametrize("recipe", ["llama32", "ecinstruct", "tucano2"])
def test_the_published_qlora_recipes_train_on_a_gpu_and_are_refused_on_a_cpu(recipe):
    settings = parse(Sft, "sft", composed(f"recipe={recipe}", "scale=full", "hardware=gpu")["sft"])
    assert settings.method.supported(settings.load, H200).name == "qlora"
    assert supported(settings, H200) == settings and supported_load(settings.load, H200) == settings.load
    with pytest.raises(SettingsError, match="is not trained on a CPU"):
        settings.method.supported(settings.load, CPU)
    small = parse(Sft, "sft", composed(f"recipe={recipe}", "scale=laptop")["sft"])
    assert small.method.supported(small.load, CPU).name == "lora"


def test_checkpointing_reaches_the_trainer_and_does_not_change_what_is_learnt(base, chat_rows, tmp_path):
    for on in (True, False):
        assert arguments(schedule(checkpointing=on), seed=7, folder=tmp_path, device="cpu")["gradient_checkpointing"] is on
    losses = [
        trained(load(base), chat_rows, tmp_path, LORA, packing=packing, checkpointing=on)[1]["mean_loss"]
        for on, packing in ((True, False), (True, True), (False, False))
    ]
    assert losses[:2] == pytest.approx([losses[2]] * 2, rel=1e-3)


def trained(model, rows, tmp_path, method, *, packing=False, **changes):
    options = {"max_length": 128, "seed": 7, "curves": tmp_path / "sft.csv", "packing": packing}
    return sft(model, rows, schedule(**changes), method, **options)


def test_the_metrics_say_what_was_used(base, chat_rows, tmp_path):
    method = QLORA.model_copy(update={"learning_rate_factor": 10.0})
    changes = {"steps": 1, "optimizer": "paged_adamw_8bit", "precision": "bfloat16"}
    _, metrics = trained(load(base, attention="flash_attention_2"), chat_rows, tmp_path, method, **changes)
    assert metrics["used"] == {
        "backend": "trl",
        "method": "lora",
        "learning_rate": pytest.approx(3e-2),
        "optimizer": "adamw",
        "precision": "bfloat16" if detect("cpu").bfloat16 else "float32",
        "attention": "sdpa",
        "layout": "grouped by length",
    }


def test_the_learning_rate_factor_changes_the_adapter(base, chat_rows, tmp_path):
    curve = []
    for factor in (1.0, 10.0):
        method = LORA.model_copy(update={"learning_rate_factor": factor})
        model, _ = trained(load(base), chat_rows, tmp_path, method)
        curve.append([value for name, value in model.weights.named_parameters() if "lora_B" in name])
    assert curve[1][0].abs().mean() > 3 * curve[0][0].abs().mean()


@pytest.mark.parametrize("packing", [False, True])
@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_an_adapter_trains_the_rows_of_added_tokens(base, chat_rows, tmp_path, packing, tied):
    """Without it the stop token could not win: its row would stay the mean of all rows."""
    model = untied(load(base)) if not tied else load(base)
    stop = model.tokenizer.eos_token
    ids = model.tokenizer.convert_tokens_to_ids([stop])
    added = replace(model, added_tokens=(stop,))
    before = model.weights.get_output_embeddings().weight.detach().clone()
    after, _ = trained(added, chat_rows, tmp_path, LORA, packing=packing)
    assert after.added_tokens == (), "they are trained now"
    after.save(tmp_path / "sft")
    merged = after.merge().weights.get_output_embeddings().weight
    changed = (merged != before).any(dim=1).nonzero().squeeze(1).tolist()
    assert changed == ids
    if tied:
        loaded = Model.load(tmp_path / "sft", Load()) if named(tmp_path / "sft", base) else None
        assert loaded is None or loaded.merge().weights.get_output_embeddings().weight.allclose(merged)


def named(adapter, base):
    return str(base) in (adapter / "adapter_config.json").read_text()


def untied(model):
    head = model.weights.get_output_embeddings()
    head.weight = torch.nn.Parameter(head.weight.detach().clone())
    model.weights.config.tie_word_embeddings = False
    return model
