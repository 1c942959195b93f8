"""A GGUF file becomes an ordinary model: the same logits, the same tokens, and one sentence if it cannot."""

import json

import pytest
import torch

from tests.lm.tiny_gguf import sentencepiece_of, write_gemma3, write_qwen3
from tests.tiny import load
from vitrine.errors import CheckpointError
from vitrine.lm import pins
from vitrine.lm.gguf import load as gguf
from vitrine.lm.gguf.reader import open_gguf
from vitrine.lm.gguf.tokenizer import build
from vitrine.lm.settings import Gguf, Load

pytest.importorskip("gguf", reason="the package gguf is not installed (extra gguf)")

TEXTS = [
    "O produto chegou antes do prazo, recomendo a loja!",
    "Produto quebrado.\n\nQuero  a troca   já\n",
    "ação, coração e açúcar: R$ 12,50 em 3x 😀 日本",
    "  começa com espaços\n\n\n\n\n\n\nfim",
    "<end_of_turn> <unused3> chegou",
]
CORPUS = TEXTS * 20 + [f"pedido {number} chegou em {number % 30} dias" for number in range(300)]


def settings(path, **changes):
    pinned = pins.digest([path]) if path.is_file() else None
    values = {"origin": "gguf", "template": "native", "path": path, "sha256": pinned, "dtype": "float32", "context": 96}
    return Gguf(**values | changes)


@pytest.fixture(scope="module")
def qwen3(base, tmp_path_factory):
    return write_qwen3(load(base), tmp_path_factory.mktemp("gguf") / "qwen3.gguf")


@pytest.fixture(scope="module")
def splitter():
    return sentencepiece_of(CORPUS)


@pytest.fixture(scope="module")
def gemma3(splitter, tmp_path_factory):
    return write_gemma3(splitter, tmp_path_factory.mktemp("gguf") / "gemma3.gguf")


def logits(weights, ids):
    with torch.inference_mode():
        return weights.eval()(torch.tensor([ids])).logits[0]


def test_a_byte_level_file_gives_the_model_it_was_made_from(base, qwen3):
    model, original = gguf.fetch(settings(qwen3), Load()), load(base)
    assert model.tokenizer.get_vocab() == original.tokenizer.get_vocab()
    for text in TEXTS:
        assert model.tokenizer(text).input_ids == original.tokenizer(text).input_ids
        assert model.tokenizer.decode(model.tokenizer(text).input_ids) == text
    chat = [{"role": "user", "content": TEXTS[0]}, {"role": "assistant", "content": TEXTS[3]}]
    assert model.tokenizer.apply_chat_template(chat) == original.tokenizer.apply_chat_template(chat)
    assert (model.tokenizer.eos_token, model.tokenizer.pad_token) == ("<|im_end|>", "<|endoftext|>")
    ids = original.tokenizer(TEXTS[0]).input_ids
    assert torch.allclose(logits(model.weights, ids), logits(original.weights, ids), atol=1e-5)


def test_a_sentencepiece_file_gives_the_same_logits_and_the_tokens_of_sentencepiece(gemma3, splitter):
    path, weights = gemma3
    model = gguf.fetch(settings(path, template="alpaca"), Load())
    for text in TEXTS[:4]:
        ids = model.tokenizer(text).input_ids
        assert ids == [2, *splitter.encode(text)], "BOS, then the tokens of sentencepiece itself"
        assert model.tokenizer.decode(ids[1:]) == text
        assert torch.allclose(logits(model.weights, ids), logits(weights, ids), atol=1e-4)
    assert model.tokenizer("<end_of_turn>", add_special_tokens=False).input_ids == [splitter.piece_to_id("<end_of_turn>")]


def test_bos_and_stop_tokens_are_set_in_tokenizer_config_and_generation_config(gemma3):
    model = gguf.fetch(settings(gemma3[0], template="alpaca"), Load())
    for holder in (model.tokenizer, model.weights.config, model.weights.generation_config):
        assert (holder.pad_token_id, holder.eos_token_id, holder.bos_token_id) == (0, 1, 2)


