"""Fast decoding on a CPU gives the library's tokens, for any number of heads, and the library's gradients."""

import pytest
import torch
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM
from transformers.cache_utils import DYNAMIC_LAYER_TYPE_MAPPING, DynamicLayer

from tests.tiny import load
from vitrine.lm import decoding

SHAPE = {"vocab_size": 97, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "max_position_embeddings": 256}


def model(heads, shared_by, kind=Qwen3ForCausalLM, config=Qwen3Config):
    torch.manual_seed(7)
    return kind(config(**SHAPE, num_attention_heads=heads, num_key_value_heads=heads // shared_by, head_dim=8)).eval()


def generated(model, **more):
    torch.manual_seed(7)
    prompts = torch.randint(3, 97, (5, 9))
    mask = torch.ones_like(prompts)
    mask[1, :4] = mask[3, :8] = 0  # shorter prompts, padded on the left
    options = {"max_new_tokens": 90, "pad_token_id": 0, "eos_token_id": None, "do_sample": False} | more
    return model.generate(input_ids=prompts, attention_mask=mask, **options)


@pytest.mark.parametrize(("heads", "shared_by"), [(4, 1), (4, 2), (4, 4), (6, 3)])
@pytest.mark.parametrize(
    "more", [{}, {"do_sample": True, "temperature": 0.9}, {"num_beams": 3}], ids=["greedy", "sampled", "beams"]
)
def test_generates_the_same_tokens_as_the_library(monkeypatch, heads, shared_by, more):
    ours = model(heads, shared_by)
    decoding.enable_fast_decode(ours)
    assert ours.config._attn_implementation == decoding.GROUPED
    tokens = generated(ours, **more)
    monkeypatch.setitem(DYNAMIC_LAYER_TYPE_MAPPING, "full_attention", DynamicLayer)
    assert torch.equal(tokens, generated(model(heads, shared_by), **more))
    assert tokens.shape == (5, 99) and len(set(tokens[:, 9:].flatten().tolist())) > 5


def test_generates_the_same_tokens_with_another_architecture(monkeypatch):
    ours = model(4, 2, LlamaForCausalLM, LlamaConfig)
    decoding.enable_fast_decode(ours)
    tokens = generated(ours)
    monkeypatch.setitem(DYNAMIC_LAYER_TYPE_MAPPING, "full_attention", DynamicLayer)
    assert torch.equal(tokens, generated(model(4, 2, LlamaForCausalLM, LlamaConfig)))


def test_a_model_with_another_attention_is_not_changed():
    other = model(4, 2)
    other.set_attn_implementation("eager")
    decoding.enable_fast_decode(other)
    assert other.config._attn_implementation == "eager"


def test_the_cache_can_be_cropped_and_reordered():
    preallocated, plain, chance = decoding.PreallocatedCache(), DynamicLayer(), torch.Generator().manual_seed(7)

    def grow(tokens, rows=4):
        new = torch.randn(rows, 2, tokens, 8, generator=chance)
        for ours, theirs in zip(preallocated.update(new, -new), plain.update(new, -new), strict=True):
            assert torch.equal(ours, theirs)

    grow(5)
    grow(1)
    for layer in (preallocated, plain):
        layer.crop(-2)
    grow(1)
    for layer in (preallocated, plain):
        layer.batch_select_indices(torch.tensor([2, 0]))
    grow(1, rows=2)
    for _ in range(2 * decoding.SPARE_TOKENS):
        grow(1, rows=2)
    assert preallocated.get_seq_length() == plain.get_seq_length() == 6 + 2 * decoding.SPARE_TOKENS


def test_a_new_token_does_not_copy_the_cache():
    layer = decoding.PreallocatedCache()
    new = torch.zeros(1, 1, 1, 8)
    addresses = {layer.update(new, new)[0].data_ptr() for _ in range(decoding.SPARE_TOKENS + 1)}
    assert len(addresses) == 1


def test_gradients_are_the_same_as_the_library_s(monkeypatch):
    monkeypatch.setitem(DYNAMIC_LAYER_TYPE_MAPPING, "full_attention", DynamicLayer)

    def gradient(fast):
        network = model(4, 2).train()
        if fast:
            decoding.enable_fast_decode(network)
        tokens = torch.arange(3, 23).reshape(2, 10)
        cache = DynamicCache(config=network.config)
        if fast:
            cache.layers = [decoding.PreallocatedCache() for _ in cache.layers]
        before = network(input_ids=tokens[:, :9], past_key_values=cache, use_cache=True).logits.sum()
        (before + network(input_ids=tokens[:, 9:], past_key_values=cache, use_cache=True).logits.pow(2).sum()).backward()
        return network.model.layers[0].self_attn.k_proj.weight.grad

    assert torch.allclose(gradient(True), gradient(False), rtol=1e-4, atol=1e-6) and gradient(True).abs().sum() > 0


def test_a_loaded_checkpoint_decodes_fast_and_is_saved_unchanged(base, tmp_path):
    loaded = load(base)
    assert loaded.weights.config._attn_implementation == decoding.GROUPED
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again" / "config.json").read_bytes() == (base / "config.json").read_bytes()
