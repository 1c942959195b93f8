"""A training that is killed and started again ends in the bytes of one that was not."""

import json
import logging
import os
import resource
import shutil
import signal
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

import pytest

from tests.tiny import load, schedule
from tests.training.test_grpo import OBJECTIVE, ROLLOUT
from vitrine import scratch, stage
from vitrine.errors import SettingsError
from vitrine.scratch import Saving
from vitrine.tasks import TASKS
from vitrine.tasks.task import Grade
from vitrine.training.grpo.settings import Objective, Rollout
from vitrine.training.grpo.trainer import grpo
from vitrine.training.loop import interrupts
from vitrine.training.loop.checkpoints import Store
from vitrine.training.loop.resume import Saver
from vitrine.training.pretrain import pretrain
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.trainer import sft

TEXTS = [f"Chegou em {n} dias, gostei do produto." for n in range(20)]  # three steps an epoch
STEPS = 7


class Killed(BaseException):
    """Stands for SIGKILL: nothing of the process survives but its files."""


def run_sft(base, rows, folder, *, method="full", dropout=0.0, packing=False, **changes):
    method = Method(name=method, rank=4, alpha=8, dropout=dropout)
    curves = folder / "curves.csv"
    options = {"steps": STEPS, "decay": "cosine", "warmup": 2} | changes
    return sft(load(base), rows, schedule(**options), method, max_length=128, seed=7, curves=curves, packing=packing)


def run_pretrain(base, rows, folder, **changes):
    options = {"steps": STEPS, "batch": 4, "micro_batch": 2, "optimizer": "muon"} | changes
    return pretrain(load(base), TEXTS, schedule(**options), block=64, repeats=2, seed=7, curves=folder / "curves.csv")


def run_grpo(base, rows, folder, objective=None, **changes):
    options = {"steps": STEPS, "batch": 16, "micro_batch": 8, "learning_rate": 1e-2} | changes
    objective = Objective(**OBJECTIVE | (objective or {}))
    return grpo(load(base), rows, schedule(**options), Rollout(**ROLLOUT), objective, seed=7, curves=folder / "curves.csv")


@dataclass
class Result:
    weights: bytes
    curve: str
    metrics: str


def outcome(train, base, rows, folder):
    folder.mkdir(exist_ok=True)
    model, metrics = train(base, rows, folder)
    model.save(folder / "model")
    (weights,) = (folder / "model").glob("*model.safetensors")
    return Result(weights.read_bytes(), (folder / "curves.csv").read_text(), json.dumps(metrics))


@pytest.fixture
def rewards_letter_a(monkeypatch):
    def grade(reply, facts):
        return Grade(score=reply.count("a") / max(1, len(reply)))

    monkeypatch.setitem(TASKS, "sentiment", replace(TASKS["sentiment"], grade=grade))


def die_after(monkeypatch, step, *, at="save"):
    """Kill the training right after the checkpoint of this step, or at the end of this step before it is saved."""
    save, on_step_end = Store.save, Saver.on_step_end

    def saved(self, number, write):
        assert save(self, number, write)
        if number == step and at == "save":
            raise Killed

    def ended(self, args, state, control, **rest):
        if state.global_step == step and at == "step":
            raise Killed
        on_step_end(self, args, state, control, **rest)

    monkeypatch.setattr(Store, "save", saved)
    monkeypatch.setattr(Saver, "on_step_end", ended)


TRAININGS = {
    "sft": (run_sft, {}),
    "sft lora": (run_sft, {"method": "lora", "dropout": 0.3}),
    "sft packed": (run_sft, {"packing": True, "optimizer": "muon"}),
    "sft log_every": (run_sft, {"log_every": 3, "micro_batch": 4}),
    "pretrain": (run_pretrain, {}),
    "grpo": (run_grpo, {}),
    "grpo iterations": (run_grpo, {"objective": {"iterations": 2}}),
    "grpo log_every": (run_grpo, {"log_every": 3}),
}
QUICK = ("sft lora", "sft log_every", "pretrain", "grpo iterations")
KILLS = [(5, "step"), (1, "save"), (6, "save")]
_whole: dict[str, Result] = {}


@pytest.fixture
def train(base, chat_rows, tmp_path, monkeypatch, rewards_letter_a):
    """Runs a training by its name: undisturbed, or in a scratch folder."""

    def call(name, folder="run", *, saving=None, fingerprint="f" * 64):
        run, changes = TRAININGS[name]
        rows = chat_rows[:10] if run is run_grpo else chat_rows  # several epochs: GRPO reads 4 prompts a step

        def started(*args):
            return run(*args, **changes)

        with scratch.use(name, fingerprint if saving else None, saving or Saving(), tmp_path):
            return outcome(started, base, rows, tmp_path / folder)

    def whole(name):
        if name not in _whole:
            _whole[name] = call(name, "whole")
        return _whole[name]

    call.whole = whole
    return call


