"""GRPO refuses a model that can never end a reply, warns of one that does not, and ends replies at every stop token."""

import re
from dataclasses import replace

import pytest
import torch
from peft import LoraConfig, get_peft_model

from tests.chat.tokens import BASES
from tests.tiny import SHAPE, load, rows, schedule
from vitrine.chat.mask import find_problem
from vitrine.errors import AuditError, CheckpointError
from vitrine.lm import decoder
from vitrine.lm.settings import Load
from vitrine.lm.stopping import gold_ends, stop_ids
from vitrine.lm.template import with_template
from vitrine.training.grpo.settings import Objective, Rollout
from vitrine.training.grpo.stopping import StoppingTrainer, audit_stopping
from vitrine.training.grpo.trainer import grpo
from vitrine.training.pretrain import pretrain

OBJECTIVE = Objective(
    loss="dr_grpo", scale_rewards="none", beta=0.0, epsilon=0.2, epsilon_high=0.265, iterations=1, partial_until={}
)
ROLLOUT = Rollout(generations=4, temperature=1.0, top_p=1.0, top_k=0, max_tokens=8)


def trained(model, tmp_path, golds=(), **changes):
    options = schedule(**{"batch": 16, "micro_batch": 16, "steps": 1} | changes)
    return grpo(model, rows(16), options, ROLLOUT, OBJECTIVE, golds=golds, seed=7, curves=tmp_path / "grpo.csv")


def with_another_stop(model, count):
    """A model that also names `count` ordinary tokens as ends, so that replies end with one of them by chance."""
    model.weights.generation_config.eos_token_id = [model.tokenizer.eos_token_id, *range(40, 40 + count)]
    return model


def test_replies_end_at_each_stop_token_that_the_model_names(base, tmp_path, monkeypatch):
    replies, clipped = [], []

    def recorded(self, *args, **kwargs):
        found = generate(self, *args, **kwargs)
        replies.extend(found[1])
        clipped.append(self._metrics["train"]["completions/clipped_ratio"][-1])
        return found

    generate = StoppingTrainer._generate
    monkeypatch.setattr(StoppingTrainer, "_generate", recorded)
    model = with_another_stop(load(base), 60)
    stops = set(stop_ids(model))
    trained(model, tmp_path)
    assert len(stops) == 61
    ended = [reply for reply in replies if reply[-1] in stops]
    assert any(len(reply) < 8 for reply in ended), "some reply ends early, with a token that the tokenizer does not name"
    assert all(len(reply) == 8 for reply in replies if reply not in ended)
    assert not any(token in stops for reply in replies for token in reply[:-1]), "nothing follows a stop token: no padding"
    assert clipped == [1 - len(ended) / len(replies)]


def test_the_same_stop_tokens_end_an_answer_of_the_engine(base):
    from vitrine.engines.engine import Sampling
    from vitrine.engines.transformers import TransformersEngine

    engine = TransformersEngine(with_another_stop(load(base), 60), batch=8)
    answers = engine.answer([row["messages"] for row in rows(8)], Sampling(max_tokens=12, temperature=1.0, samples=2, seed=7))
    drawn = [answer for samples in answers for answer in samples]
    assert any(answer.finished and answer.tokens < 12 for answer in drawn)
    assert all(answer.finished or answer.tokens == 12 for answer in drawn)


def test_a_stop_token_that_can_never_win_is_refused(tmp_path):
    tokenizer = BASES["gemma"].tokenizer(template=False)
    wide = SHAPE.model_copy(update={"hidden": 64, "context": 256})
    model = replace(decoder.build(wide, tokenizer, Load(), seed=7), template="chatml")
    torch.nn.init.normal_(model.weights.get_input_embeddings().weight, std=0.3)
    model = with_template(model, name="gemma")
    adapted = replace(model, weights=get_peft_model(model.weights, LoraConfig(target_modules="all-linear")), added_tokens=())
    adapted.weights.generation_config.eos_token_id = model.tokenizer.eos_token_id
    with pytest.raises(AuditError, match=r"can never end a reply: .* the row of <\|im_end\|> lies among") as refused:
        trained(adapted, tmp_path)
    assert "sft.method.name=full" in str(refused.value)


def test_a_limit_below_the_gold_replies_is_a_warning_that_names_the_limit_to_set(base, caplog):
    model, golds = load(base), rows(40)
    needed = sorted(length for _, length in gold_ends(model, golds, stop_ids(model)))[38]
    audit_stopping(model, golds, max_tokens=needed)
    assert "grpo.max_tokens" not in caplog.text.replace("run to grpo.max_tokens", "")
    audit_stopping(model, golds, max_tokens=needed - 1)
    assert f"grpo.max_tokens={needed - 1} cuts replies as long as the gold ones of sentiment ({needed} tokens)" in caplog.text
    assert f"set it to {needed}" in caplog.text


def test_a_model_that_ends_no_gold_reply_is_a_warning(base, caplog):
    model = load(base)
    audit_stopping(model, rows(8), max_tokens=64)
    assert "ends none of 8 gold replies with <|im_end|>" in caplog.text
    caplog.clear()
    model.weights.generation_config.eos_token_id = list(range(len(model.tokenizer)))
    audit_stopping(model, rows(8), max_tokens=64)
    assert "ends none" not in caplog.text


def test_the_audit_does_not_change_the_training(base, tmp_path):
    plain, _ = trained(load(base), tmp_path)
    audited, _ = trained(load(base), tmp_path, golds=rows(16))
    left, right = plain.weights.state_dict(), audited.weights.state_dict()
    assert all(left[name].equal(right[name]) for name in left)


def test_a_tokenizer_without_a_stop_token_is_refused_by_every_training(base, tmp_path):
    model = load(base)
    model.tokenizer.eos_token = None
    sentence = re.escape("names no stop token (eos_token), so no reply would end")
    with pytest.raises(CheckpointError, match=sentence):
        pretrain(model, ["Oi"] * 400, schedule(steps=1), block=16, repeats=1, seed=7, curves=tmp_path / "base.csv")
    with pytest.raises(CheckpointError, match=sentence):
        trained(model, tmp_path)
    row = rows(1)[0]
    assert re.search(sentence, find_problem(model.tokenizer, row["messages"], row["gold"]) or "")
