"""benchmarks.pretrained on tiny models: the same tokens as one prompt alone, an interrupted run, the whole report."""

import json

import pytest
import torch
from transformers import AutoModelForCausalLM, Gemma3TextConfig

from benchmarks.pretrained import __main__ as command
from benchmarks.pretrained.generate import Generator, Reply, common_prefix
from benchmarks.pretrained.rows import Split
from benchmarks.pretrained.store import Stored
from benchmarks.pretrained.systems import LongerThanContextError, Options, Systems, model_hash
from tests import tiny
from vitrine import tables
from vitrine.chat.template import TEMPLATES
from vitrine.lm import decoder, tokenizer
from vitrine.lm.decoding import enable_fast_decode
from vitrine.lm.model import Model
from vitrine.lm.settings import Load
from vitrine.tables.chat import CHAT

WINDOW = 12
OPTIONS = Options(tuned=12, untuned=6, chosen_on=4, shots=(1, 2), batch=3, dtype="float32", context=400)


@pytest.fixture(scope="module")
def small_tokenizer():
    texts = [text for row in tiny.rows(64) for text in (row["messages"][-1]["content"], row["gold"])]
    return tokenizer.train(texts, TEMPLATES["chatml"], vocabulary=320, context=400)


class Numbers:
    """Writes each token as its number, so that texts are equal only if all tokens are."""

    eos_token_id = 0

    def decode(self, tokens, skip_special_tokens):
        return " ".join(str(int(token)) for token in tokens)


def with_windows(*, windows):
    """An untrained model; with `windows` most layers see few tokens only, as in Gemma 3."""
    torch.manual_seed(3)
    config = Gemma3TextConfig(
        vocab_size=300,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        sliding_window=WINDOW,
        layer_types=["sliding_attention" if windows else "full_attention"] * 2 + ["full_attention"],
        max_position_embeddings=400,
        initializer_range=0.3,  # so that replies differ
        pad_token_id=0,
        eos_token_id=0,
    )
    weights = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")
    enable_fast_decode(weights)
    return Model(weights, Numbers(), "chatml", Load())


def alone(model, ids, limit):
    """The text that the library generates for one prompt without padding."""
    out = model.weights.generate(
        torch.tensor([ids]), max_new_tokens=limit, do_sample=False, eos_token_id=model.tokenizer.eos_token_id
    )
    return model.tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True).strip()


@pytest.mark.parametrize("windows", [True, False])
@pytest.mark.parametrize("shared", [0, 5, 40])
def test_a_reply_has_the_tokens_that_the_prompt_alone_would_get(windows, shared):
    model = with_windows(windows=windows)
    begin = list(range(20, 20 + shared))
    prompts = [[*begin, *range(100 + 7 * n, 100 + 7 * n + 2 + 3 * n)] for n in range(5)]
    assert common_prefix(prompts) == shared
    found = {}
    for places, replies in Generator(model, limit=30, batch=3).batches(prompts):
        found |= dict(zip(places, replies, strict=True))
    assert [found[n].text for n in range(5)] == [alone(model, ids, 30) for ids in prompts]
    assert len({reply.text for reply in found.values()}) == 5


def test_a_reply_ends_before_a_stop_string_and_says_whether_it_ended():
    model = with_windows(windows=True)
    prompts = [list(range(20, 30)), list(range(40, 52))]  # sorted by length already
    whole = [reply for _, replies in Generator(model, limit=24, batch=2).batches(prompts) for reply in replies]
    assert not any(reply.ended for reply in whole)
    stop = whole[0].text.split()[8]
    cut = [reply for _, replies in Generator(model, limit=24, batch=2, stops=(stop,)).batches(prompts) for reply in replies]
    assert cut[0].ended and cut[0].text == whole[0].text[: whole[0].text.index(stop)].strip()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, small_tokenizer):
    """Prompts of one task and two untrained models."""
    folder = tmp_path_factory.mktemp("checkout")
    rows = [row | {"cluster": row["entity"], "version": "1"} for row in tiny.rows(90)]
    for name, own in (("train", rows[:50]), ("validation", rows[50:70]), ("test", rows[70:])):
        tables.write(folder / "chat" / f"{name}.parquet", own, CHAT)
    for seed, name in enumerate(("base", "sft")):
        shape = tiny.SHAPE.model_copy(update={"context": 400})
        decoder.build(shape, small_tokenizer, Load(), seed=seed).save(folder / "models" / name)
    return folder


def systems(checkout, answers, **changes):
    from dataclasses import replace

    return Systems(checkout / "models", replace(OPTIONS, **changes), answers), Split.read(checkout / "chat", "sentiment")


