import importlib.util
import json
import shutil
from dataclasses import replace

import pytest
import torch
from transformers import T5Config, T5ForConditionalGeneration

from tests.tiny import load
from vitrine.chat.messages import user_message
from vitrine.engines.settings import Transformers
from vitrine.errors import CheckpointError, SettingsError
from vitrine.lm import hub, template
from vitrine.lm.model import Model
from vitrine.lm.settings import Hub, Load
from vitrine.training.sft.adapter import Method

LORA = Method(name="lora", rank=4, alpha=8, dropout=0.0)
needs_bitsandbytes = pytest.mark.skipif(not importlib.util.find_spec("bitsandbytes"), reason="the extra gpu is not installed")


def same_weights(model, other):
    left, right = model.weights.state_dict(), other.weights.state_dict()
    return left.keys() == right.keys() and all(left[name].equal(right[name]) for name in left)


def hub_settings(base, **changes):
    return Hub(**{"origin": "hub", "template": "native", "name": str(base), "revision": "main", "context": 96} | changes)


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(CheckpointError, match="is not a model folder; run `dvc repro`"):
        load(tmp_path / "nothing")


@pytest.mark.parametrize(
    "break_it",
    [
        pytest.param(lambda f: (f / "model.safetensors").write_bytes(b"short"), id="truncated weights"),
        pytest.param(lambda f: (f / "model.safetensors").unlink(), id="no weights"),
        pytest.param(lambda f: (f / "config.json").write_text("{"), id="broken config"),
        pytest.param(lambda f: (f / "tokenizer.json").write_text("{}"), id="broken tokenizer"),
        pytest.param(lambda f: (f / "chat_template.jinja").unlink(), id="no chat template"),
        pytest.param(lambda f: (f / "vitrine.json").write_text("{}"), id="no template's name"),
    ],
)
def test_the_error_names_a_folder_that_does_not_load(base, tmp_path, break_it):
    broken = tmp_path / "broken"
    shutil.copytree(base, broken)
    break_it(broken)
    with pytest.raises(CheckpointError, match="broken"):
        load(broken)


def test_save_and_load_round_trip_in_the_same_bytes(base, tmp_path):
    load(base).save(tmp_path / "again")
    assert same_weights(load(tmp_path / "again"), load(base)) and load(tmp_path / "again").template == "chatml"
    assert {file.name: file.read_bytes() for file in (tmp_path / "again").glob("*.safetensors")} == {
        file.name: file.read_bytes() for file in base.glob("*.safetensors")
    }


def test_a_folder_without_our_record_keeps_its_own_template(base, tmp_path):
    shutil.copytree(base, tmp_path / "theirs")
    (tmp_path / "theirs" / "vitrine.json").unlink()
    assert load(tmp_path / "theirs").template == "native"


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_weights_have_the_requested_dtype(base, dtype):
    model = load(base, dtype=dtype)
    assert {weight.dtype for weight in model.weights.parameters()} == {getattr(torch, dtype)}


def test_attention_is_the_requested_one(base):
    assert load(base, attention="eager").weights.config._attn_implementation == "eager"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_missing_cuda_device_is_an_error(base):
    with pytest.raises(SettingsError, match=r"load\.device is cuda, but torch sees no CUDA device"):
        load(base, device="cuda")


@pytest.mark.skipif(bool(importlib.util.find_spec("bitsandbytes")), reason="bitsandbytes is installed")
@pytest.mark.parametrize("quantisation", ["nf4", "int8"])
def test_quantisation_without_its_package_names_the_pip_extra(base, quantisation):
    with pytest.raises(
        CheckpointError, match=rf"load needs the package of {quantisation}, which is not installed \(.*bitsandbytes.*\[gpu\]"
    ):
        load(base, quantisation=quantisation)


@pytest.mark.skipif(bool(importlib.util.find_spec("flash_attn")), reason="flash-attn is installed")
def test_sdpa_takes_the_place_of_flash_attention_without_its_package(base):
    assert load(base, attention="flash_attention_2").loaded_as.attention == "sdpa"


@needs_bitsandbytes
def test_quantised_weights_answer_on_a_cpu_and_are_not_trained_there(base):
    model = load(base, quantisation="nf4")
    assert any(type(module).__name__ == "Linear4bit" for module in model.weights.modules())
    with pytest.raises(SettingsError, match=r"method\.name=full cannot train quantised weights"):
        Method(name="full", rank=4, alpha=8, dropout=0.0).apply(model)
    with pytest.raises(SettingsError, match=r"load\.quantisation=nf4 is not trained on a CPU"):
        LORA.apply(model)


