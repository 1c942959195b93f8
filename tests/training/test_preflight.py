"""Preflight: rows and passes as the trainer has them, memory as real tensors need it, and what it advises."""

import functools
from types import SimpleNamespace

import pytest
import torch

from stages.sft import Sft
from tests.conftest import ROOT, composed
from tests.tiny import SHAPE, load, schedule
from vitrine import tables
from vitrine.cli import main
from vitrine.cli.trial import run_trial
from vitrine.errors import SettingsError
from vitrine.lm.settings import Load
from vitrine.settings import parse
from vitrine.tables.chat import CHAT
from vitrine.training.preflight import dryrun, memory, rows, shapes, text
from vitrine.training.preflight.dryrun import ForwardPass, Job, dry_run, loss_of
from vitrine.training.preflight.live import Live
from vitrine.training.preflight.machine import Machine, here, parse_size, planned
from vitrine.training.preflight.plan import fitted, make_plan
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.trainer import sft

FULL = Method(name="full", rank=4, alpha=8, dropout=0.0)
LORA = FULL.model_copy(update={"name": "lora"})
LARGE = Machine("a large machine", 10**12, gpu=False)
PASS = ForwardPass((40, 60, 50, 64), learned=90)


def job(kind="sft", method=FULL, config=None, *, gpu=False, quantisation=None, dtype="float32", **changes):
    options = {"batch": 4, "micro_batch": 4} | changes
    loaded = Load(quantisation=quantisation, dtype=dtype)
    return Job(config or shapes.scratch(SHAPE), loaded, schedule(**options), method, kind, gpu=gpu)


@pytest.mark.parametrize("method", [FULL, LORA], ids=lambda method: method.name)
@pytest.mark.parametrize("kind", ["base", "sft", "grpo"])
def test_a_step_without_memory_allocates_what_a_real_one_does(kind, method):
    one = ForwardPass((64,) * 4, 200, reply=20)
    own = job(kind, method)
    live = Live()
    model, _ = dryrun.build(own, own.config, device="cpu")
    with live:
        live.put(model.parameters(), "weights")
        live.moment = "step"
        loss_of(own, model, one, live).backward()
    peaks = dry_run(own, one).peaks
    expected = max(peaks[moment].total - peaks[moment].parts["optimizer"] for moment in ("forward", "backward"))
    assert live.peaks["step"].total == pytest.approx(expected, rel=0.07)  # fake tensors build one mask more


def test_a_deep_model_follows_from_two_shallow_ones(monkeypatch):
    config = shapes.with_layers(shapes.scratch(SHAPE), 9)
    for own in (job(config=config), job(config=config, method=LORA, batch=8), job(config=config, checkpointing=True)):
        quick = dry_run(own, PASS)
        exact = dryrun._dry_run(own, PASS, 9)
        assert quick.peak.total == pytest.approx(exact.peak.total, rel=0.02)
        assert (quick.flops, quick.parameters) == (exact.flops, exact.parameters)


def parts(**changes):
    return dry_run(job(**changes), PASS).peak.parts


def test_every_way_to_save_memory_lowers_its_part():
    usual = parts(batch=8)
    assert parts(batch=8, method=LORA)["optimizer"] < usual["optimizer"]
    assert parts(batch=8, optimizer="adamw_8bit")["optimizer"] < usual["optimizer"]  # its small tensors stay in float32
    assert parts(batch=8, optimizer="muon")["optimizer"] < usual["optimizer"]
    assert parts(batch=8, checkpointing=True)["activations"] < usual["activations"]
    assert usual["gradients"] == usual["optimizer"] / 2, "gradients of the first pass wait for the second"
    assert usual["gradients"] == pytest.approx(usual["weights"], rel=0.02), "all weights are trained; buffers are not"


def test_gradients_of_one_pass_come_when_its_activations_go():
    assert dry_run(job(), PASS).peak.parts.get("gradients", 0) < parts(batch=8)["gradients"]


def test_packed_rows_have_no_padding():
    packed = ForwardPass(PASS.lengths, PASS.learned, packed=True)
    assert packed.tokens == 214 and PASS.tokens == 256
    assert dry_run(job(), packed).peak.parts["activations"] < dry_run(job(), PASS).peak.parts["activations"]


def test_four_bit_weights_take_half_a_byte_and_the_rest_stays_in_float32():
    config = shapes.scratch(SHAPE)
    usual = dry_run(job(method=LORA), PASS).peaks["start"].parts["weights"] / 4
    embeddings = config.vocab_size * config.hidden_size
    small = dry_run(job(method=LORA, quantisation="nf4", dtype="bfloat16", gpu=True), PASS).peaks["start"].parts["weights"]
    assert small == pytest.approx(4 * embeddings + 0.516 * (usual - embeddings), rel=0.07)  # fake tensors build one mask more


def test_rows_and_passes_are_those_of_the_trainer(base, chat_rows, tmp_path):
    model = load(base)
    chosen = schedule(steps=5, batch=16, micro_batch=4)
    _, metrics = sft(model, chat_rows, chosen, FULL, max_length=64, seed=7, curves=tmp_path / "sft.csv")
    found = rows.of_rows(chat_rows, model.tokenizer, limit=64, source="rows")
    passes = rows.forward_passes(found, chosen, seed=7, packed=False)
    tokens, learned = sum(sum(one.lengths) for one in passes), sum(one.learned for one in passes)
    assert len(passes) == 20
    assert tokens / 80 == pytest.approx(metrics["mean_tokens"])
    assert learned / tokens == pytest.approx(metrics["supervised_share"])
    assert 1 - tokens / sum(one.tokens for one in passes) == pytest.approx(metrics["padding_share"])


