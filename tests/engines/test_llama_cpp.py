import json
import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest
import torch

from tests.tiny import rows
from vitrine.chat.messages import user_message
from vitrine.engines import llama_process
from vitrine.engines.engine import Sampling
from vitrine.engines.settings import LlamaCpp, Transformers
from vitrine.errors import CheckpointError, SettingsError, VerifierError
from vitrine.lm.model import Model
from vitrine.lm.settings import Load

pytest.importorskip("xllamacpp", reason="the extra gguf")
gguf = pytest.importorskip("gguf", reason="the extra gguf")

CPU = Load(device="cpu")
PROMPTS = [user_message(text) for text in ("Oi", "avaliação " * 6, "bom", "", "nota 5, chegou antes", "não gostei", "bom")]
MANY = {"max_tokens": 8, "temperature": 1.0, "samples": 3, "seed": 7}


def flat(answers):
    return [(one.text, one.tokens, one.finished) for several in answers for one in several]


@pytest.fixture(scope="module")
def file(base, tmp_path_factory):
    from vitrine.engines.gguf import write

    path = tmp_path_factory.mktemp("gguf") / "base.gguf"
    write(Model.load(base, CPU), path, "float32")
    return path


@pytest.fixture(scope="module")
def engine(base, file):
    return LlamaCpp(name="llama_cpp", batch=4, file=str(file)).open(base, CPU)


@pytest.fixture(scope="module")
def reference(base):
    return Transformers(name="transformers", batch=8).open(base, CPU)


# ------------------------------------------------------------------------------------------- the same as transformers


@pytest.mark.parametrize("more", [{}, {"logprobs": True}], ids=str)
def test_greedy_answers_in_float32_equal_those_of_transformers(engine, reference, more):
    sampling = Sampling(max_tokens=24, **more)
    ours, theirs = engine.answer(PROMPTS, sampling), reference.answer(PROMPTS, sampling)
    assert flat(ours) == flat(theirs)
    for (own,), (other,) in zip(ours, theirs, strict=True):
        assert (own.logprobs is None) == (not more)
        assert not more or own.logprobs == pytest.approx(other.logprobs, abs=1e-3)


@pytest.mark.parametrize("logprobs", [False, True])
@pytest.mark.parametrize("place", [1, 4])
def test_stop_strings_cut_as_in_transformers(engine, reference, place, logprobs):
    whole = reference.answer(PROMPTS, Sampling(max_tokens=16))[0][0].text
    sampling = Sampling(max_tokens=16, stop=("never made", whole[place : place + 2]), logprobs=logprobs)
    ours, theirs = engine.answer(PROMPTS, sampling), reference.answer(PROMPTS, sampling)
    assert flat(ours) == flat(theirs) and ours[0][0].finished and ours[0][0].tokens < 16
    assert not logprobs or [len(one.logprobs) for (one,) in ours] == [one.tokens for (one,) in ours]


def test_losses_equal_those_of_transformers(engine, reference):
    prompts, replies = PROMPTS[:3], ["bom", "positivo, nota 5", ""]
    assert engine.losses(prompts, replies) == pytest.approx(reference.losses(prompts, replies), abs=1e-4)


def test_temperature_is_applied_to_the_whole_distribution(base, file, reference):
    """The mean log-probability of sampled tokens is what the logits imply: no top-k, top-p or min-p of llama.cpp is left."""
    ids = reference.model.token_ids(PROMPTS[0], to_answer=True)
    with torch.inference_mode():
        logits = reference.weights(torch.tensor([ids])).logits[0, -1]
    engine = LlamaCpp(name="llama_cpp", batch=64, file=str(file)).open(base, CPU)
    for temperature in (0.5, 2.0):
        chosen = (logits / temperature).softmax(-1)
        expected = float((chosen * logits.log_softmax(-1)).sum())
        spread = float((chosen * (logits.log_softmax(-1) - expected) ** 2).sum() ** 0.5)
        drawn = engine.answer(PROMPTS[:1], Sampling(max_tokens=1, temperature=temperature, samples=400, seed=3, logprobs=True))
        mean = sum(one.logprobs[0] for one in drawn[0]) / 400
        assert mean == pytest.approx(expected, abs=4 * spread / 20)


def test_tokens_that_end_within_a_character_have_log_probabilities(engine, reference):
    answers = engine.answer(PROMPTS[:2], Sampling(max_tokens=6, temperature=2.0, samples=8, seed=5, logprobs=True))
    assert any("\N{REPLACEMENT CHARACTER}" in one.text for several in answers for one in several)
    assert all(len(one.logprobs) == one.tokens for several in answers for one in several)


