"""A model that can never stop is refused; a base model that reuses its own tokens learns to stop with LoRA."""

import re
from dataclasses import replace

import pytest
import torch
from peft import LoraConfig, get_peft_model

from tests.chat.tokens import BASES
from tests.tiny import SHAPE, rows, schedule
from vitrine.errors import AuditError
from vitrine.lm import decoder
from vitrine.lm.settings import Load
from vitrine.lm.stopping import ask, can_win
from vitrine.lm.template import with_template
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.audit import audit_added_tokens, audit_template
from vitrine.training.sft.trainer import sft

FULL, LORA = (Method(name=name, rank=16, alpha=32, dropout=0.0) for name in ("full", "lora"))
WIDE = SHAPE.model_copy(update={"hidden": 64, "context": 256})


def base(template, name="gemma", **changes):
    """A base model with spread embeddings, as pretrained ones have, and the template that is asked for."""
    tokenizer = BASES[name].tokenizer(template=False)
    model = replace(decoder.build(WIDE, tokenizer, Load(), seed=7), template=template)
    torch.manual_seed(7)
    torch.nn.init.normal_(model.weights.get_input_embeddings().weight, std=0.3)
    return with_template(model, name=name)


def trained(model, tmp_path, method=LORA, count=64, **changes):
    options = {"steps": 80, "batch": 8, "micro_batch": 8, "learning_rate": 1e-2} | changes
    return sft(model, rows(count), schedule(**options), method, max_length=256, seed=7, curves=tmp_path / "sft.csv")


def forget_that_tokens_are_new(model):
    """A model as it came from elsewhere: its new rows stand at the mean, and nothing says so."""
    assert model.added_tokens
    return replace(model, added_tokens=())


def test_new_tokens_that_the_method_leaves_untrained_are_refused_with_two_ways_out(tmp_path):
    model = base("chatml")
    adapted = replace(model, weights=get_peft_model(model.weights, LoraConfig(target_modules="all-linear")))
    with pytest.raises(AuditError, match=re.escape("added <|im_start|>, <|im_end|> to the vocabulary")) as refused:
        audit_added_tokens(adapted, model.added_tokens)
    assert "lm.template=turns" in str(refused.value) and "sft.method.name=full" in str(refused.value)


@pytest.mark.parametrize("how", [{"trainable_token_indices": True}, {"modules_to_save": ["embed_tokens", "lm_head"]}])
def test_an_adapter_that_trains_the_new_rows_is_accepted(how):
    model = base("chatml")
    if "trainable_token_indices" in how:
        how = {"trainable_token_indices": model.tokenizer.convert_tokens_to_ids(list(model.added_tokens))}
    adapted = get_peft_model(model.weights, LoraConfig(target_modules="all-linear", **how))
    audit_added_tokens(replace(model, weights=adapted), model.added_tokens)
    assert can_win(adapted, model.tokenizer.eos_token_id)


def test_a_trained_copy_of_tied_embeddings_leaves_the_output_frozen():
    model = base("chatml")
    adapted = get_peft_model(model.weights, LoraConfig(target_modules="all-linear", modules_to_save=["embed_tokens"]))
    with pytest.raises(AuditError, match="leaves their output embeddings untrained"):
        audit_added_tokens(replace(model, weights=adapted), model.added_tokens)
    assert not can_win(adapted, model.tokenizer.eos_token_id)


def test_full_training_trains_new_tokens_and_forgets_that_they_were_new(tmp_path):
    model, metrics = trained(base("chatml"), tmp_path, FULL)
    assert model.added_tokens == () and metrics["stop_wins"] > 0.5


def test_two_new_tokens_at_the_mean_of_frozen_embeddings_stop_the_training_after_one_step(tmp_path):
    """The reported failure: the loss mask covers every stop token (stop_share 1.0), and no reply can end."""
    model = forget_that_tokens_are_new(base("chatml"))
    with pytest.raises(AuditError, match=r"after the first step the stop token <\|im_end\|> can never be the most likely one"):
        trained(model, tmp_path)


