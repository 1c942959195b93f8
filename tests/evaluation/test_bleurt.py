"""BLEURT against its architecture computed step by step, on a tiny model in the published layout."""

import json

import pytest
import sentencepiece
import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import gelu, layer_norm, linear
from transformers import RemBertConfig, RemBertForSequenceClassification

from vitrine.errors import CheckpointError
from vitrine.evaluation.likeness import bleurt
from vitrine.evaluation.likeness.bleurt import BLEURT, BLEURTModel

SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
}
PAIRS = [
    ("It is made by Quillon.", "Quillon makes it."),
    ("red", "this case is not blue, it is red"),
    ("a red case", "a red case"),
]


def publish(folder, names=lambda name: name, **changes):
    """A tiny model in the published layout: the package's names of weights and settings, and a SentencePiece vocabulary."""
    folder.mkdir(exist_ok=True)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([text for pair in PAIRS for text in pair] * 3),
        model_prefix=str(folder / "spm"),
        vocab_size=48,
        pad_id=0,
        pad_piece="[PAD]",
        unk_id=1,
        unk_piece="[UNK]",
        bos_id=-1,
        eos_id=-1,
        control_symbols=["[CLS]", "[SEP]", "[MASK]"],
        hard_vocab_limit=False,
        minloglevel=2,
    )
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spm.model")).get_piece_size()
    torch.manual_seed(3)
    own = RemBertConfig(vocab_size=pieces, input_embedding_size=8, num_labels=1, initializer_range=0.5, **SIZES)
    weights = RemBertForSequenceClassification(own).state_dict()
    published = {
        names(
            name.replace("rembert.", "bleurt.", 1).replace("embedding_hidden_mapping_in", "embedding_projection")
        ): value.contiguous()
        for name, value in weights.items()
    }
    save_file(published, folder / "model.safetensors", metadata={"format": "pt"})
    settings = {
        "model_type": "bleurt",
        "architectures": ["BleurtForSequenceClassification"],
        "embedding_size": 8,
        "pad_token_id": 0,
    }
    settings |= {"vocab_size": pieces, "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "use_cache": False}
    (folder / "config.json").write_text(json.dumps(settings | SIZES | changes))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return publish(tmp_path_factory.mktemp("bleurt"))


def settings_of(folder):
    return BLEURTModel(name=str(folder), revision="main")


def by_definition(folder, predicted, gold):
    weights = load_file(folder / "model.safetensors")
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spm.model"))
    cls, sep = pieces.piece_to_id("[CLS]"), pieces.piece_to_id("[SEP]")
    one, other = [cls, *pieces.encode(gold), sep], [*pieces.encode(predicted), sep]

    def dense(name, values):
        return linear(values, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def norm(name, values):
        return layer_norm(values, values.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-12)

    table = {name: weights[f"bleurt.embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")}
    segments = torch.tensor([0] * len(one) + [1] * len(other))
    x = table["word"][torch.tensor(one + other)] + table["position"][: len(segments)] + table["token_type"][segments]
    x = dense("bleurt.encoder.embedding_projection", norm("bleurt.embeddings.LayerNorm", x))
    for number in range(SIZES["num_hidden_layers"]):
        layer = f"bleurt.encoder.layer.{number}"
        queries, keys, values = (
            dense(f"{layer}.attention.self.{name}", x).view(len(x), 2, 8).transpose(0, 1) for name in ("query", "key", "value")
        )
        attended = torch.softmax(queries @ keys.transpose(1, 2) / 8**0.5, dim=-1) @ values
        x = norm(
            f"{layer}.attention.output.LayerNorm",
            x + dense(f"{layer}.attention.output.dense", attended.transpose(0, 1).flatten(1)),
        )
        inner = gelu(dense(f"{layer}.intermediate.dense", x))
        x = norm(f"{layer}.output.LayerNorm", x + dense(f"{layer}.output.dense", inner))
    return dense("classifier", torch.tanh(dense("bleurt.pooler.dense", x[0]))).item()


def test_equals_the_published_architecture_also_for_padded_pairs(folder):
    scores = BLEURT(settings_of(folder)).scores(*zip(*PAIRS, strict=True))
    assert scores == pytest.approx([by_definition(folder, *pair) for pair in PAIRS], abs=1e-5)
    assert len({round(score, 3) for score in scores}) == 3


def test_swapping_text_and_reference_changes_the_score(folder):
    model = BLEURT(settings_of(folder))
    assert model.scores(["red"], ["a case"]) != pytest.approx(model.scores(["a case"], ["red"]), abs=1e-3)


def test_scores_do_not_depend_on_order_or_batch_size(folder, monkeypatch):
    monkeypatch.setattr(bleurt, "BATCH", 4)
    model = BLEURT(settings_of(folder))
    predicted, gold = zip(*(PAIRS * 5), strict=True)
    assert model.scores(predicted, gold) == pytest.approx([by_definition(folder, *pair) for pair in PAIRS] * 5, abs=1e-5)
    assert model.scores([], []) == []
    assert model.scores([""], [""]) == pytest.approx([by_definition(folder, "", "")], abs=1e-5)


def test_a_pair_that_is_too_long_loses_the_end_of_the_longer_text(folder):
    model = BLEURT(settings_of(folder))
    (long, short), none = model._tokens("red " * 50, "red"), model._tokens("red", "")
    assert len(long) + len(short) == 40 and len(short) == len(model.tokenizer.encode("red")) + 1
    assert model.scores(["red"], ["red " * 50]) == model.scores(["red"], ["red " * 49])
    assert len(none[1]) == 1


def test_a_text_is_cut_after_three_hundred_words(folder, monkeypatch):
    assert bleurt.WORDS == 300
    monkeypatch.setattr(bleurt, "WORDS", 3)
    model = BLEURT(settings_of(folder))
    assert model.scores(["a  red  case it is"], ["red"]) == model.scores(["a red case"], ["red"])
    assert model.scores(["a red case"], ["red"]) != model.scores(["a red"], ["red"])


def test_an_unusable_model_is_an_error(folder, tmp_path):
    with pytest.raises(CheckpointError, match=r"cannot be loaded .*benchmark\.bleurt"):
        BLEURT(settings_of(tmp_path / "nowhere"))
    for changes in ({"model_type": "bert"}, {"embedding_size": None}):
        with pytest.raises(CheckpointError, match="is not BLEURT-20"):
            BLEURT(settings_of(publish(tmp_path / "other", **changes)))
    with pytest.raises(CheckpointError, match=r"lacks 2 weights of BLEURT, for example classifier\.bias"):
        BLEURT(settings_of(publish(tmp_path / "headless", names=lambda name: name.replace("classifier", "head"))))
    (without_vocabulary := publish(tmp_path / "no vocabulary")).joinpath("spm.model").unlink()
    with pytest.raises(CheckpointError, match=r"cannot be loaded .*spm\.model"):
        BLEURT(settings_of(without_vocabulary))
