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
from vitrine.lm import hub
from vitrine.lm.model import Model
from vitrine.lm.settings import Hub, Load
from vitrine.training.sft.adapter import Method

LORA = Method(name="lora", rank=4, alpha=8, dropout=0.0)
needs_bitsandbytes = pytest.mark.skipif(not importlib.util.find_spec("bitsandbytes"), reason="the extra gpu is not installed")


def same(one, other):
    left, right = one.weights.state_dict(), other.weights.state_dict()
    return left.keys() == right.keys() and all(left[name].equal(right[name]) for name in left)


def published(base, **changes):
    return Hub(**{"origin": "hub", "template": "native", "name": str(base), "revision": "main", "context": 96} | changes)


def test_a_missing_folder_is_said(tmp_path):
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
def test_a_folder_that_does_not_load_is_named(base, tmp_path, break_it):
    broken = tmp_path / "broken"
    shutil.copytree(base, broken)
    break_it(broken)
    with pytest.raises(CheckpointError, match="broken"):
        load(broken)


def test_what_is_saved_loads_as_it_was_and_is_saved_in_the_same_bytes(base, tmp_path):
    load(base).save(tmp_path / "again")
    assert same(load(tmp_path / "again"), load(base)) and load(tmp_path / "again").template == "chatml"
    assert {file.name: file.read_bytes() for file in (tmp_path / "again").glob("*.safetensors")} == {
        file.name: file.read_bytes() for file in base.glob("*.safetensors")
    }


def test_a_folder_that_we_did_not_write_keeps_its_own_template(base, tmp_path):
    shutil.copytree(base, tmp_path / "theirs")
    (tmp_path / "theirs" / "vitrine.json").unlink()
    assert load(tmp_path / "theirs").template == "native"


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_weights_are_held_in_the_dtype_asked_for(base, dtype):
    model = load(base, dtype=dtype)
    assert {weight.dtype for weight in model.weights.parameters()} == {getattr(torch, dtype)}


def test_attention_is_what_is_asked_for(base):
    assert load(base, attention="eager").weights.config._attn_implementation == "eager"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_there_is_not_is_said(base):
    with pytest.raises(SettingsError, match=r"load\.device is cuda, and torch sees no CUDA device"):
        load(base, device="cuda")


@pytest.mark.skipif(bool(importlib.util.find_spec("bitsandbytes")), reason="bitsandbytes is installed")
@pytest.mark.parametrize("quantisation", ["nf4", "int8"])
def test_quantisation_without_its_package_names_the_extra(base, quantisation):
    with pytest.raises(
        CheckpointError, match=rf"load asks for {quantisation}, whose package is not installed \(.*bitsandbytes.*\[gpu\]"
    ):
        load(base, quantisation=quantisation)


@pytest.mark.skipif(bool(importlib.util.find_spec("flash_attn")), reason="flash-attn is installed")
def test_attention_without_its_package_says_what_to_do(base):
    with pytest.raises(CheckpointError, match=r"load asks for flash_attention_2, .* load\.attention to sdpa"):
        load(base, attention="flash_attention_2")


@needs_bitsandbytes
def test_quantised_weights_answer_and_carry_an_adapter_that_is_never_merged(base):
    model = load(base, quantisation="nf4")
    assert any(type(module).__name__ == "Linear4bit" for module in model.weights.modules())
    with pytest.raises(SettingsError, match=r"method\.name=full cannot train quantised weights"):
        Method(name="full", rank=4, alpha=8, dropout=0.0).apply(model)
    tuned = LORA.apply(model)
    assert tuned.merge() is tuned


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
    assert not (tmp_path / "merged" / "adapter_config.json").exists() and same(merged, again)
    with torch.inference_mode():
        assert torch.allclose(again.weights(tokens).logits, before, atol=1e-5)
        assert not torch.allclose(load(base).weights(tokens).logits, before, atol=1e-2)


