import pytest
import torch

from vitrine.chat.messages import user_message
from vitrine.engines.engine import Sampling
from vitrine.engines.settings import Transformers
from vitrine.lm.settings import Load

PROMPTS = [user_message("Oi"), user_message("avaliação " * 6), user_message("bom"), user_message("")]


def open_engine(base, batch):
    return Transformers(name="transformers", batch=batch).open(base, Load())


@pytest.fixture
def engine(base):
    return open_engine(base, batch=2)


def test_answers_keep_the_order_of_prompts_for_any_batch_size(engine, base):
    sampling = Sampling(max_tokens=6)
    texts = [[answer.text for answer in samples] for samples in engine.answer(PROMPTS, sampling)]
    alone = [[one.text for one in engine.answer([prompt], sampling)[0]] for prompt in PROMPTS]
    assert texts == alone and all(len(several) == 1 for several in texts)
    assert texts == [[answer.text for answer in samples] for samples in open_engine(base, batch=64).answer(PROMPTS, sampling)]


def test_samples_differ_and_same_seed_gives_same_samples(engine):
    def drawn(seed):
        answers = engine.answer(PROMPTS, Sampling(max_tokens=8, temperature=1.0, samples=3, seed=seed))
        return [[answer.text for answer in samples] for samples in answers]

    assert drawn(7) == drawn(7) != drawn(8)
    assert all(len(several) == 3 for several in drawn(7)) and len(set(drawn(7)[0])) > 1


def test_sampling_a_prompt_read_once_equals_sampling_copies_of_it(base):
    engine, sampling = open_engine(base, batch=12), {"max_tokens": 8, "temperature": 1.0, "seed": 7}
    several = engine.answer(PROMPTS, Sampling(**sampling, samples=3))
    singly = engine.answer([prompt for prompt in PROMPTS for _ in range(3)], Sampling(**sampling))
    assert [one.text for answers in several for one in answers] == [answer.text for (answer,) in singly]


def test_an_answer_is_finished_or_has_max_tokens(engine):
    for (answer,) in engine.answer(PROMPTS, Sampling(max_tokens=5)):
        assert answer.tokens <= 5 and (answer.finished or answer.tokens == 5)


def test_tokens_counts_up_to_and_including_the_stop_token(engine, monkeypatch):
    outputs, decode, stop = [], engine.tokenizer.batch_decode, engine.tokenizer.eos_token_id
    monkeypatch.setattr(engine.tokenizer, "batch_decode", lambda out, **options: outputs.append(out) or decode(out, **options))
    bias = torch.zeros(engine.weights.config.vocab_size)
    bias[stop] = 3.0  # so that some answers are finished
    engine.weights.lm_head.register_forward_hook(lambda layer, inputs, logits: logits + bias)
    drawn = [Sampling(max_tokens=12, temperature=2.0, samples=8, seed=seed) for seed in range(4)]
    answers = [one for prompt, sampling in zip(PROMPTS, drawn, strict=True) for one in engine.answer([prompt], sampling)[0]]
    rows = [row for out in outputs for row in out.tolist()]
    assert len(rows) == len(answers) == 32
    assert [one.tokens for one in answers] == [row.index(stop) + 1 if stop in row else 12 for row in rows]
    assert {one.finished for one in answers} == {True, False} and len({one.tokens for one in answers}) > 3
    assert [one.finished for one in answers] == [stop in row for row in rows]


def test_sampling_defaults_of_a_checkpoint_are_ignored(engine):
    greedy = engine.answer(PROMPTS, Sampling(max_tokens=6))
    engine.weights.generation_config.update(do_sample=True, temperature=5.0, top_k=3, repetition_penalty=9.0)
    assert [a[0].text for a in engine.answer(PROMPTS, Sampling(max_tokens=6))] == [a[0].text for a in greedy]


MANY = {"max_tokens": 8, "temperature": 1.0, "samples": 3, "seed": 7}


def texts(engine, **sampling):
    return [[answer.text for answer in samples] for samples in engine.answer(PROMPTS, Sampling(**MANY | sampling))]


@pytest.mark.parametrize("cut", [{"top_k": 1}, {"top_p": 1e-6}], ids=str)
def test_sampling_only_the_likeliest_token_is_greedy(engine, cut):
    greedy = texts(engine, temperature=0.0, samples=1)
    assert texts(engine, **cut) == [several * 3 for several in greedy]
    assert texts(engine) != [several * 3 for several in greedy]


@pytest.mark.parametrize("place", [0, 3])
def test_an_answer_ends_before_a_stop_string(engine, place):
    whole = [one for several in engine.answer(PROMPTS, Sampling(**MANY)) for one in several]
    stop = whole[0].text[place : place + 3]
    cut = [one for several in engine.answer(PROMPTS, Sampling(**MANY, stop=("never made", stop))) for one in several]
    assert cut[0].text == whole[0].text.partition(stop)[0] and cut[0].finished and 0 < cut[0].tokens < whole[0].tokens
    assert [one.text for one in cut] == [one.text.partition(stop)[0] for one in whole]


def test_a_stop_string_in_the_prompt_is_ignored(engine):
    sampling, ending = {"max_tokens": 6}, "assistant\n"
    assert engine.answer(PROMPTS, Sampling(**sampling, stop=(ending,)))[0][0].tokens > 1
    (whole,) = engine.answer(PROMPTS[:1], Sampling(**sampling))[0]
    across = "\n" + whole.text[0]
    (cut,) = engine.answer(PROMPTS[:1], Sampling(**sampling, stop=(across,)))[0]
    assert cut.text == whole.text.partition(across)[0]


def test_log_probabilities_are_before_temperature(engine, monkeypatch):
    outputs, decode = [], engine.tokenizer.batch_decode
    monkeypatch.setattr(engine.tokenizer, "batch_decode", lambda out, **options: outputs.append(out) or decode(out, **options))
    (answers,) = engine.answer(PROMPTS[:1], Sampling(max_tokens=6, temperature=2.0, samples=3, seed=7, logprobs=True))
    before = engine.model.token_ids(PROMPTS[0], to_answer=True)
    for answer, ids in zip(answers, torch.cat(outputs).tolist(), strict=False):
        own = ids[: answer.tokens]
        with torch.inference_mode():
            logits = engine.weights(torch.tensor([before + own])).logits[0, len(before) - 1 : -1]
        true = logits.log_softmax(-1).gather(1, torch.tensor(own)[:, None]).flatten().tolist()
        assert answer.logprobs == pytest.approx(true, abs=1e-4)
    assert engine.answer(PROMPTS[:1], Sampling(max_tokens=2))[0][0].logprobs is None


def test_thinking_is_passed_to_the_template(engine):
    engine.tokenizer.chat_template = "{{ messages[0]['content'] }}{{ ' pense' if enable_thinking else ' responda' }}"
    ids = [engine.model.token_ids(PROMPTS[0], to_answer=True, thinking=thinking) for thinking in (False, True)]
    assert [engine.tokenizer.decode(prompt) for prompt in ids] == ["Oi responda", "Oi pense"]
    assert texts(engine, thinking=True) != texts(engine)


def test_the_loss_depends_on_prompt_and_reply(engine):
    short, long = engine.losses([user_message("Oi"), user_message("Oi, tudo bem com você?")], ["bom", "bom"])
    assert short > 0 and long > 0 and short != long


def test_no_prompts_give_no_answers(engine):
    assert engine.answer([], Sampling(max_tokens=4)) == []
