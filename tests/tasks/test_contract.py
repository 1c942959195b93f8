"""What holds for every graded task whatever the reply: bounded, finite, the same again, rising where it should.

Tasks bring their own replies in tests/tasks/cheats; what is asked of them all stands in tests/tasks/contract.py.
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

pytestmark = pytest.mark.slow  # the inner loop does without them

ANY_CHARACTER = st.characters(exclude_categories=())  # halves of surrogate pairs and control characters among them
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
    """The gold reply with a piece cut out, put in, doubled or replaced."""
    places = st.integers(0, len(gold))
    return st.builds(lambda a, b, piece: gold[: min(a, b)] + piece + gold[max(a, b) :], places, places, TEXTS | st.just(gold))


@pytest.fixture(scope="module")
def cases(examples):
    return {task.name: library.cases(task, examples[task.name], 10) for task in library.TRIED}


@pytest.mark.parametrize("task", library.TRIED, ids=lambda task: task.name)
@pytest.mark.parametrize("check", contract.CHECKS[:-1], ids=lambda check: check.__name__)  # test_cheats is the last one
def test_contract(task, check, cases):
    assert list(check(cases[task.name])) == []


@pytest.mark.parametrize("task", library.TRIED, ids=lambda task: task.name)
def test_nothing_is_earned_without_reading_the_prompt(task, examples, record_property):
    cases = library.cases(task, examples[task.name], getattr(library.material(task), "FEW", 40))
    constant, earned = weak.best_constant(cases)  # of a skewed label it earns more than shuffled gold: reported, not forbidden
    for name, value in (("shuffled_gold", weak.shuffled_gold(cases)), ("best_constant", earned), ("constant", constant)):
        record_property(name, value)
    assert [wrong for check in contract.READS_THE_PROMPT for wrong in check(cases)] == []


@pytest.mark.parametrize("task", library.TRIED, ids=lambda task: task.name)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_reply_is_scored(task, data, cases):
    case = data.draw(st.sampled_from(cases[task.name]), "case")
    reply = data.draw(TEXTS | JSON | SQL | LONG | mutations(case.gold), "reply")
    grade = task.grade(reply, case.facts)
    assert 0.0 <= grade.score <= 1.0
    assert all(isinstance(part, float) and math.isfinite(part) for part in grade.components.values())
    assert task.grade(reply, json.loads(json.dumps(case.facts))) == grade


@pytest.mark.parametrize("task", library.GRADED, ids=lambda task: task.name)
def test_facts_survive_json_and_are_not_changed(task, examples):
    for example in examples[task.name][:5]:
        facts = task.facts(example)
        kept = json.dumps(facts, sort_keys=True)
        assert json.loads(kept) == facts
        task.grade(str(task.gold(example)), facts)
        assert json.dumps(facts, sort_keys=True) == kept


@pytest.mark.parametrize("task", library.TRIED, ids=lambda task: task.name)
def test_partial_credit_tells_replies_apart_that_right_or_wrong_does_not(task, cases, record_property):
    """Groups of eight replies by a made weak model: gold with words missing, an honest weak answer, another's gold."""
    chance, samples = random.Random(7), []
    for case in cases[task.name]:
        poor = weak.weak(case)
        replies = [_worn(chance, chance.choice([case.gold, poor, poor, case.others[0]])) for _ in range(8)]
        samples.append([case.score(reply) for reply in replies])
    continuous = groups.of_samples(samples, 8)
    binary = groups.of_samples([groups.binary(scores, task.solved) for scores in samples], 8)
    record_property("zero_variance", {"continuous": continuous, "binary": binary})
    assert continuous <= binary and continuous < 0.5


def _worn(chance: random.Random, reply: str) -> str:
    words = reply.split(" ")
    if chance.random() < 0.5 and len(words) > 2:
        del words[chance.randrange(len(words))]
    return " ".join(words)
