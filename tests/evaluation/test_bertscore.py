"""BERTScore against its definition, computed token by token."""

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoModel, BertConfig, BertModel, PreTrainedTokenizerFast

from vitrine.errors import CheckpointError
from vitrine.evaluation.likeness.bertscore import BERTScore, BERTScoreModel

WORDS = "[PAD] [UNK] [CLS] [SEP] it is made by quillon makes this case not a the red blue".split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An untrained model of two layers: texts are similar if they have the same words at the same positions."""
    where = tmp_path_factory.mktemp("bertscore")
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    marks = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=16, **marks).save_pretrained(where)
    torch.manual_seed(3)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(WORDS), max_position_embeddings=16, **sizes)).save_pretrained(where)
    return where


def settings(folder, **changes):
    return BERTScoreModel(**{"name": str(folder), "revision": "main", "layer": 1} | changes)


def by_definition(folder, predicted, gold, layer=1):
    model = AutoModel.from_pretrained(folder).eval()

    def vectors(text):
        ids = [2, *(WORDS.index(word) for word in text.split()), 3]
        with torch.inference_mode():
            states = model(torch.tensor([ids]), output_hidden_states=True).hidden_states[layer][0].numpy()
        return states / np.linalg.norm(states, axis=1, keepdims=True)

    similarity = vectors(predicted) @ vectors(gold).T
    precision, recall = similarity.max(axis=1)[1:-1].mean(), similarity.max(axis=0)[1:-1].mean()
    return 2 * precision * recall / (precision + recall)


PAIRS = [("it is made by quillon", "quillon makes it"), ("red", "this case is not blue"), ("a red case", "a red case")]


@pytest.mark.parametrize("layer", [1, 2])
def test_equals_the_definition_also_for_padded_texts(folder, layer):
    scores = BERTScore(settings(folder, layer=layer)).f1(*zip(*PAIRS, strict=True))
    assert scores == pytest.approx([by_definition(folder, *pair, layer) for pair in PAIRS], abs=1e-6)


def test_equal_texts_score_1_and_empty_texts_0(folder):
    bertscore = BERTScore(settings(folder))
    assert bertscore.f1(["a red case", "", "a", ""], ["a red case", "a", "", ""]) == pytest.approx([1.0, 0.0, 0.0, 0.0])
    assert bertscore.f1([], []) == []


def test_a_text_longer_than_the_model_s_limit_is_cut(folder):
    bertscore = BERTScore(settings(folder))
    long = " ".join(["red"] * 14)
    assert bertscore.f1([long + " blue"], [long]) == pytest.approx([1.0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "/no/such/folder"}, "cannot be loaded .*benchmark.bertscore"),
        ({"layer": 3}, r"has 2 layers, but benchmark\.bertscore\.layer is 3"),
    ],
)
def test_an_unusable_model_is_an_error(folder, changes, message):
    with pytest.raises(CheckpointError, match=message):
        BERTScore(settings(folder, **changes))
