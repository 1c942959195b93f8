import csv
import json
from dataclasses import replace

import pytest
from transformers import TrainerState

from tests.tiny import load, schedule
from vitrine.errors import VerifierError
from vitrine.tasks import TASKS
from vitrine.tasks.task import Grade
from vitrine.training.grpo.settings import Objective, Rollout
from vitrine.training.grpo.trainer import GradedReward, grpo

OBJECTIVE = {
    "loss": "dr_grpo",
    "scale_rewards": "none",
    "beta": 0.0,
    "epsilon": 0.2,
    "epsilon_high": 0.265,
    "iterations": 1,
    "partial_until": {},
}
ROLLOUT = {"generations": 4, "temperature": 0.9, "top_p": 1.0, "top_k": 0, "max_tokens": 8}


@pytest.fixture
def rewards_letter_a(monkeypatch):
    """Replaces a grader by one that even an untrained model can satisfy: the share of the letter a."""

    def grade(reply, facts):
        return Grade(score=reply.count("a") / max(1, len(reply)))

    task = TASKS["sentiment"]
    monkeypatch.setitem(TASKS, "sentiment", replace(task, grade=grade))


def trained(base, rows, tmp_path, rollout=None, objective=None, **changes):
    model, metrics = grpo(
        load(base),
        rows,
        schedule(**{"batch": 16, "micro_batch": 16, "steps": 2} | changes),
        Rollout(**ROLLOUT | (rollout or {})),
        Objective(**OBJECTIVE | (objective or {})),
        seed=7,
        curves=tmp_path / "grpo.csv",
    )
    return model, metrics, list(csv.DictReader((tmp_path / "grpo.csv").open()))


def weights(model):
    return {name: value.clone() for name, value in model.weights.state_dict().items()}


def test_training_raises_the_reward(base, chat_rows, tmp_path, rewards_letter_a):
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
        pytest.param({}, {"partial_until": {"sentiment": 0.5}}, id="partial_until"),
    ],
)
def test_every_option_reaches_the_trainer(base, chat_rows, tmp_path, rewards_letter_a, rollout, objective):
    reference = {"iterations": 2} if objective.get("iterations") and len(objective) > 1 else {}
    usual = weights(trained(base, chat_rows, tmp_path, objective=reference, steps=3)[0])
    changed = weights(trained(base, chat_rows, tmp_path, rollout, objective, steps=3)[0])
    assert any(not usual[name].equal(changed[name]) for name in usual)


def test_zero_steps_return_the_sft_model_unchanged(base, chat_rows, tmp_path):
    before = weights(load(base))
    model, _, curve = trained(base, chat_rows, tmp_path, steps=0)
    assert curve == [] and all(before[name].equal(value) for name, value in weights(model).items())


TEXT = "Keep drinks cold for a day with this blue steel bottle."


def completions(*texts):
    return [[{"role": "assistant", "content": text}] for text in texts]


def rewards(graded, task, replies, facts, **more):
    facts = [json.dumps(facts)] * len(replies)
    return graded.reward(completions=completions(*replies), task=[task] * len(replies), facts=facts, **more)


def test_the_reward_is_the_score_of_the_benchmark_s_grader():
    replies = ("positivo, nota 5", "negativo, nota 5", "")
    assert rewards(GradedReward({}), "sentiment", replies, {"score": 5}) == pytest.approx([1.0, 0.4, 0.0])


def test_rewards_keep_the_order_of_a_batch_with_several_tasks():
    facts = [json.dumps({"score": 5}), json.dumps({"title": "Steel bottle", "content": TEXT}), json.dumps({"score": 1})]
    replies = completions("positivo, nota 5", TEXT, "negativo, nota 1")
    assert GradedReward({}).reward(completions=replies, task=["sentiment", "describe", "sentiment"], facts=facts) == [
        1.0,
        1.0,
        1.0,
    ]


@pytest.mark.parametrize(("step", "left"), [(0, 0.4), (20, 0.2), (40, 0.0), (80, 0.0)])
def test_partial_credit_fades_but_solved_replies_keep_their_reward(step, left):
    state = TrainerState(global_step=step, max_steps=80)
    replies = ("positivo, nota 5", "negativo, nota 5")
    assert rewards(GradedReward({"sentiment": 0.5}), "sentiment", replies, {"score": 5}, trainer_state=state) == pytest.approx(
        [1.0, left]
    )
    assert rewards(GradedReward({"sql": 0.5}), "sentiment", replies, {"score": 5}, trainer_state=state) == pytest.approx(
        [1.0, 0.4]
    )


def test_a_broken_verifier_stops_the_training(tmp_path):
    with pytest.raises(VerifierError):
        rewards(GradedReward({}), "sql", ["SELECT 1"], {"sql": "SELECT 1", "shop": str(tmp_path / "nowhere"), "engine": "duckdb"})