def steps_saved(tmp_path):
    return sorted(int(path.name.partition("-")[2]) for path in tmp_path.glob(".vitrine/scratch/*/*/*/step-*"))


@pytest.mark.parametrize(
    ("name", "step", "at"),
    [
        pytest.param(name, step, at, marks=() if name in QUICK and (step, at) == KILLS[0] else pytest.mark.slow)
        for name in TRAININGS
        for step, at in KILLS
    ],
)
def test_a_killed_training_ends_in_the_same_bytes(train, tmp_path, monkeypatch, caplog, name, step, at):
    whole = train.whole(name)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        die_after(patch, step, at=at)
        train(name, saving=Saving(every=0))
    assert not (tmp_path / "run" / "curves.csv").exists()
    caplog.set_level(logging.INFO, "vitrine")
    assert train(name, saving=Saving(every=0)) == whole
    assert f"continues after step {step if at == 'save' else step - 1} of {STEPS}" in caplog.text
    assert steps_saved(tmp_path) == [], "removed after success"


def kill_after(train, monkeypatch, step, **options):
    with monkeypatch.context() as patch, pytest.raises(Killed):
        die_after(patch, step)
        train("sft", **{"saving": Saving(every=0)} | options)


def test_checkpoints_change_no_byte_and_two_are_kept(train, tmp_path, monkeypatch):
    kill_after(train, monkeypatch, 4)
    assert steps_saved(tmp_path) == [3, 4]
    shutil.rmtree(tmp_path / ".vitrine")
    assert train("sft", saving=Saving(every=0)) == train.whole("sft")