# --------------------------------------------------------------------------------------------------------- sampling


def test_samples_depend_on_the_seed_only(engine):
    def drawn(seed):
        return flat(engine.answer(PROMPTS, Sampling(**MANY | {"seed": seed})))

    first = drawn(7)
    assert first == drawn(7) != drawn(8)
    assert len(set(first[:3])) > 1 and first[6:9] != first[-3:], "samples of a prompt, and equal prompts, are independent"


def test_more_samples_than_slots_and_slots_do_not_change_samples(base, file):
    engines = [LlamaCpp(name="llama_cpp", batch=batch, file=str(file)).open(base, CPU) for batch in (1, 2, 64)]
    one, two, many = (flat(engine.answer(PROMPTS, Sampling(**MANY))) for engine in engines)
    assert one == two == many and len(one) == 3 * len(PROMPTS)


@pytest.mark.parametrize("cut", [{"top_k": 1}, {"top_p": 1e-6}], ids=str)
def test_sampling_only_the_likeliest_token_is_greedy(engine, cut):
    greedy = engine.answer(PROMPTS, Sampling(max_tokens=8, samples=3))
    assert flat(engine.answer(PROMPTS, Sampling(**MANY | cut))) == flat(greedy) != flat(engine.answer(PROMPTS, Sampling(**MANY)))


def test_no_prompts_give_no_answers(engine):
    assert engine.answer([], Sampling(max_tokens=4)) == [] == engine.losses([], [])


def test_requests_are_not_logged(engine, caplog):
    """A benchmark makes thousands of them."""
    with caplog.at_level(logging.INFO):
        engine.answer(PROMPTS[:2], Sampling(max_tokens=2))
    assert not [record for record in caplog.records if record.name.startswith("http")]


def test_a_call_leaves_nothing_behind_for_the_next(engine):
    sampling = Sampling(max_tokens=8, logprobs=True)
    first = engine.answer(PROMPTS[:3], sampling)
    engine.answer(PROMPTS[3:], replace(sampling, samples=2, temperature=1.0))
    assert engine.answer(PROMPTS[:3], sampling) == first, "to the last bit"


# -------------------------------------------------------------------------------------------------------- settings


def test_batch_and_threads_reach_llama_cpp(base, file, monkeypatch):
    engine = LlamaCpp(name="llama_cpp", batch=3, threads=2, file=str(file)).open(base, CPU)
    asked, serve = [], engine.llama.serve
    monkeypatch.setattr(engine.llama, "serve", lambda **how: asked.append(how) or serve(**how))
    engine.answer(PROMPTS, Sampling(max_tokens=4))
    with serve(slots=3, context=256) as server:
        assert server.get("/props")["total_slots"] == 3
    assert asked[0]["slots"] == 3 and engine.llama.threads == 2


def test_a_folder_is_converted_and_the_weights_may_be_quantised(base, engine):
    exact, rounded = (LlamaCpp(name="llama_cpp", batch=4, weights=weights).open(base, CPU) for weights in (None, "q8_0"))
    assert exact.llama.file.name == f"{base.name}.gguf" and exact.llama.file.stat().st_size > rounded.llama.file.stat().st_size
    losses = [opened.losses(PROMPTS[:2], ["bom", "ruim"]) for opened in (engine, exact, rounded)]
    assert losses[0] == losses[1] != losses[2] and losses[2] == pytest.approx(losses[0], abs=0.05)
    kept = exact.llama.file
    del exact
    assert not kept.exists(), "scratch"


def test_the_name_of_the_model_stands_in_the_name_of_the_file(base, file):
    named = file.with_name(f"{base.name}-x.gguf")
    named.write_bytes(file.read_bytes())
    opened = LlamaCpp(name="llama_cpp", batch=1, file=str(file.with_name("{model}-x.gguf"))).open(base, CPU)
    assert opened.llama.file == named


# ------------------------------------------------------------------------------------------------------------ errors


def opened(base, file=None, load=CPU):
    return LlamaCpp(name="llama_cpp", batch=1, file=file and str(file)).open(base, load)


@pytest.mark.parametrize("package", ["xllamacpp", "gguf"])
def test_a_missing_extra_is_one_sentence(base, monkeypatch, package):
    find = llama_process.find_spec
    monkeypatch.setattr(llama_process, "find_spec", lambda name: None if name == package else find(name))
    with pytest.raises(SettingsError, match=rf"needs the package {package}, which is not installed: pip install .*\[gguf\]"):
        opened(base)


