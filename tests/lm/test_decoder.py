import pytest

from vitrine.chat.template import TEMPLATES
from vitrine.lm import decoder, tokenizer
from vitrine.lm.settings import Load, Scratch

TOKENIZER = tokenizer.train(["Chegou em 12 dias."] * 5, TEMPLATES["chatml"], vocabulary=320, context=64)
SETTINGS = {
    "origin": "scratch",
    "template": "chatml",
    "vocabulary": 320,
    "context": 64,
    "hidden": 32,
    "layers": 2,
    "heads": 4,
    "kv_heads": 2,
    "head": 16,
    "feed_forward": 64,
}


def build(**changes):
    return decoder.build(Scratch(**SETTINGS | changes), TOKENIZER, Load(), seed=7).weights


@pytest.mark.parametrize(
    "changes", [{"hidden": 64}, {"layers": 3}, {"heads": 2}, {"kv_heads": 4}, {"head": 32}, {"feed_forward": 96}], ids=str
)
def test_every_dimension_changes_the_model(changes):
    assert build(**changes).num_parameters() != build().num_parameters()


def test_the_context_and_the_stop_token_are_in_the_config():
    model = build(context=128)
    assert model.config.max_position_embeddings == 128
    assert model.config.eos_token_id == model.generation_config.eos_token_id == TOKENIZER.eos_token_id
    assert model.generation_config.do_sample is False


def test_same_seed_gives_same_weights():
    first, second = (build().state_dict() for _ in range(2))
    other = decoder.build(Scratch(**SETTINGS), TOKENIZER, Load(), seed=8).weights.state_dict()
    assert all(first[name].equal(second[name]) for name in first)
    assert any(not first[name].equal(other[name]) for name in first)


def test_the_load_settings_apply():
    model = decoder.build(Scratch(**SETTINGS), TOKENIZER, Load(dtype="bfloat16", attention="eager"), seed=7)
    assert str(model.weights.dtype) == "torch.bfloat16" and model.weights.config._attn_implementation == "eager"
    assert (model.kind, model.template, model.loaded_as.dtype) == ("decoder", "chatml", "bfloat16")
