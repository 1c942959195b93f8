"""benchmarks.sft on the tiny model: both sides train on the same rows and tokens, and the ratios are of what was measured."""

import pytest
import transformers.trainer

from benchmarks import sft as benchmark
from tests.tiny import schedule


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(transformers.trainer, "DEFAULT_CALLBACKS", [*transformers.trainer.DEFAULT_CALLBACKS, benchmark.Clock])


def test_both_sides_are_timed_on_tokens_without_padding(base, chat_rows, clock):
    one_epoch = schedule(steps=8)
    tokens = {}
    for name, train in benchmark.SIDES.items():
        train(base, chat_rows, one_epoch, 128)
        assert len(benchmark.Clock.marks) == 8 and benchmark.Clock.rate() > 0 and benchmark.Clock.seconds() > 0
        tokens[name] = benchmark.Clock.marks[-1][1]
    assert tokens["plain"] == tokens["ours"], "the same 64 rows, counted without padding"


@pytest.mark.slow
def test_the_ratios_are_of_what_was_measured(base, chat_rows, clock, monkeypatch):
    monkeypatch.setattr(benchmark, "RATES", {"plain": (1e-4, 3e-3), "ours": (3e-3, 1e-2)})
    monkeypatch.setattr(benchmark, "BUDGETS", (0.25, 1.0))
    speed = benchmark.tokens_per_second(base, chat_rows, schedule(steps=3), 128, rounds=1)
    assert speed["tokens_ratios"] == [speed["tokens_ratio"]] and speed["tokens_ratio"] > 0
    found = benchmark.time_to_loss(base, chat_rows, chat_rows[:8], schedule(steps=12, log_every=12), 128)
    assert found["plain_rate"] == 3e-3, "the better rate"
    assert found["time_to_loss_ratio"] is None or found["loss"] <= found["plain_loss"]
    assert found["steps_share"] in (0.25, 1.0)
