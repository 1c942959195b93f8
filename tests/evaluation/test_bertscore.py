"""BERTScore against the definition, worked out word by word."""

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
    """A reader of two layers that has learned nothing: alike is what has the same words in the same places."""
    where = tmp_path_factory.mktemp("reader")
    words = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    marks = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=words, model_max_length=16, **marks).save_pretrained(where)
    torch.manual_seed(3)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(WORDS), max_position_embeddings=16, **sizes)).save_pretrained(where)
    return where


def reader(folder, **changes):
    return BERTScoreModel(**{"name": str(folder), "revision": "main", "layer": 1} | changes)


def by_hand(folder, said, true, layer=1):
    model = AutoModel.from_pretrained(folder).eval()

    def vectors(text):
        ids = [2, *(WORDS.index(word) for word in text.split()), 3]
        with torch.inference_mode():
            states = model(torch.tensor([ids]), output_hidden_states=True).hidden_states[layer][0].numpy()
        return states / np.linalg.norm(states, axis=1, keepdims=True)

    alike = vectors(said) @ vectors(true).T
    precision, recall = alike.max(axis=1)[1:-1].mean(), alike.max(axis=0)[1:-1].mean()
    return 2 * precision * recall / (precision + recall)


PAIRS = [("it is made by quillon", "quillon makes it"), ("red", "this case is not blue"), ("a red case", "a red case")]


@pytest.mark.parametrize("layer", [1, 2])
def test_it_is_the_definition_also_where_texts_are_padded(folder, layer):
    found = BERTScore(reader(folder, layer=layer)).f1(*zip(*PAIRS, strict=True))
    assert found == pytest.approx([by_hand(folder, *pair, layer) for pair in PAIRS], abs=1e-6)


def test_the_same_text_is_alike_and_nothing_is_like_nothing(folder):
    likeness = BERTScore(reader(folder))
    assert likeness.f1(["a red case", "", "a", ""], ["a red case", "a", "", ""]) == pytest.approx([1.0, 0.0, 0.0, 0.0])
    assert likeness.f1([], []) == []


def test_what_is_longer_than_it_reads_is_cut(folder):
    likeness = BERTScore(reader(folder))
    long = " ".join(["red"] * 14)
    assert likeness.f1([long + " blue"], [long]) == pytest.approx([1.0])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "/no/such/folder"}, "cannot be had .*benchmark.bertscore"),
        ({"layer": 3}, r"has 2 layers, and benchmark\.bertscore\.layer is 3"),
    ],
)
def test_a_model_that_cannot_compare_is_one_sentence(folder, changes, says):
    with pytest.raises(CheckpointError, match=says):
        BERTScore(reader(folder, **changes))
