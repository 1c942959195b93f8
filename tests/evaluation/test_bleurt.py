"""BLEURT against its architecture worked out by hand, on a tiny model in the published layout."""

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
    """A model of these sizes as it is published: the package's names of weights and settings, and a vocabulary of pieces."""
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
    told = {
        names(
            name.replace("rembert.", "bleurt.", 1).replace("embedding_hidden_mapping_in", "embedding_projection")
        ): value.contiguous()
        for name, value in weights.items()
    }
    save_file(told, folder / "model.safetensors", metadata={"format": "pt"})
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
    return publish(tmp_path_factory.mktemp("rater"))


def rater(folder):
    return BLEURTModel(name=str(folder), revision="main")


def by_hand(folder, said, true):
    read = load_file(folder / "model.safetensors")
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spm.model"))
    begin, between = pieces.piece_to_id("[CLS]"), pieces.piece_to_id("[SEP]")
    one, other = [begin, *pieces.encode(true), between], [*pieces.encode(said), between]

    def through(place, values):
        return linear(values, read[f"{place}.weight"], read[f"{place}.bias"])

    def even(place, values):
        return layer_norm(values, values.shape[-1:], read[f"{place}.weight"], read[f"{place}.bias"], 1e-12)

    table = {name: read[f"bleurt.embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")}
    sides = torch.tensor([0] * len(one) + [1] * len(other))
    x = table["word"][torch.tensor(one + other)] + table["position"][: len(sides)] + table["token_type"][sides]
    x = through("bleurt.encoder.embedding_projection", even("bleurt.embeddings.LayerNorm", x))
    for number in range(SIZES["num_hidden_layers"]):
        layer = f"bleurt.encoder.layer.{number}"
        asks, keys, values = (
            through(f"{layer}.attention.self.{name}", x).view(len(x), 2, 8).transpose(0, 1) for name in ("query", "key", "value")
        )
        seen = torch.softmax(asks @ keys.transpose(1, 2) / 8**0.5, dim=-1) @ values
        x = even(
            f"{layer}.attention.output.LayerNorm", x + through(f"{layer}.attention.output.dense", seen.transpose(0, 1).flatten(1))
        )
        inner = gelu(through(f"{layer}.intermediate.dense", x))
        x = even(f"{layer}.output.LayerNorm", x + through(f"{layer}.output.dense", inner))
    return through("classifier", torch.tanh(through("bleurt.pooler.dense", x[0]))).item()


def test_it_is_the_published_architecture_also_where_pairs_are_padded(folder):
    scores = BLEURT(rater(folder)).scores(*zip(*PAIRS, strict=True))
    assert scores == pytest.approx([by_hand(folder, *pair) for pair in PAIRS], abs=1e-5)
    assert len({round(score, 3) for score in scores}) == 3


def test_which_text_is_the_reference_matters(folder):
    model = BLEURT(rater(folder))
    assert model.scores(["red"], ["a case"]) != pytest.approx(model.scores(["a case"], ["red"]), abs=1e-3)


def test_order_and_number_of_pairs_change_nothing(folder, monkeypatch):
    monkeypatch.setattr(bleurt, "BATCH", 4)
    model = BLEURT(rater(folder))
    said, true = zip(*(PAIRS * 5), strict=True)
    assert model.scores(said, true) == pytest.approx([by_hand(folder, *pair) for pair in PAIRS] * 5, abs=1e-5)
    assert model.scores([], []) == []
    assert model.scores([""], [""]) == pytest.approx([by_hand(folder, "", "")], abs=1e-5)


def test_what_is_too_long_loses_the_end_of_the_longer_text(folder):
    model = BLEURT(rater(folder))
    (long, short), none = model._tokens("red " * 50, "red"), model._tokens("red", "")
    assert len(long) + len(short) == 40 and len(short) == len(model.pieces.encode("red")) + 1
    assert model.scores(["red"], ["red " * 50]) == model.scores(["red"], ["red " * 49])
    assert len(none[1]) == 1


def test_a_text_is_cut_after_three_hundred_words(folder, monkeypatch):
    assert bleurt.WORDS == 300
    monkeypatch.setattr(bleurt, "WORDS", 3)
    model = BLEURT(rater(folder))
    assert model.scores(["a  red  case it is"], ["red"]) == model.scores(["a red case"], ["red"])
    assert model.scores(["a red case"], ["red"]) != model.scores(["a red"], ["red"])


def test_a_model_that_cannot_compare_is_one_sentence(folder, tmp_path):
    with pytest.raises(CheckpointError, match=r"cannot be had .*benchmark\.bleurt"):
        BLEURT(rater(tmp_path / "nowhere"))
    for changes in ({"model_type": "bert"}, {"embedding_size": None}):
        with pytest.raises(CheckpointError, match="is no BLEURT-20"):
            BLEURT(rater(publish(tmp_path / "other", **changes)))
    with pytest.raises(CheckpointError, match=r"lacks 2 weights of BLEURT, classifier\.bias"):
        BLEURT(rater(publish(tmp_path / "headless", names=lambda name: name.replace("classifier", "head"))))
    (folder_without := publish(tmp_path / "wordless")).joinpath("spm.model").unlink()
    with pytest.raises(CheckpointError, match=r"cannot be had .*spm\.model"):
        BLEURT(rater(folder_without))
