"""A training is evaluated on validation prompts: it ends with the best weights, and the evaluation leaves no trace in them."""

import csv
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from tests.tiny import load, rows, schedule
from tests.training.test_grpo import OBJECTIVE, ROLLOUT
from vitrine.errors import AuditError, SettingsError
from vitrine.settings import parse
from vitrine.tasks import TASKS
from vitrine.tasks.task import Grade
from vitrine.training.grpo.settings import Objective, Rollout
from vitrine.training.grpo.trainer import grpo
from vitrine.training.loop.curves import Curves
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.trainer import sft
from vitrine.training.validation.best import BestCheckpoint, best_checkpoint
from vitrine.training.validation.evaluator import Evaluator, Result, choose
from vitrine.training.validation.settings import NEVER, Evaluate

FULL, LORA = (Method(name=name, rank=4, alpha=8, dropout=0.0) for name in ("full", "lora"))
VALIDATION = rows(80)[64:]


def evaluate(**changes):
    return Evaluate(**{"prompts": 4, "every": 0, "patience": 0, "max_tokens": 12} | changes)


def trained(base, chat_rows, tmp_path, method=FULL, asked=NEVER, packing=False, **changes):
    curves = tmp_path / "sft.csv"
    options = {"max_length": 128, "seed": 7, "curves": curves, "packing": packing, "validation": VALIDATION, "evaluate": asked}
    model, metrics = sft(load(base), chat_rows, schedule(**changes), method, **options)
    return model, metrics, list(csv.DictReader(curves.open()))


def weights(model):
    return {name: value.clone() for name, value in model.weights.state_dict().items()}


@pytest.fixture
def scores(monkeypatch):
    """The scores of the next evaluations, in order, instead of the grader's."""
    planned = []

    def run(self, model):
        return Result(planned.pop(0), {"sentiment": 0.5}, 0.0)

    monkeypatch.setattr(Evaluator, "run", run)
    return planned


@pytest.mark.parametrize(("method", "packing"), [(FULL, False), (LORA, False), (FULL, True)], ids=["full", "lora", "packed"])
def test_an_evaluation_does_not_change_the_training(base, chat_rows, tmp_path, method, packing):
    plain, _, _ = trained(base, chat_rows, tmp_path, method, packing=packing)
    model, metrics, curve = trained(base, chat_rows, tmp_path, method, evaluate(), packing=packing)
    assert all(weights(plain)[name].equal(value) for name, value in weights(model).items())
    assert metrics["validation_step"] == 4.0 and metrics["validation_entropy"] > 0
    assert curve[-1]["validation_score"] == str(metrics["validation_score"])


def test_an_evaluation_does_not_change_the_rollouts_of_grpo(base, chat_rows, tmp_path, monkeypatch):
    def entropies(asked):
        options = {"seed": 7, "curves": tmp_path / "grpo.csv", "validation": VALIDATION, "evaluate": asked}
        settings = schedule(batch=16, micro_batch=16, steps=3, learning_rate=1e-2), Rollout(**ROLLOUT), Objective(**OBJECTIVE)
        grpo(load(base), chat_rows, *settings, **options)
        return [row["entropy"] for row in csv.DictReader((tmp_path / "grpo.csv").open()) if row["entropy"]]

    monkeypatch.setattr(Result, "problem", None)  # an untrained model's replies are all cut
    undisturbed = entropies(NEVER)
    assert len(undisturbed) == 3 and entropies(evaluate(every=1, max_tokens=None)) == undisturbed


def test_the_weights_of_the_best_evaluation_are_kept(base, chat_rows, tmp_path, scores):
    scores += [0.2, 0.7, 0.7, 0.1, 0.3]  # steps 2, 4, 6, 8; then the best one's tasks again
    model, metrics, _ = trained(base, chat_rows, tmp_path, asked=evaluate(every=2), steps=8)
    four, _, _ = trained(base, chat_rows, tmp_path, steps=4)
    assert metrics["validation_step"] == 4.0 and metrics["validation_score"] == 0.7
    assert all(weights(four)[name].equal(value) for name, value in weights(model).items())


def test_a_training_that_no_longer_improves_ends(base, chat_rows, tmp_path, scores):
    scores += [0.5, 0.4, 0.4, 0.3, 0.5]
    _, metrics, curve = trained(base, chat_rows, tmp_path, asked=evaluate(every=2, patience=2), steps=40)
    assert metrics["validation_step"] == 2.0 and int(curve[-1]["step"]) == 6