def test_an_encoder_decoder_loads_as_one_and_is_refused_where_it_cannot_work(base, tmp_path):
    shape = T5Config(vocab_size=320, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, decoder_start_token_id=0)
    model = Model(T5ForConditionalGeneration(shape), load(base).tokenizer, "chatml", Load())
    model.save(tmp_path / "t5")
    again = load(tmp_path / "t5", attention="eager")
    assert again.kind == "encoder_decoder" and same(again, model)
    with pytest.raises(SettingsError, match="answers with decoders only"):
        Transformers(name="transformers", batch=2).open(tmp_path / "t5", Load(attention="eager"))


# ------------------------------------------------------------------------------------------------------ published models


def test_a_published_model_is_fetched_from_a_folder_of_ours(base):
    model = hub.fetch(published(base), Load(dtype="bfloat16"))
    assert model.tokenizer.model_max_length == 96 and model.tokenizer.chat_template and model.template == "native"
    assert model.weights.num_parameters() == load(base).weights.num_parameters() and model.weights.dtype == torch.bfloat16


def test_a_model_that_cannot_be_fetched_is_said(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be fetched"):
        hub.fetch(published(tmp_path / "nobody"), Load())


@pytest.fixture
def untaught(base, tmp_path):
    """A base model: no chat template, no turn tokens that anybody declared."""
    folder = tmp_path / "untaught"
    shutil.copytree(base, folder)
    (folder / "chat_template.jinja").unlink()
    (folder / "vitrine.json").unlink()
    return folder


def test_a_base_model_must_be_given_a_template(untaught):
    with pytest.raises(CheckpointError, match=r"no chat template of its own: set lm\.template to one of chatml, alpaca"):
        hub.fetch(published(untaught), Load())


def test_tokens_that_a_template_needs_and_the_vocabulary_lacks_are_added_and_said(base, untaught, monkeypatch):
    said = []
    monkeypatch.setattr(hub.log, "warning", lambda text, *words: said.append(text % words))
    model = hub.fetch(published(untaught, template="r1"), Load())
    assert "lm.template=r1 adds <｜User｜>, <｜Assistant｜> to the vocabulary" in said[0]
    assert model.weights.get_input_embeddings().num_embeddings == len(model.tokenizer) == len(load(base).tokenizer) + 2
    assert model.tokenizer.eos_token == "<|im_end|>", "r1 ends a reply with whatever the vocabulary ends texts with"
    ids = model.token_ids(user_message("Oi"), to_answer=True)
    assert ids[0] == model.tokenizer.convert_tokens_to_ids("<｜User｜>") and ids[-1] == len(model.tokenizer) - 1


def test_tokens_that_the_vocabulary_has_are_reused(base, untaught, caplog):
    model = hub.fetch(published(untaught, template="chatml"), Load())
    assert caplog.text == "" and same(model, load(base)) and model.tokenizer.eos_token == "<|im_end|>"


def test_the_template_s_name_goes_with_the_model(untaught, tmp_path):
    hub.fetch(published(untaught, template="alpaca"), Load()).save(tmp_path / "base")
    assert json.loads((tmp_path / "base" / "vitrine.json").read_text()) == {"template": "alpaca"}
    assert load(tmp_path / "base").template == "alpaca"


def test_an_adapter_is_the_same_bytes_whatever_the_order_of_a_set(base, tmp_path):
    """PEFT keeps the names of the trained layers in a set, whose order changes with Python's hash seed."""
    written = set()
    for order in (list, reversed):
        model = LORA.apply(load(base))
        adapter = model.weights.peft_config["default"]
        adapter.target_modules = list(order(sorted(adapter.target_modules)))
        model.save(tmp_path / "lora")
        written.add((tmp_path / "lora" / "adapter_config.json").read_bytes())
    assert len(written) == 1


def test_a_folder_of_something_else_is_not_replaced(base, tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(CheckpointError, match="would be replaced: move it away"):
        load(base).save(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_an_adapter_on_a_quantised_base_stays_an_adapter(base):
    """Merged into four bits, it would be rounded away."""
    adapted = LORA.apply(load(base))
    quantised = replace(adapted, loaded_as=Load(quantisation="nf4"))
    assert quantised.merge() is quantised
    assert adapted.merge() is not adapted