def test_it_is_saved_as_an_ordinary_model_in_the_chosen_dtype(qwen3, tmp_path):
    model = gguf.fetch(settings(qwen3, dtype="bfloat16"), Load())
    model.save(tmp_path / "base")
    config = json.loads((tmp_path / "base" / "config.json").read_text())
    assert "quantization_config" not in config and config["dtype"] == "bfloat16"
    again = load(tmp_path / "base", dtype="bfloat16")
    assert {weight.dtype for weight in again.weights.parameters()} == {torch.bfloat16}
    assert again.tokenizer(TEXTS[2]).input_ids == model.tokenizer(TEXTS[2]).input_ids
    assert gguf.fetch(settings(qwen3, dtype=None), Load(dtype="float16")).weights.dtype == torch.float16


def test_the_stage_refuses_a_file_that_is_not_pinned_or_has_changed(qwen3, tmp_path):
    found = pins.digest([qwen3])
    with pytest.raises(CheckpointError, match=rf"is not pinned: .* add lm\.sha256={found} to the command that chose it"):
        gguf.fetch(settings(qwen3, sha256=None), Load())
    changed = tmp_path / "changed.gguf"
    changed.write_bytes(qwen3.read_bytes()[:-1] + b"!")
    with pytest.raises(CheckpointError, match=rf"changed\.gguf has sha256 \w+, but lm\.sha256 is {found}: use the pinned"):
        gguf.fetch(settings(changed, sha256=found), Load())


def test_what_is_not_a_gguf_file_is_refused_in_one_sentence(qwen3, tmp_path):
    cases = {
        "nothing.gguf": r"there is no file .*nothing\.gguf: set lm\.path",
        "zip.gguf": r"not a GGUF file: it begins with b'PK",
    }
    (tmp_path / "zip.gguf").write_bytes(b"PK\x03\x04 and more")
    (tmp_path / "folder").mkdir()
    cases["folder"] = r"is a folder, and lm=gguf reads a file: use lm=folder"
    for name, message in cases.items():
        with pytest.raises(CheckpointError, match=message):
            gguf.fetch(settings(tmp_path / name), Load())
    with pytest.raises(CheckpointError, match=r"is a folder, .* name a file in it \(qwen3\.gguf\)"):
        gguf.fetch(settings(qwen3.parent), Load())


@pytest.mark.parametrize("kept", [8, 200, 9000])
def test_a_truncated_file_is_damaged(qwen3, tmp_path, kept):
    short = tmp_path / "short.gguf"
    short.write_bytes(qwen3.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=r"short\.gguf is damaged or cut off .*: fetch it again"):
        gguf.fetch(settings(short, sha256=None), Load())  # nor is its hash offered as a pin


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pre": "tekken"}, r"splits text by 'tekken', which is not one of qwen2, .*lm=folder"),
        ({"model": "t5"}, r"a tokenizer of type 't5': only llama and gpt2 are supported"),
        ({"template": False}, r"no chat template of its own: set lm\.template to one of"),
    ],
    ids=["split expression", "tokenizer type", "no template"],
)
def test_an_unknown_tokenizer_is_refused_instead_of_guessed(base, tmp_path, changes, message):
    with pytest.raises(CheckpointError, match=message):
        gguf.fetch(settings(write_qwen3(load(base), tmp_path / "odd.gguf", **changes)), Load())


def test_every_split_expression_loses_no_text(qwen3):
    from vitrine.lm.gguf import tokenizer

    file = open_gguf(qwen3)
    for pre in tokenizer.SPLITS:
        file.fields["tokenizer.ggml.pre"] = type("Field", (), {"contents": lambda self, pre=pre: pre})()
        built = build(file)
        assert [built.decode(built(text).input_ids) for text in TEXTS] == TEXTS
