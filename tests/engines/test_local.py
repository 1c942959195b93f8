import pytest

from vitrine.chat.messages import asked
from vitrine.engines.engine import Sampling
from vitrine.engines.local import Local

PROMPTS = [asked("Oi"), asked("avaliação " * 6), asked("bom"), asked("")]


@pytest.fixture
def engine(base):
    return Local.load(base, batch=2)


def test_answers_come_in_the_order_asked_whatever_the_batch(engine, base):
    sampling = Sampling(max_tokens=6)
    texts = [[one.text for one in several] for several in engine.answer(PROMPTS, sampling)]
    alone = [[one.text for one in engine.answer([prompt], sampling)[0]] for prompt in PROMPTS]
    assert texts == alone and all(len(several) == 1 for several in texts)
    assert texts == [[one.text for one in several] for several in Local.load(base, batch=64).answer(PROMPTS, sampling)]


def test_samples_differ_and_the_seed_decides_them(engine):
    def drawn(seed):
        found = engine.answer(PROMPTS, Sampling(max_tokens=8, temperature=1.0, samples=3, seed=seed))
        return [[one.text for one in several] for several in found]

    assert drawn(7) == drawn(7) != drawn(8)
    assert all(len(several) == 3 for several in drawn(7)) and len(set(drawn(7)[0])) > 1


def test_a_prompt_that_is_read_once_is_answered_as_if_it_were_read_each_time(base):
    engine, sampling = Local.load(base, batch=12), {"max_tokens": 8, "temperature": 1.0, "seed": 7}
    several = engine.answer(PROMPTS, Sampling(**sampling, samples=3))
    singly = engine.answer([prompt for prompt in PROMPTS for _ in range(3)], Sampling(**sampling))
    assert [one.text for answers in several for one in answers] == [answer.text for (answer,) in singly]


def test_an_answer_ends_at_the_limit_or_by_itself(engine):
    for (answer,) in engine.answer(PROMPTS, Sampling(max_tokens=5)):
        assert answer.tokens <= 5 and (answer.finished or answer.tokens == 5) and answer.seconds >= 0


def test_a_sampling_default_in_a_checkpoint_has_no_say(engine):
    greedy = engine.answer(PROMPTS, Sampling(max_tokens=6))
    engine.model.generation_config.update(do_sample=True, temperature=5.0, top_k=3, repetition_penalty=9.0)
    assert [a[0].text for a in engine.answer(PROMPTS, Sampling(max_tokens=6))] == [a[0].text for a in greedy]


def test_the_loss_is_that_of_the_reply_alone(engine):
    short, long = engine.losses([asked("Oi"), asked("Oi, tudo bem com você?")], ["bom", "bom"])
    assert short > 0 and long > 0 and short != long


def test_nothing_asked_is_nothing_answered(engine):
    assert engine.answer([], Sampling(max_tokens=4)) == []
