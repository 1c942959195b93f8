"""Trainings that are lost stop with a sentence; long ones say how far they are."""

from types import SimpleNamespace

import pytest
import torch

from tests.tiny import load, schedule
from vitrine import tracking
from vitrine.errors import AuditError
from vitrine.training.loop.health import PATIENCE, FiniteGradients, Hopeless
from vitrine.training.loop.progress import Progress
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.trainer import sft

FULL = Method(name="full", rank=4, alpha=8, dropout=0.0)


def test_a_gradient_that_is_not_a_number_stops_the_run_and_names_the_rows(base, chat_rows, tmp_path):
    model = load(base)
    with torch.no_grad():
        model.weights.get_input_embeddings().weight[5:] = float("nan")
    with pytest.raises(
        AuditError, match=r"gradient of step 1 is not a finite number \(computed on the rows sentiment:\d+, "
    ) as stop:
        sft(model, chat_rows, schedule(batch=16, micro_batch=8), FULL, max_length=128, seed=7, curves=tmp_path / "sft.csv")
    assert "and 8 more" in str(stop.value) and "Lower sft.learning_rate (it is 0.003)" in str(stop.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_one_bad_value_in_one_gradient_is_enough(value):
    model = torch.nn.Linear(3, 2)
    for weight in model.parameters():
        weight.grad = torch.ones_like(weight)
    args, state = SimpleNamespace(bf16=True, learning_rate=0.1), SimpleNamespace(global_step=6)
    FiniteGradients("grpo").on_pre_optimizer_step(args, state, None, model=model)
    model.bias.grad[1] = value
    with pytest.raises(
        AuditError, match=r"step 7 is not .* the weights of step 6 are unharmed\. Lower .* grpo\.precision=float32"
    ):
        FiniteGradients("grpo").on_pre_optimizer_step(args, state, None, model=model)


@pytest.mark.parametrize(
    ("name", "lost", "healthy", "sentence"),
    [
        ("reward", 0.0, 0.01, "every reward was 0.*grpo.temperature"),
        ("completions/clipped_ratio", 1.0, 0.97, "every reply was cut at grpo.max_tokens"),
    ],
)
def test_a_hopeless_grpo_stops_after_ten_log_lines_in_a_row(name, lost, healthy, sentence):
    hopeless, state = Hopeless(), SimpleNamespace(global_step=12)
    for value in [lost] * (PATIENCE - 1) + [healthy] + [lost] * (PATIENCE - 1):
        hopeless.on_log(None, state, None, logs={name: value, "loss": 0.0})
    hopeless.on_log(None, state, None, logs={"train_runtime": 3.0})
    with pytest.raises(AuditError, match=rf"in the last 10 log lines, up to step 12, {sentence}"):
        hopeless.on_log(None, state, None, logs={name: lost})


def test_without_a_terminal_a_line_says_how_far_the_training_is(capsys, monkeypatch):
    logged = {}
    monkeypatch.setattr(tracking, "log_metrics", lambda values, step: logged.update(values))
    progress, args = Progress("sft", every=0.0), SimpleNamespace(disable_tqdm=True)
    progress.supervised = 0.5
    progress.on_train_begin(args, SimpleNamespace(global_step=100), None)
    for step, tokens in [(110, 1000), (120, 2000)]:
        progress.on_log(args, SimpleNamespace(global_step=step), None, logs={"loss": 0.4123, "num_tokens": tokens})
    progress.on_step_end(args, SimpleNamespace(global_step=120, max_steps=600), None)
    line = capsys.readouterr().err
    assert line.startswith("vitrine sft: step 120 of 600, loss 0.412, ") and "tokens/s, about" in line
    assert logged["supervised_tokens_per_s"] == pytest.approx(logged["tokens_per_s"] / 2) and logged["peak_memory_mb"] > 0


def test_the_time_left_counts_from_the_step_of_a_resume():
    progress = Progress("sft")
    progress.on_train_begin(None, SimpleNamespace(global_step=100), None)
    assert progress.line(SimpleNamespace(global_step=110, max_steps=200), 10.0).endswith("about 1:30 left")
    assert progress.line(SimpleNamespace(global_step=101, max_steps=10_000), 1.0).endswith("about 2:44:59 left")


def test_at_a_terminal_the_bar_says_it(capsys):
    progress, args = Progress("sft", every=0.0), SimpleNamespace(disable_tqdm=False)
    progress.on_train_begin(args, SimpleNamespace(global_step=0), None)
    progress.on_step_end(args, SimpleNamespace(global_step=1, max_steps=2), None)
    assert capsys.readouterr().err == ""