def test_an_interrupted_run_continues_with_the_next_batch_and_gives_the_same_replies(checkout, tmp_path, monkeypatch):
    whole, split = systems(checkout, tmp_path / "whole")
    expected = whole.tuned(split)
    append, batches = Stored.append, []

    def killed(self, *args):
        if len(batches) == 2:
            raise KeyboardInterrupt
        batches.append(args)
        append(self, *args)

    interrupted, _ = systems(checkout, tmp_path / "parts")
    monkeypatch.setattr(Stored, "append", killed)
    with pytest.raises(KeyboardInterrupt):
        interrupted.tuned(split)
    file = next((tmp_path / "parts").iterdir())
    with file.open("ab") as torn:
        torn.write(b'{"seconds": 1, "repl')  # killed while it wrote
    monkeypatch.setattr(Stored, "append", lambda self, *args: (batches.append(args), append(self, *args)))
    continued, _ = systems(checkout, tmp_path / "parts")
    assert continued.tuned(split).replies == expected.replies
    assert len(batches) == 4  # of three prompts each: none was computed twice
    monkeypatch.setattr(Generator, "_answer", None)  # a third run computes nothing
    assert systems(checkout, tmp_path / "parts")[0].tuned(split).replies == expected.replies


def test_other_settings_and_another_model_start_anew(checkout, tmp_path):
    for changes in ({}, {"batch": 4}, {"tuned": 9}, {"seed": 8}, {"dtype": "bfloat16"}):
        own, split = systems(checkout, tmp_path, **changes)
        own.tuned(split)
    assert len(list(tmp_path.iterdir())) == 5
    assert model_hash(checkout / "models", "base") != model_hash(checkout / "models", "sft")


def test_the_untuned_model_answers_the_first_prompts_of_the_tuned_one(checkout, tmp_path):
    own, split = systems(checkout, tmp_path)
    tuned, few, zero = own.tuned(split), own.few_shot(split), own.zero_shot(split)
    assert [row["id"] for row in few.rows] == [row["id"] for row in zero.rows] == [row["id"] for row in tuned.rows[:6]]
    assert few.choice["shots"] in (1, 2) and len(few.choice["tried"]) == 4


def test_shots_that_do_not_fit_are_not_tried(checkout, tmp_path):
    own, split = systems(checkout, tmp_path, shots=(1, 30))
    assert set(own.few_shot(split).choice["tried"]) == {"1, draw 0", "1, draw 1"}
    with pytest.raises(LongerThanContextError, match="not even 30 shots"):
        systems(checkout, tmp_path, shots=(30,))[0].few_shot(split)


def test_stored_replies_survive(tmp_path):
    stored = Stored(tmp_path, "sft", {"model": "a"})
    stored.append(["one", "two"], [Reply("olá", 3, True), Reply("", 1, False)], 2.5)
    again = Stored(tmp_path, "sft", {"model": "a"})
    assert (again.replies["one"], again.batches, again.seconds) == (Reply("olá", 3, True), 1, 2.5)
    assert not Stored(tmp_path, "sft", {"model": "b"}).replies


def test_the_report_is_the_same_when_it_runs_again(checkout, tmp_path, capsys):
    where = ["--chat", str(checkout / "chat"), "--models", str(checkout / "models"), "--into", str(tmp_path)]
    sizes = "--tasks sentiment --tuned 12 --untuned 6 --chosen-on 4 --shots 1 2 --batch 4 --dtype float32 --threads 1".split()
    outputs = []
    for _ in range(2):
        assert command.main([*where, *sizes]) == 0
        outputs.append(json.loads(capsys.readouterr().out.splitlines()[-1]))
    assert outputs[0]["tasks"] == outputs[1]["tasks"]
    own = outputs[0]["tasks"]["sentiment"]
    assert {name: system["n"] for name, system in own["systems"].items()} == {
        "zero_shot": 6,
        "few_shot": 6,
        "sft": 12,
        "baseline": 12,
        "majority": 12,
    }
    assert own["differences"]["few_shot"]["n"] == 6 and own["differences"]["baseline"]["n"] == 12
    assert own["verdict"] == "not worth tuning"  # both models are untrained
    assert own["sentence"] in (tmp_path / "report.md").read_text()
    assert json.loads((tmp_path / "report.json").read_text()) == outputs[1]


def test_a_missing_model_is_one_sentence(checkout, tmp_path, capsys):
    where = ["--chat", str(checkout / "chat"), "--models", str(tmp_path / "none"), "--into", str(tmp_path)]
    assert command.main([*where, "--tasks", "sentiment"]) == 1
    assert "none/base is not a model folder" in capsys.readouterr().err
