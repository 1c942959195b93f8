"""Every cheat earns less than an honest weak answer: on average, and for each example unless it is right by chance."""

from collections import Counter

import pytest

from tests.tasks import cheats as library
from tests.tasks import contract, weak

pytestmark = pytest.mark.slow


def known_weaknesses(task):
    """Cheats that the task's grader is known to reward, with the reason."""
    return getattr(library.reply_module(task), "KNOWN_WEAKNESSES", {}).get(task.name, {})


CASES = [
    pytest.param(
        task,
        name,
        id=f"{task.name}-{name}",
        marks=[pytest.mark.xfail(reason=known_weaknesses(task)[name], strict=True)] if name in known_weaknesses(task) else [],
    )
    for task in library.COVERED
    for name in library.cheats(task)
]


@pytest.fixture(scope="module")
def cases_and_weak_scores(examples):
    """For each task some cases, and the score of an honest weak answer to each."""
    result = {}
    for task in library.COVERED:
        cases = library.cases(task, examples[task.name], getattr(library.reply_module(task), "MAX_CASES", 12))
        result[task.name] = cases, [weak.weak_score(case) for case in cases]
    return result


@pytest.mark.parametrize(("task", "name"), CASES)
def test_a_cheat_earns_less_than_an_honest_weak_answer(task, name, cases_and_weak_scores):
    cases, weak_scores = cases_and_weak_scores[task.name]
    make_reply = library.cheats(task)[name]
    assert not contract.why_cheat_pays(cases, weak_scores, name, [case.score(make_reply(case)) for case in cases])


@pytest.mark.parametrize("task", library.COVERED, ids=lambda task: task.name)
def test_an_honest_weak_answer_earns_something_but_less_than_the_gold(task, cases_and_weak_scores):
    cases, weak_scores = cases_and_weak_scores[task.name]
    assert 0.1 < sum(weak_scores) / len(weak_scores) < 0.99
    assert len({weak.weak_reply(case) for case in cases}) > 1  # it depends on the prompt


def test_every_graded_task_has_a_module_of_replies():
    assert [task.name for task in library.GRADED if task not in library.COVERED] == []


def test_every_graded_task_counts_the_items_to_read():
    missing = {task.name for task in library.COVERED if not hasattr(library.reply_module(task), "count_items")}
    assert missing == set()


def test_the_library_of_cheats_is_large_and_every_exclusion_has_a_reason():
    own = Counter(name for task in library.COVERED for name in library.reply_module(task).CHEATS)
    assert len(library.anywhere.CHEATS) >= 40 and own.total() >= 60
    assert all(reason for task in library.COVERED for reason in getattr(library.reply_module(task), "NOT_CHEATS", {}).values())
