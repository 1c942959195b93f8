"""No cheat earns what an honest weak answer does: on the whole, and for each example unless it is right by chance."""

from collections import Counter

import pytest

from tests.tasks import cheats as library
from tests.tasks import contract
from tests.tasks import weak as rule

pytestmark = pytest.mark.slow  # the inner loop does without them


def known(task):
    """Cheats that a grader is known to pay for: named, so that nobody thinks they are not there."""
    return getattr(library.material(task), "PAYS", {}).get(task.name, {})


CASES = [
    pytest.param(
        task,
        name,
        id=f"{task.name}-{name}",
        marks=[pytest.mark.xfail(reason=known(task)[name], strict=True)] if name in known(task) else [],
    )
    for task in library.TRIED
    for name in library.cheats(task)
]


@pytest.fixture(scope="module")
def weak(examples):
    """Of each task some cases, and what an honest weak answer to each earns."""
    found = {}
    for task in library.TRIED:
        cases = library.cases(task, examples[task.name], getattr(library.material(task), "FEW", 12))
        found[task.name] = cases, [rule.honest(case) for case in cases]
    return found


@pytest.mark.parametrize(("task", "name"), CASES)
def test_a_cheat_earns_less_than_an_honest_weak_answer(task, name, weak):
    cases, honest = weak[task.name]
    say = library.cheats(task)[name]
    assert not contract.pays(cases, honest, name, [case.score(say(case)) for case in cases])


@pytest.mark.parametrize("task", library.TRIED, ids=lambda task: task.name)
def test_an_honest_weak_answer_is_worth_something_and_less_than_the_gold(task, weak):
    cases, honest = weak[task.name]
    assert 0.1 < sum(honest) / len(honest) < 0.99
    assert len({rule.weak(case) for case in cases}) > 1  # it reads what it is asked


def test_every_graded_task_brings_its_material():
    assert [task.name for task in library.GRADED if task not in library.TRIED] == []


def test_every_graded_task_says_what_must_be_read():
    missing = {task.name for task in library.TRIED if not hasattr(library.material(task), "pieces")}
    assert missing == set()


def test_the_library_is_large_and_no_cheat_is_there_twice():
    own = Counter(name for task in library.TRIED for name in library.material(task).CHEATS)
    assert len(library.anywhere.CHEATS) >= 40 and own.total() >= 60
    assert all(reason for task in library.TRIED for reason in getattr(library.material(task), "EXCUSED", {}).values())