def test_lengths_of_rows_that_are_not_tokenized_follow_from_their_characters(base, chat_rows, monkeypatch):
    tokenizer = load(base).tokenizer
    exact = rows.of_rows(chat_rows, tokenizer, limit=128, source="rows")
    monkeypatch.setattr(rows, "SAMPLE", 16)
    monkeypatch.setattr(rows, "LONGEST", 4)
    sampled = rows.of_rows(chat_rows, tokenizer, limit=128, source="rows")
    assert sampled.whole.sum() == pytest.approx(exact.whole.sum(), rel=0.1) and sampled.whole.max() == exact.whole.max()
    assert "of 64 rows tokenized" in sampled.source


def plan_of(base, folder, chat_rows, machine=LARGE, timed=False, **changes):
    tables.write(folder / "train.parquet", [row | {"cluster": "c", "version": "1"} for row in chat_rows], CHAT)
    section = composed()["sft"] | {"train": folder / "train.parquet", "base": base, "context": 128, "steps": 6}
    settings = parse(Sft, "sft", section | changes)
    remake = functools.partial(make_plan, "sft", machine=machine, timed=timed)
    return remake(settings), settings, remake


def test_the_plan_counts_rows_and_epochs(base, chat_rows, tmp_path):
    plan, *_ = plan_of(base, tmp_path, chat_rows)
    assert plan.work.seen == 6 * 32 and plan.work.epochs == 3.0 and plan.fits
    lines = "\n".join(text.lines(plan))
    assert "64, each seen 3.00 times" in lines and "32 (8 x 4" in lines


def test_what_does_not_fit_gets_a_smaller_micro_batch_with_the_same_effective_batch(base, chat_rows, tmp_path):
    plan, settings, remake = plan_of(base, tmp_path, chat_rows, micro_batch=32)
    single = remake(settings.model_copy(update={"micro_batch": 1}))
    between = Machine("a small machine", (plan.peak.total + single.peak.total) // 2, gpu=False)
    remake = functools.partial(make_plan, "sft", machine=between, timed=False)
    tight = remake(settings)
    found = fitted(settings, tight, remake)
    assert not tight.fits and found is not None and found.fits
    size = found.job.schedule.micro_batch
    assert 1 < size < 32 and 32 % size == 0
    assert f"Lower sft.micro_batch to {size} (the effective batch stays 32)" in text.verdict(tight, found)
    nothing = functools.partial(make_plan, "sft", machine=Machine("nothing", 1000, gpu=False), timed=False)
    assert fitted(settings, nothing(settings), nothing) is None
    assert "no sft.micro_batch helps: set sft.checkpointing to true" in text.verdict(nothing(settings), None)


def test_time_grows_with_the_passes(base, chat_rows, tmp_path):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        short, *_ = plan_of(base, tmp_path, chat_rows, timed=True, batch=8)
        long, *_ = plan_of(base, tmp_path, chat_rows, timed=True, batch=64, micro_batch=8)
    finally:
        torch.set_num_threads(threads)
    assert 3 < long.step_s / short.step_s < 20


def test_the_replies_of_a_step_are_in_memory_at_once():
    own = job("grpo")
    rollout = memory.Rollout(sequences=64, prompt=100, reply=28, filtered=False)
    cache = memory.generation(own, rollout)["key-value cache"]
    assert cache == 64 * 128 * 2 * SHAPE.layers * SHAPE.kv_heads * SHAPE.head * 4


@pytest.mark.slow
def test_a_trial_measures_one_step_in_a_process_of_its_own(base, chat_rows, tmp_path):
    plan, settings, _ = plan_of(base, tmp_path, chat_rows)
    assert plan.peak.total == pytest.approx(run_trial("sft", settings), rel=0.25)


def test_sizes_and_cards():
    assert (parse_size("16GB"), parse_size("1 GiB"), parse_size("900mb")) == (16_000_000_000, 2**30, 900_000_000)
    assert planned(None, "l4").memory == 24e9 and planned("16GB", None).flops is None
    with pytest.raises(SettingsError, match="'16' is no size: write it as 16GB"):
        parse_size("16")
    with pytest.raises(SettingsError, match="Voodoo is no card that is known; choose one of T4, L4"):
        planned(None, "Voodoo")


@pytest.mark.parametrize(
    ("name", "teraflops"), [("NVIDIA L40S", 362), ("NVIDIA L4", 121), ("Tesla T4", 65), ("NVIDIA T400", None)]
)
def test_a_card_that_is_here_is_not_taken_for_one_whose_name_is_part_of_its_own(monkeypatch, name, teraflops):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: name)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(total_memory=48_000_000_000))
    assert here().flops == (teraflops and teraflops * 1e12)


def test_the_command_plans_for_a_card_that_is_not_here(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    words = ["recipe=ecinstruct", "scale=full", "hardware=gpu", "user=nobody", "paths.chat=nowhere", "sft.steps=3"]
    assert main(["preflight", "sft", *words, "--card", "T4"]) == 1
    out = capsys.readouterr().out
    assert "7.24 billion parameters, qlora of rank 32, nf4 base" in out and "does not fit" in out
    assert "no data yet: 4096 tokens a row" in out


def test_a_misspelt_stage_and_a_quantised_training_on_a_cpu_are_one_sentence(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert main(["preflight", "stf"]) == 1
    assert capsys.readouterr().err == "vitrine preflight: stf is no stage that trains: choose one of base, sft, grpo\n"