def test_a_file_that_is_no_gguf_is_one_sentence(base, file, tmp_path):
    with pytest.raises(CheckpointError, match=r"x.gguf is not there"):
        opened(base, tmp_path / "x.gguf")
    (tmp_path / "x.gguf").write_text("weights")
    with pytest.raises(CheckpointError, match="is not a GGUF file"):
        opened(base, tmp_path / "x.gguf")
    (tmp_path / "x.gguf").write_bytes(file.read_bytes()[:9000])
    with pytest.raises(CheckpointError, match=r"llama.cpp cannot load .*x.gguf \(.+\)"):
        opened(base, tmp_path / "x.gguf")


def test_a_file_of_another_vocabulary_is_refused(base, file, tmp_path):
    from vitrine.chat.template import TEMPLATES
    from vitrine.lm import tokenizer

    def folder(name, words, size):
        made = tokenizer.train(words, TEMPLATES["chatml"], vocabulary=size, context=128)
        made.save_pretrained(tmp_path / name)
        return tmp_path / name

    with pytest.raises(CheckpointError, match=r"has \d+ tokens and the model's tokenizer 320: it was not made from this model"):
        opened(folder("longer", [" ".join(f"palavra{a}{b}" for a in "abcdefgh" for b in "mnopqrst")], 320), file)
    other = folder("other", ["xyz wq kkj jjw zzq"], 280)
    table = json.loads((other / "tokenizer.json").read_text())
    names = list(table["model"]["vocab"])[3:]
    table["model"]["vocab"] |= dict(zip(names, range(len(names) + 2, 2, -1), strict=True))
    (other / "tokenizer.json").write_text(json.dumps(table))
    with pytest.raises(CheckpointError, match="has another vocabulary: its token"):
        opened(other, file)


def test_a_prompt_longer_than_the_context_is_refused_and_a_reply_ends_there(engine):
    with pytest.raises(CheckpointError, match=r"a prompt of \d+ tokens does not fit into the context of .*128 tokens"):
        engine.answer([user_message("não " * 200)], Sampling(max_tokens=4))
    (answer,) = engine.answer([user_message("n" * 100)], Sampling(max_tokens=500))[0]
    assert answer.finished or answer.tokens < 128


def test_options_that_would_be_ignored_are_refused(base, file):
    with pytest.raises(SettingsError, match=r"load.quantisation is for engine.name=transformers"):
        opened(base, file, Load(quantisation="int8"))
    with pytest.raises(ValueError, match="set one of them to null"):
        LlamaCpp(name="llama_cpp", batch=1, file="x.gguf", weights="q8_0")


# ------------------------------------------------------------------------------------------------------- the process


def test_the_process_ends_with_its_engine(base, file):
    engine = opened(base, file)
    process, folder = engine.llama.process, engine.llama.socket.parent
    assert process.poll() is None and folder.stat().st_mode & 0o077 == 0, "no other user may ask"
    del engine
    assert process.poll() is not None and not folder.exists()


def test_the_process_ends_when_its_parent_is_killed(file):
    code = (
        "import sys, time; from pathlib import Path; from vitrine.engines.llama_process import LlamaProcess\n"
        f"llama = LlamaProcess(Path({str(file)!r}), threads=1, gpu_layers=0)\n"
        "with llama.serve(slots=1, context=256): print(llama.process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        os.kill(parent.pid, signal.SIGKILL)
    child.wait(20) if psutil.pid_exists(child.pid) else None
    assert not child.is_running()


def test_the_end_of_llama_cpp_is_one_sentence(base, file):
    engine = opened(base, file)
    engine.llama.process.kill()
    time.sleep(0.1)
    with pytest.raises(CheckpointError, match=r"llama.cpp cannot load"):
        engine.answer(PROMPTS, Sampling(max_tokens=4))


# --------------------------------------------------------------------------------------------------------- the benchmark


def test_the_benchmark_compares_the_engines_by_tokens_answers_and_scores(engine, reference):
    from benchmarks.engine_llama_cpp import REFERENCE, check_gold, compare, equal_prompts

    chosen = rows(8)
    check_gold(chosen)
    assert equal_prompts(engine, chosen) == 1
    figures = compare(chosen, {REFERENCE: reference, "llama_cpp": engine}, rounds=1, samples=2)
    own = figures["greedy"]["llama_cpp"]
    assert own["equal_answers"] == 1 and own["score"] == figures["greedy"][REFERENCE]["score"]
    assert own["ratio"] > 0 and own["processor_ratio"] > 0 and own["score_difference"][0] == 0
    assert "equal_answers" not in figures["sampled"]["llama_cpp"], "other random numbers"
    with pytest.raises(VerifierError, match=r"the gold replies earn 0\.000 instead of 1"):
        check_gold([row | {"gold": "?"} for row in chosen])