def test_an_adapter_merges_into_its_base_and_saves_as_a_whole_model(base, tmp_path):
    adapted = LORA.apply(load(base))
    for name, weight in adapted.weights.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    tokens = torch.tensor([[5, 6, 7]])
    with torch.inference_mode():
        before = adapted.weights(tokens).logits
    merged = adapted.merge()
    merged.save(tmp_path / "merged")
    again = load(tmp_path / "merged")
    assert not (tmp_path / "merged" / "adapter_config.json").exists() and same_weights(merged, again)
    with torch.inference_mode():
        assert torch.allclose(again.weights(tokens).logits, before, atol=1e-5)
        assert not torch.allclose(load(base).weights(tokens).logits, before, atol=1e-2)


def test_an_encoder_decoder_loads_and_the_engine_refuses_it(base, tmp_path):
    shape = T5Config(vocab_size=320, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, decoder_start_token_id=0)
    model = Model(T5ForConditionalGeneration(shape), load(base).tokenizer, "chatml", Load())
    model.save(tmp_path / "t5")
    again = load(tmp_path / "t5", attention="eager")
    assert again.kind == "encoder_decoder" and same_weights(again, model)
    with pytest.raises(SettingsError, match="works with decoders only"):
        Transformers(name="transformers", batch=2).open(tmp_path / "t5", Load(attention="eager"))


# ------------------------------------------------------------------------------------------------------ published models


def test_a_model_is_fetched_from_a_folder(base):
    model = hub.fetch(hub_settings(base), Load(dtype="bfloat16"))
    assert model.tokenizer.model_max_length == 96 and model.tokenizer.chat_template and model.template == "native"
    assert model.weights.num_parameters() == load(base).weights.num_parameters() and model.weights.dtype == torch.bfloat16


def test_a_model_that_cannot_be_fetched_is_an_error(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be fetched"):
        hub.fetch(hub_settings(tmp_path / "nobody"), Load())


@pytest.fixture
def without_template(base, tmp_path):
    """A base model without chat template and without declared turn tokens."""
    folder = tmp_path / "without_template"
    shutil.copytree(base, folder)
    (folder / "chat_template.jinja").unlink()
    (folder / "vitrine.json").unlink()
    return folder


def test_a_base_model_must_be_given_a_template(without_template):
    with pytest.raises(CheckpointError, match=r"no chat template of its own: set lm\.template to one of chatml, alpaca"):
        hub.fetch(hub_settings(without_template), Load())


def test_missing_template_tokens_are_added_with_a_warning(base, without_template, monkeypatch):
    warnings = []
    monkeypatch.setattr(template.log, "warning", lambda text, *args: warnings.append(text % args))
    model = hub.fetch(hub_settings(without_template, template="r1"), Load())
    assert "lm.template=r1 adds <｜User｜>, <｜Assistant｜> to the vocabulary" in warnings[0]
    assert model.weights.get_input_embeddings().num_embeddings == len(model.tokenizer) == len(load(base).tokenizer) + 2
    assert model.tokenizer.eos_token == "<|im_end|>", "r1 ends a reply with the vocabulary's own end token"
    ids = model.token_ids(user_message("Oi"), to_answer=True)
    assert ids[0] == model.tokenizer.convert_tokens_to_ids("<｜User｜>") and ids[-1] == len(model.tokenizer) - 1


def test_template_tokens_in_the_vocabulary_are_reused(base, without_template, caplog):
    model = hub.fetch(hub_settings(without_template, template="chatml"), Load())
    assert caplog.text == "" and same_weights(model, load(base)) and model.tokenizer.eos_token == "<|im_end|>"


def test_the_name_of_the_template_is_saved_with_the_model(without_template, tmp_path):
    hub.fetch(hub_settings(without_template, template="alpaca"), Load()).save(tmp_path / "base")
    assert json.loads((tmp_path / "base" / "vitrine.json").read_text()) == {"template": "alpaca"}
    assert load(tmp_path / "base").template == "alpaca"


def test_an_adapter_is_saved_in_the_same_bytes_for_any_set_order(base, tmp_path):
    """PEFT keeps the names of the trained layers in a set, whose order changes with Python's hash seed."""
    written = set()
    for order in (list, reversed):
        model = LORA.apply(load(base))
        adapter = model.weights.peft_config["default"]
        adapter.target_modules = list(order(sorted(adapter.target_modules)))
        model.save(tmp_path / "lora")
        written.add((tmp_path / "lora" / "adapter_config.json").read_bytes())
    assert len(written) == 1


def test_save_does_not_replace_a_folder_with_other_files(base, tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(CheckpointError, match="would replace them: move them away"):
        load(base).save(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_an_adapter_on_a_quantised_base_is_not_merged(base):
    """Merged into four bits, its weights would be rounded away."""
    adapted = LORA.apply(load(base))
    quantised = replace(adapted, loaded_as=Load(quantisation="nf4"))
    assert quantised.merge() is quantised
    assert adapted.merge() is not adapted
