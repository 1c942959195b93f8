"""A pruned model is an ordinary model that splits the training texts as before and gives the same logits for the kept pieces."""

import pytest
import torch

from tests.lm.test_gguf import CORPUS, TEXTS, logits, settings
from tests.lm.tiny_gguf import sentencepiece_of, write_gemma3
from tests.tiny import load
from vitrine.chat.messages import user_message
from vitrine.errors import SettingsError
from vitrine.lm import published
from vitrine.lm.gguf import load as gguf
from vitrine.lm.prune import prune, training_texts
from vitrine.lm.settings import Load

ROWS = [{"messages": user_message(f"pedido {number} chegou"), "gold": f"em {number % 7} dias"} for number in range(40)]


@pytest.fixture(scope="module")
def gemma3(tmp_path_factory):
    pytest.importorskip("gguf", reason="the package gguf is not installed (extra gguf)")
    path, _ = write_gemma3(sentencepiece_of(CORPUS), tmp_path_factory.mktemp("prune") / "gemma3.gguf")
    return path


@pytest.fixture(params=["byte_level", "sentencepiece"])
def full(request, base):
    """A fresh model of each kind, since pruning changes its weights."""
    if request.param == "byte_level":
        return lambda: load(base)
    path = request.getfixturevalue("gemma3")
    return lambda: gguf.fetch(settings(path, template="alpaca"), Load())


def test_training_texts_are_split_as_before_with_the_same_logits(full, tmp_path):
    before = full()
    texts = training_texts(before, ROWS)
    size = len(before.tokenizer) - 12 if before.tokenizer.bos_token is None else 440
    after, counts = prune(full(), texts, size=size)
    after.save(tmp_path / "pruned")
    again = load(tmp_path / "pruned")
    assert len(again.tokenizer) == again.weights.config.vocab_size == again.weights.get_input_embeddings().num_embeddings == size
    assert again.weights.num_parameters() < before.weights.num_parameters()
    assert counts["vocabulary"] == size and counts["vocabulary_covered"] == 1.0
    rows = [before.tokenizer.convert_tokens_to_ids(piece) for piece in again.tokenizer.convert_ids_to_tokens(list(range(size)))]
    for text in texts[:5]:
        old, new = before.tokenizer(text).input_ids, again.tokenizer(text).input_ids
        assert [rows[place] for place in new] == old
        assert torch.allclose(logits(again.weights, new), logits(before.weights, old)[:, rows], atol=1e-5)


def test_any_text_is_still_decoded_as_it_was(full):
    before = full()
    small = 330 if "</s>" in before.tokenizer.get_vocab() or before.tokenizer.bos_token else 300
    after, _ = prune(full(), training_texts(before, ROWS), size=small)
    for text in TEXTS[:4]:
        assert after.tokenizer.decode(after.tokenizer(text, add_special_tokens=False).input_ids) == text


def test_special_tokens_keep_their_meaning_in_tokenizer_and_configs(gemma3, tmp_path):
    model = gguf.fetch(settings(gemma3, template="turns"), Load())
    after, _ = prune(model, training_texts(model, ROWS), size=400)
    after.save(tmp_path / "pruned")
    again = load(tmp_path / "pruned")
    tokenizer, config, generation = again.tokenizer, again.weights.config, again.weights.generation_config
    pad, bos, end, stop = tokenizer.convert_tokens_to_ids(["<pad>", "<bos>", "<eos>", "<end_of_turn>"])
    for holder in (tokenizer, config, generation):
        assert (holder.pad_token_id, holder.bos_token_id) == (pad, bos)
    assert tokenizer.eos_token_id == config.eos_token_id == stop and {*generation.eos_token_id} == {stop, end}
    assert "<start_of_turn>" in tokenizer.all_special_tokens
    assert tokenizer("Oi").input_ids[0] == tokenizer.bos_token_id, "the post-processor has the new id"
    assert {"<start_of_turn>", "<end_of_turn>", "\n\n", "  "} <= tokenizer.get_vocab().keys()
    assert "<unused3>" not in tokenizer.get_vocab(), "a reserved name that no text uses"


def test_a_smaller_vocabulary_covers_less_and_never_drops_bytes_or_specials(gemma3):
    covered = []
    for size in (520, 380, 345):
        model = gguf.fetch(settings(gemma3, template="alpaca"), Load())
        after, counts = prune(model, CORPUS, size=size)
        covered.append(counts["vocabulary_covered"])
        assert len(after.tokenizer) <= size and "<0xFF>" in after.tokenizer.get_vocab()
    assert covered[0] == 1.0 and covered[0] >= covered[1] > covered[2] > 0.3


def test_too_small_a_size_names_the_smallest(full):
    with pytest.raises(SettingsError, match=r"lm\.vocabulary should be at least \d+: bytes, special tokens and characters"):
        prune(full(), ["Oi"], size=250)


def test_the_setting_prunes_from_the_training_split_only_if_it_is_set(gemma3):
    read = []

    def rows():
        read.append(True)
        return ROWS

    whole, metrics = published.fetch(settings(gemma3, template="alpaca"), Load(), rows)
    assert not read and metrics == {} and len(whole.tokenizer) == 520
    pruned, metrics = published.fetch(settings(gemma3, template="alpaca", vocabulary=420), Load(), rows)
    assert read and metrics["vocabulary"] == 420 == len(pruned.tokenizer)


def test_another_kind_of_vocabulary_is_refused(base):
    from dataclasses import replace

    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    words = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"a": 0, "?": 1}, unk_token="?")))
    with pytest.raises(SettingsError, match="prunes BPE vocabularies, and this one is WordLevel: set it to null"):
        prune(replace(load(base), tokenizer=words), ["a"], size=300)