@pytest.mark.parametrize("file", ["weights.safetensors", "optimizer.pt", "manifest.json"])
def test_a_damaged_checkpoint_is_not_used_but_the_one_before(train, tmp_path, monkeypatch, caplog, file):
    kill_after(train, monkeypatch, 4)
    (newest,) = tmp_path.glob(".vitrine/scratch/*/*/*/step-*4")
    content = bytearray((newest / file).read_bytes())
    content[len(content) // 2] ^= 1
    (newest / file).write_bytes(content)
    caplog.set_level(logging.INFO, "vitrine")
    assert train("sft", saving=Saving(every=0)) == train.whole("sft")
    assert "the checkpoint of step 4" in caplog.text and f"continues after step 3 of {STEPS}" in caplog.text


def test_another_fingerprint_is_not_continued_but_kept_for_a_while(train, tmp_path, monkeypatch, caplog):
    for letter in "abc":
        kill_after(train, monkeypatch, 2, fingerprint=letter * 64)
    caplog.set_level(logging.INFO, "vitrine")
    assert train("sft", saving=Saving(every=0), fingerprint="d" * 64) == train.whole("sft")
    assert "continues" not in caplog.text and "was interrupted before with other settings, inputs or code" in caplog.text
    assert [path.name[0] for path in sorted(tmp_path.glob(".vitrine/scratch/*/*"))] == ["b", "c"]


def test_other_libraries_are_not_continued(train, monkeypatch, caplog):
    kill_after(train, monkeypatch, 2)
    monkeypatch.setattr("vitrine.training.loop.resume.version", lambda name: "9.9")
    assert train("sft", saving=Saving(every=0)) == train.whole("sft")
    assert "it was made with torch" in caplog.text and "not 9.9" in caplog.text


def test_a_process_that_holds_the_scratch_folder_makes_the_other_train_without_checkpoints(train, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(scratch, "LOCK_TIMEOUT_S", 0)
    with scratch.use("sft", "f" * 64, Saving(every=0), tmp_path):
        scratch.claim()
        assert train("sft", saving=Saving(every=0)) == train.whole("sft")
    assert "another process trains sft with the same inputs" in caplog.text


@contextmanager
def file_size_limit(size):
    """Writing fails as on a full disk, for Python, torch and safetensors alike."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 5_000, 60_000], ids=["weights", "weights, in part", "optimizer"])
def test_a_full_disk_keeps_the_checkpoint_before_and_the_training_goes_on(train, tmp_path, monkeypatch, caplog, size):
    save, kept = Store.save, []

    def full(self, step, write):
        with file_size_limit(size) if step in (4, 5) else nullcontext():
            saved = save(self, step, write)
        kept.append((step, saved, steps_saved(tmp_path)))
        return saved

    monkeypatch.setattr(Store, "save", full)
    assert train("sft", saving=Saving(every=0)) == train.whole("sft")
    assert kept[2:] == [(3, True, [2, 3]), (4, False, [2, 3]), (5, False, [2, 3]), (6, True, [3, 6])]
    assert "no checkpoint of step 4" in caplog.text and "the checkpoint of step 3 is kept" in caplog.text


@pytest.fixture
def ctrl_c():
    """Ctrl-C as at a terminal. A shell that starts pytest in the background lets it ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize(("number", "error"), [(signal.SIGTERM, stage._Terminated), (signal.SIGINT, KeyboardInterrupt)])
def test_a_signal_saves_at_the_end_of_the_step_and_fails(train, tmp_path, monkeypatch, number, error):
    decide = Saver.on_step_end
    before = signal.signal(signal.SIGTERM, stage._terminate)

    def on_step_end(self, args, state, control, **rest):
        if state.global_step == 3:
            os.kill(os.getpid(), number)
        decide(self, args, state, control, **rest)

    try:
        with monkeypatch.context() as patch, pytest.raises(error):
            patch.setattr(Saver, "on_step_end", on_step_end)
            train("sft", saving=Saving(every=3600))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert steps_saved(tmp_path) == [3] and not (tmp_path / "run" / "model").exists()
    assert train("sft", saving=Saving(every=3600)) == train.whole("sft")


@pytest.mark.usefixtures("ctrl_c")
def test_a_step_that_does_not_end_in_time_is_abandoned(monkeypatch):
    monkeypatch.setattr(interrupts, "STEP_TIMEOUT_S", 0.05)
    with pytest.raises(KeyboardInterrupt), interrupts.Interrupts():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(30)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("ctrl_c")
def test_a_second_ctrl_c_ends_at_once_and_one_at_the_end_is_not_lost():
    with pytest.raises(KeyboardInterrupt), interrupts.Interrupts() as held:
        os.kill(os.getpid(), signal.SIGINT)
        assert held.requested == signal.SIGINT
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(30)
    with pytest.raises(KeyboardInterrupt), interrupts.Interrupts():
        os.kill(os.getpid(), signal.SIGINT)


def test_checkpoints_are_copied_to_a_url_and_fetched_on_another_machine(train, tmp_path, monkeypatch, caplog):
    saving = Saving(every=0, copy_to=f"file://{tmp_path}/bucket")
    kill_after(train, monkeypatch, 4, saving=saving)
    copies = sorted(path.name for path in (tmp_path / "bucket").glob("sft/*/1/*"))
    assert copies == ["step-0000003", "step-0000004"]
    shutil.rmtree(tmp_path / ".vitrine")
    caplog.set_level(logging.INFO, "vitrine")
    assert train("sft", saving=saving) == train.whole("sft")
    assert f"continues after step 4 of {STEPS}" in caplog.text
    assert not list((tmp_path / "bucket").rglob("step-*"))


def test_a_damaged_copy_falls_back_to_the_copy_before(train, tmp_path, monkeypatch, caplog):
    saving = Saving(every=0, copy_to=f"file://{tmp_path}/bucket")
    kill_after(train, monkeypatch, 4, saving=saving)
    shutil.rmtree(tmp_path / ".vitrine")
    (newest,) = (tmp_path / "bucket").glob("sft/*/1/step-0000004")
    (newest / "loop.pt").write_bytes(b"damaged")
    (newest.parent / "step-old").mkdir()
    caplog.set_level(logging.INFO, "vitrine")
    assert train("sft", saving=saving) == train.whole("sft")
    assert f"continues after step 3 of {STEPS}" in caplog.text


def test_a_store_that_fails_is_reported_once_and_an_unknown_one_stops_the_stage(train, tmp_path, caplog):
    (tmp_path / "bucket").touch()  # a file where the folder should be
    assert train("sft", saving=Saving(every=0, copy_to=f"file://{tmp_path}/bucket")) == train.whole("sft")
    assert caplog.text.count("the training goes on") == 1
    with pytest.raises(SettingsError, match=r"checkpoints\.copy_to: nowhere://bucket/.* cannot be opened"):
        train("sft", saving=Saving(copy_to="nowhere://bucket"))


@pytest.mark.parametrize(("every", "cost", "gap"), [(60, 0.1, 60), (60, 12, 600), (0, 12, 0)])
def test_slow_checkpoints_are_made_less_often(monkeypatch, every, cost, gap):
    clock = [1000.0]
    monkeypatch.setattr("vitrine.training.loop.resume.time.monotonic", lambda: clock[0])

    class Slow:
        def save(self, step, write):
            clock[0] += cost

    class Trainer:
        state = type("State", (), {"global_step": 5})

    saver = Saver(Trainer(), Slow(), every=every, interrupts=interrupts.Interrupts())
    saver.save()
    assert saver.due == pytest.approx(clock[0] + gap)


def test_an_interrupt_that_the_shell_ignores_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as for a command that a script starts with `&`
    try:
        with interrupts.Interrupts() as held:
            os.kill(os.getpid(), signal.SIGINT)
            assert held.requested is None, "each step would be saved, and none would be the last"
    finally:
        signal.signal(signal.SIGINT, before)
