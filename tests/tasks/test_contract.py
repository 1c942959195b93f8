"""Every grader keeps the contract, and its scores are bounded, finite and deterministic for any reply.

Each task has its own replies in tests/tasks/cheats. The contract that all tasks share is tests/tasks/contract.py.
"""

import json
import math
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tasks import cheats as library
from tests.tasks import contract, weak
from vitrine.evaluation.audit import groups

pytestmark = pytest.mark.slow

ANY_CHARACTER = st.characters(exclude_categories=())  # including lone surrogates and control characters
TEXTS = st.text(ANY_CHARACTER, max_size=120)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
).map(json.dumps)
WORDS = (
    "SELECT FROM WHERE JOIN orders customers COUNT(*) ( ) , ; ' \" -- /* 1 NULL UNION ALL ORDER BY * = <think> </think>".split()
)
SQL = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)
LONG = st.builds(lambda text, times: text * times, st.text(ANY_CHARACTER, min_size=1, max_size=5), st.integers(1, 8_000))


def mutations(gold: str) -> st.SearchStrategy[str]:
    """The gold reply with a part removed, inserted, doubled or replaced."""
    positions = st.integers(0, len(gold))
    insert = TEXTS | st.just(gold)
    return st.builds(lambda a, b, text: gold[: min(a, b)] + text + gold[max(a, b) :], positions, positions, insert)


@pytest.fixture(scope="module")
def cases(examples):
    return {task.name: library.cases(task, examples[task.name], 10) for task in library.COVERED}


@pytest.mark.parametrize("task", library.COVERED, ids=lambda task: task.name)
@pytest.mark.parametrize("check", contract.CHECKS[:-1], ids=lambda check: check.__name__)  # test_cheats covers the last one
def test_contract(task, check, cases):
    assert list(check(cases[task.name])) == []


@pytest.mark.parametrize("task", library.COVERED, ids=lambda task: task.name)
def test_reading_the_prompt_is_necessary(task, examples, record_property):
    cases = library.cases(task, examples[task.name], getattr(library.reply_module(task), "MAX_CASES", 40))
    constant, score = weak.best_constant(cases)  # if labels are skewed it may beat shuffled gold: reported, but allowed
    for name, value in (("shuffled_gold", weak.shuffled_gold(cases)), ("best_constant", score), ("constant", constant)):
        record_property(name, value)
    assert [message for check in contract.PROMPT_CHECKS for message in check(cases)] == []


@pytest.mark.parametrize("task", library.COVERED, ids=lambda task: task.name)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_reply_gets_a_finite_and_repeatable_grade(task, data, cases):
    case = data.draw(st.sampled_from(cases[task.name]), "case")
    reply = data.draw(TEXTS | JSON | SQL | LONG | mutations(case.gold), "reply")
    grade = task.grade(reply, case.facts)
    assert 0.0 <= grade.score <= 1.0
    assert all(isinstance(part, float) and math.isfinite(part) for part in grade.components.values())
    assert task.grade(reply, json.loads(json.dumps(case.facts))) == grade


@pytest.mark.parametrize("task", library.GRADED, ids=lambda task: task.name)
def test_facts_survive_json_and_grading_does_not_change_them(task, examples):
    for example in examples[task.name][:5]:
        facts = task.facts(example)
        before = json.dumps(facts, sort_keys=True)
        assert json.loads(before) == facts
        task.grade(str(task.gold(example)), facts)
        assert json.dumps(facts, sort_keys=True) == before


@pytest.mark.parametrize("task", library.COVERED, ids=lambda task: task.name)
def test_continuous_rewards_give_fewer_zero_variance_groups_than_right_or_wrong(task, cases, record_property):
    """Groups of eight replies of a simulated weak model: gold, weak and shuffled gold replies, some with a word missing."""
    rng, samples = random.Random(7), []
    for case in cases[task.name]:
        poor = weak.weak_reply(case)
        replies = [_drop_a_word(rng, rng.choice([case.gold, poor, poor, case.others[0]])) for _ in range(8)]
        samples.append([case.score(reply) for reply in replies])
    continuous = groups.share_from_samples(samples, 8)
    binary = groups.share_from_samples([groups.solved_or_not(scores, task.solved) for scores in samples], 8)
    record_property("zero_variance", {"continuous": continuous, "binary": binary})
    assert continuous <= binary and continuous < 0.5


def _drop_a_word(rng: random.Random, reply: str) -> str:
    """The reply, half of the time without one of its words."""
    words = reply.split(" ")
    if rng.random() < 0.5 and len(words) > 2:
        del words[rng.randrange(len(words))]
    return " ".join(words)
