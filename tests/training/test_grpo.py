import csv
import json

import pytest

from tests.training.conftest import schedule
from vitrine.errors import VerifierError
from vitrine.lm import checkpoint
from vitrine.tasks import TASKS
from vitrine.training.grpo import Objective, Rollout, grpo, reward

OBJECTIVE = {"loss": "dr_grpo", "scale_rewards": "none", "beta": 0.0, "epsilon": 0.2, "epsilon_high": 0.265, "iterations": 1}
ROLLOUT = {"generations": 4, "temperature": 0.9, "top_p": 1.0, "top_k": 0, "max_tokens": 8}


@pytest.fixture
def paid_for_a(monkeypatch):
    """A grader that even an untrained model can please: the share of the letter a."""

    def grade(reply, facts):
        return type("Grade", (), {"score": reply.count("a") / max(1, len(reply))})

    task = TASKS["sentiment"]
    monkeypatch.setitem(TASKS, "sentiment", type(task)(**{**vars(task), "grade": grade}))


def trained(base, rows, tmp_path, rollout=None, objective=None, **changes):
    model, words = checkpoint.load(base)
    model, metrics = grpo(
        model,
        words,
        rows,
        schedule(**{"batch": 16, "steps": 2} | changes),
        Rollout(**ROLLOUT | (rollout or {})),
        Objective(**OBJECTIVE | (objective or {})),
        seed=7,
        curves=tmp_path / "grpo.csv",
    )
    return model, metrics, list(csv.DictReader((tmp_path / "grpo.csv").open()))


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def test_what_is_paid_for_becomes_more_frequent(base, chat_rows, tmp_path, paid_for_a):
    _, metrics, curve = trained(base, chat_rows, tmp_path, steps=25, learning_rate=1e-2)
    assert metrics["reward_last"] > metrics["reward_first"] + 0.05
    assert len(curve) == 25 and all(float(row["entropy"]) > 0 for row in curve)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rollout", "objective"),
    [
        pytest.param({"temperature": 0.3}, {}, id="temperature"),
        pytest.param({"top_p": 0.1}, {}, id="top_p"),
        pytest.param({"top_k": 2}, {}, id="top_k"),
        pytest.param({"max_tokens": 3}, {}, id="max_tokens"),
        pytest.param({"generations": 8}, {}, id="generations"),
        pytest.param({}, {"loss": "grpo"}, id="loss"),
        pytest.param({}, {"scale_rewards": "batch"}, id="scale_rewards"),
        pytest.param({}, {"beta": 0.5}, id="beta"),
        pytest.param({}, {"iterations": 2}, id="iterations"),
        pytest.param({}, {"iterations": 2, "epsilon": 1e-6}, id="epsilon"),
        pytest.param({}, {"iterations": 2, "epsilon_high": 1e-6}, id="epsilon_high"),
    ],
)
def test_every_option_reaches_the_trainer(base, chat_rows, tmp_path, paid_for_a, rollout, objective):
    reference = {"iterations": 2} if objective.get("iterations") and len(objective) > 1 else {}
    usual = weights(trained(base, chat_rows, tmp_path, objective=reference, steps=3)[0])
    changed = weights(trained(base, chat_rows, tmp_path, rollout, objective, steps=3)[0])
    assert any(not usual[name].equal(changed[name]) for name in usual)


def test_no_steps_pass_the_sft_model_through(base, chat_rows, tmp_path):
    before = weights(checkpoint.load(base)[0])
    model, _, curve = trained(base, chat_rows, tmp_path, steps=0)
    assert curve == [] and all(before[name].equal(value) for name, value in weights(model).items())


def test_the_reward_is_the_grade_of_the_benchmark():
    replies = [[{"role": "assistant", "content": text}] for text in ("positivo, nota 5", "negativo, nota 5", "")]
    facts = [json.dumps({"score": 5})] * 3
    assert reward(completions=replies, task=["sentiment"] * 3, facts=facts) == pytest.approx([1.0, 0.4, 0.0])


def test_a_broken_verifier_stops_the_training(tmp_path):
    facts = json.dumps({"sql": "SELECT 1", "shop": str(tmp_path / "nowhere")})
    with pytest.raises(VerifierError):
        reward(completions=[[{"role": "assistant", "content": "SELECT 1"}]], task=["sql"], facts=[facts])
