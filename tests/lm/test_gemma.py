"""The real Gemma file of recipe=gemma, where `vitrine get gemma` has put it; and the recipe's sizes for two cores."""

import math
from pathlib import Path

import pytest
import torch

from tests.conftest import ROOT, composed
from vitrine.chat.mask import encode
from vitrine.chat.messages import user_message
from vitrine.lm import published
from vitrine.lm.prune import RESERVED
from vitrine.lm.settings import Gguf, Load
from vitrine.settings import parse

LM = composed("recipe=gemma", "scale=laptop")["lm"]
FILE = ROOT / LM["path"]
TEXTS = ["O produto chegou antes do prazo e é muito bom.", "Fogão Atlas 4 Bocas Branco, Bivolt", "SELECT COUNT(*) FROM orders"]
ROWS = [{"messages": user_message(text), "gold": text} for text in TEXTS]


@pytest.fixture(scope="module")
def gemma():
    if not FILE.exists():
        pytest.skip(f"{LM['path']} is not there: `vitrine get gemma` fetches it")
    pytest.importorskip("gguf", reason="the extra gguf")
    settings = parse(Gguf, "lm", {name: value for name, value in LM.items() if value is not None} | {"path": str(FILE)})
    return published.fetch(settings, Load(), lambda: ROWS)


@pytest.mark.slow
def test_the_pruned_model_has_its_tokens_and_half_of_its_parameters(gemma):
    model, metrics = gemma
    assert len(model.tokenizer) == 32_768 and 120e6 < model.weights.num_parameters() < 122e6
    assert metrics["vocabulary_covered"] == 1.0
    assert model.tokenizer.tokenize(" produto") == ["▁produto"]  # a whole word, as in llama.cpp
    assert not [piece for piece in model.tokenizer.get_vocab() if RESERVED.fullmatch(piece)]
    assert model.tokenizer.decode(model.tokenizer("ação 🦜 ǂ", add_special_tokens=False).input_ids) == "ação 🦜 ǂ"


@pytest.mark.slow
def test_a_prompt_begins_with_bos_and_a_reply_ends_with_the_models_own_token(gemma):
    model, _ = gemma
    chat = encode(model.tokenizer, user_message("Oi"), "Olá")
    assert chat.is_prefix and not model.added_tokens
    assert model.tokenizer.convert_ids_to_tokens(chat.ids)[:2] == ["<bos>", "<start_of_turn>"]
    assert "<end_of_turn>" in model.tokenizer.convert_ids_to_tokens(chat.ids[chat.prompt :])


@pytest.mark.slow
def test_it_knows_portuguese_if_a_text_begins_with_bos(gemma):
    model, _ = gemma

    def perplexity(text, *, bos):
        ids = [model.tokenizer.bos_token_id] * bos + model.tokenizer(text, add_special_tokens=False).input_ids
        tokens = torch.tensor([ids])
        with torch.no_grad():
            logits = model.weights(input_ids=tokens).logits[0, :-1].float()
        start = 1 if bos else 0  # the same targets in both cases
        return math.exp(torch.nn.functional.cross_entropy(logits[start:], tokens[0, 1 + start :]))

    with_bos = perplexity(TEXTS[0], bos=True)
    assert with_bos < 100
    assert with_bos < perplexity(TEXTS[0], bos=False)
    assert with_bos < perplexity(" ".join(reversed(TEXTS[0].split())), bos=True) / 3


def test_a_laptop_has_enough_prompts_to_judge_and_reads_no_row_twice():
    params = composed("recipe=gemma", "scale=laptop")
    form, sft = params["format"], params["sft"]
    assert set(form["tasks"]) == {"extract", "sentiment", "sql", "atributos"}
    for name, size in form["tasks"].items():
        assert size["rows"] * form["test"] > 300 and form["test_rows"] >= 300, name
        assert size["rows"] * form["validation"] > 150 and form["validation_rows"] >= 150, name
    learned = sum(min(size.get("gold") or size["rows"], size["rows"]) for size in form["tasks"].values())
    assert sft["steps"] * sft["batch"] <= learned
    assert sft["context"] == LM["context"] >= 700  # the longest listing and its attributes


def test_the_model_file_is_not_in_git():
    assert Path(LM["path"]).parts[:2] == ("models", "pretrained")