def test_the_same_base_model_with_its_own_tokens_learns_to_stop(tmp_path):
    model, metrics = trained(base("turns"), tmp_path)
    assert metrics["stop_wins"] > 0.9 and metrics["stop_probability"] > 0.5 and metrics["stop_rank"] == 1.0
    assert metrics["prefix_share"] == metrics["stop_share"] == 1.0
    ids = torch.tensor([model.token_ids(rows(1)[0]["messages"], to_answer=True)])
    out = model.weights.generate(input_ids=ids, max_new_tokens=40, do_sample=False)[0].tolist()
    assert model.tokenizer.eos_token_id in out[ids.shape[1] :]


def test_a_model_that_does_not_stop_yet_is_a_warning(tmp_path, caplog):
    _, metrics = trained(base("turns"), tmp_path, steps=1, learning_rate=1e-6)
    assert metrics["stop_wins"] == 0.0 and "nowhere the most likely token" in caplog.text


def test_which_rows_can_win():
    model = base("chatml")
    model.weights.requires_grad_(False)
    head = model.weights.get_output_embeddings().weight
    stop, other = model.tokenizer.eos_token_id, 40
    assert not can_win(model.weights, stop), "a new row near the mean of the others"
    assert can_win(model.weights, other)
    with torch.no_grad():
        head[stop] = head[other]
    assert not can_win(model.weights, stop), "a copy of another row, as of tokens that no training has seen"
    with torch.no_grad():
        head[stop] = 0.5 * head[other] + 0.5 * head[41]
    assert not can_win(model.weights, stop), "a row between two others"
    with torch.no_grad():
        head[stop] = 2 * head[other]
    assert can_win(model.weights, stop)
    model.weights.requires_grad_(True)
    with torch.no_grad():
        head[stop] = head[other]
    assert can_win(model.weights, stop), "a trained row can move"


def test_asking_changes_neither_the_mode_nor_the_random_numbers():
    model = base("turns")
    model.weights.train()
    before = torch.get_rng_state()
    found = ask(model.weights, [[5, 6, 7], [8, 9]], [model.tokenizer.eos_token_id])
    assert (
        torch.get_rng_state().equal(before)
        and model.weights.training
        and found.keys()
        == {
            "stop_wins",
            "stop_probability",
            "stop_rank",
        }
    )


def test_the_training_ends_in_the_same_weights_without_the_audit(tmp_path, monkeypatch):
    dropout = LORA.model_copy(update={"dropout": 0.1})
    audited, _ = trained(base("turns"), tmp_path, dropout, steps=4)
    monkeypatch.setattr("vitrine.training.sft.trainer.StopAudit.on_step_end", lambda *a, **k: None)
    monkeypatch.setattr("vitrine.training.sft.trainer.StopAudit.on_train_end", lambda *a, **k: None)
    plain, _ = trained(base("turns"), tmp_path, dropout, steps=4)
    left, right = audited.weights.state_dict(), plain.weights.state_dict()
    assert all(left[name].equal(right[name]) for name in left)


# ------------------------------------------------------------------------------------------------------------- bad input


def test_a_template_that_drops_the_reply_is_one_sentence():
    model = base("turns")
    model.tokenizer.chat_template = "{{ bos_token + messages[0].content }}"
    with pytest.raises(
        AuditError, match=r"drops the reply \(in 64 of 64 rows, such as sentiment:0\): set lm\.template to another"
    ):
        audit_template(model, rows(64))


@pytest.mark.parametrize(
    ("length", "sentence"),
    [(12, "no training row is left: each prompt alone fills sft.context=12 tokens"), (70, "cut at sft.context=70 tokens")],
)
def test_a_dataset_that_is_all_truncated_is_one_sentence(tmp_path, length, sentence):
    long = [row | {"gold": row["gold"] + " sim" * 80} for row in rows(16)]
    options = {"max_length": length, "seed": 7, "curves": tmp_path / "sft.csv"}
    with pytest.raises(AuditError, match=re.escape(sentence)):
        sft(base("turns"), long, schedule(steps=2), FULL, **options)


def test_the_preview_shows_what_is_learned(tmp_path, monkeypatch):
    kept = {}
    monkeypatch.setattr("vitrine.tracking.log_text", lambda text, file: kept.update({file: text}))
    trained(base("turns"), tmp_path, steps=0)
    text = kept["audit/preview.txt"].replace("|", "")
    assert "<start_of_turn>model⏎\n⟦" in text and "<end_of_turn>⏎\n⟧" in text
