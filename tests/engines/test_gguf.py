import pytest
from tokenizers.pre_tokenizers import ByteLevel

from vitrine.errors import CheckpointError
from vitrine.lm.model import Model
from vitrine.lm.settings import Load

gguf = pytest.importorskip("gguf", reason="the extra gguf")


@pytest.fixture
def model(base):
    return Model.load(base, Load(device="cpu"))


def read(model, path, kind):
    from vitrine.engines.gguf import write

    write(model, path, kind)
    reader = gguf.GGUFReader(path)
    return reader, {tensor.name: tensor for tensor in reader.tensors}


def test_a_file_holds_weights_tokens_and_template(model, tmp_path):
    reader, tensors = read(model, tmp_path / "x.gguf", "float32")
    own = {name: weights for name, weights in model.weights.state_dict().items() if name != "lm_head.weight"}
    assert len(tensors) == len(own)
    assert (tensors["blk.0.ffn_up.weight"].data == own["model.layers.0.mlp.up_proj.weight"].numpy()).all()
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    assert [model.tokenizer.convert_tokens_to_ids(token) for token in tokens] == list(range(len(model.tokenizer)))
    assert reader.fields["tokenizer.ggml.eos_token_id"].contents() == model.tokenizer.eos_token_id
    template = reader.fields["tokenizer.chat_template"].contents()
    assert "{%- generation" not in template and "<|im_start|>" in template
    messages = [{"role": "user", "content": "Oi"}, {"role": "assistant", "content": "Olá"}]
    asked = {"tokenize": False, "add_generation_prompt": True}
    whole = model.tokenizer.apply_chat_template(messages, **asked)
    assert model.tokenizer.apply_chat_template(messages, chat_template=template, **asked) == whole


@pytest.mark.parametrize(("kind", "stored"), [("float16", "F16"), ("bfloat16", "BF16"), ("q8_0", "Q8_0")])
def test_weights_are_stored_as_asked_and_norms_in_float32(model, tmp_path, kind, stored):
    _, tensors = read(model, tmp_path / "x.gguf", kind)
    assert tensors["token_embd.weight"].tensor_type.name == stored
    assert tensors["output_norm.weight"].tensor_type.name == "F32"


def test_the_same_model_gives_the_same_bytes(model, tmp_path):
    for name in ("x", "y"):
        read(model, tmp_path / name, "q8_0")
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()


def test_what_cannot_be_written_is_refused(model, tmp_path):
    model.weights.config.rope_parameters["rope_type"] = "yarn"
    with pytest.raises(CheckpointError, match="yarn rotary positions"):
        read(model, tmp_path / "x.gguf", "float32")
    model.weights.config.rope_parameters["rope_type"] = "default"
    model.tokenizer.backend_tokenizer.pre_tokenizer = ByteLevel()
    with pytest.raises(CheckpointError, match="tokenizer does not split text like Qwen2's"):
        read(model, tmp_path / "x.gguf", "float32")
    model.weights.config.model_type = "llama"
    with pytest.raises(CheckpointError, match="architecture llama cannot be written as GGUF here"):
        read(model, tmp_path / "x.gguf", "float32")
    assert list(tmp_path.iterdir()) == []