def test_three_evaluations_in_a_row_that_show_nothing_stop_the_run(base, chat_rows, tmp_path, scores):
    scores += [0.0, 0.0, 0.0]
    with pytest.raises(AuditError, match=r"3 evaluations in a row, up to step 6: every validation reply scored 0\. Raise sft"):
        trained(base, chat_rows, tmp_path, asked=evaluate(every=2), steps=40)


def test_the_score_is_the_graders(base, monkeypatch):
    def grade(reply, facts):
        return Grade(score=0.25 if facts["score"] > 2 else 0.75)

    monkeypatch.setitem(TASKS, "sentiment", replace(TASKS["sentiment"], grade=grade))
    model = load(base)
    result = Evaluator(model.tokenizer, VALIDATION, max_tokens=20).run(model)
    known = [json.loads(row["facts"])["score"] for row in VALIDATION]
    assert result.score == pytest.approx(sum(0.25 if score > 2 else 0.75 for score in known) / len(known))
    assert result.tasks == {"sentiment": result.score}


def test_a_model_that_never_stops_is_named():
    assert "was cut" in (Result(0.4, {}, 1.0).problem or "")
    assert "scored 0" in (Result(0.0, {}, 0.0).problem or "")
    assert Result(0.1, {}, 0.9).problem is None


def test_a_limit_that_cuts_gold_replies_is_refused(base):
    tokenizer = load(base).tokenizer
    with pytest.raises(
        SettingsError, match=r"sft\.evaluate\.max_tokens: 2 tokens would cut more than 5% of the gold replies of sent"
    ):
        Evaluator(tokenizer, VALIDATION, max_tokens=2)
    assert Evaluator(tokenizer, VALIDATION, max_tokens=None).limits["sentiment"] >= TASKS["sentiment"].max_tokens


def test_the_entropy_of_a_uniform_model_is_that_of_its_vocabulary(base):
    model = load(base)
    with torch.no_grad():
        for weight in model.weights.parameters():
            weight.zero_()
    entropy = Evaluator(model.tokenizer, VALIDATION[:3], max_tokens=None).entropy(model)
    assert entropy == pytest.approx(torch.tensor(float(model.weights.config.vocab_size)).log().item(), rel=1e-4)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"prompts": 0, "every": 5}, "every=5 needs prompts"), ({"patience": 3}, "patience=3 counts evaluations; set every")],
)
def test_settings_that_would_do_nothing_are_refused(changes, sentence):
    values = {"prompts": 4, "every": 0, "patience": 0, "max_tokens": None} | changes
    with pytest.raises(SettingsError, match=f"sft.evaluate: .*{sentence}"):
        parse(Evaluate, "sft.evaluate", values)


def test_a_checkpoint_cannot_be_chosen_without_prompts(base, tmp_path):
    no_gold = [row | {"gold": None} for row in VALIDATION]
    with pytest.raises(SettingsError, match=r"sft\.evaluate\.every=2: no validation prompt has a gold reply and a grader"):
        best_checkpoint("sft", load(base), no_gold, evaluate(every=2), Curves(tmp_path / "c.csv", {}))
    assert best_checkpoint("sft", load(base), no_gold, evaluate(), Curves(tmp_path / "c.csv", {})) is None


def test_only_graded_rows_with_a_gold_reply_are_chosen():
    general = VALIDATION[0] | {"task": "general"}
    no_gold = VALIDATION[1] | {"gold": None}
    assert choose([general, no_gold, *VALIDATION[2:]], 3) == VALIDATION[2:5]


def test_a_resumed_training_knows_the_evaluations_before(base, chat_rows, tmp_path, scores):
    def callback():
        model = load(base)
        evaluator = Evaluator(model.tokenizer, VALIDATION, max_tokens=None)
        return BestCheckpoint("sft", model, evaluator, evaluate(every=2), Curves(tmp_path / "c.csv", {})), model.weights

    (first, weights), state = callback(), SimpleNamespace(global_step=2, max_steps=9)
    scores += [0.9, 0.1, 0.9]
    first.on_step_end(None, state, None, model=weights)
    torch.save(first.state_dict(), tmp_path / "state.pt")
    resumed, later = callback()
    with torch.no_grad():
        later.lm_head.weight.add_(1.0)
    resumed.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    resumed.on_train_end(None, SimpleNamespace(global_step=9), None, model=later)
    assert resumed.metrics["validation_step"] == 2.0 and later.lm_head.weight.equal(weights.lm_head.weight)
