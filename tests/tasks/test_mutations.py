"""A reward that is broken in any of the ways of tests/tasks/mutants.py is found out by the contract, on every page."""

from dataclasses import replace

import pytest

from tests.tasks import cheats as library
from tests.tasks import contract
from tests.tasks.mutants import mutants
from vitrine.errors import VitrineError

PAGES = sorted({library.page(task) for task in library.TRIED})
NO_GRADE = (VitrineError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError)  # what a broken page raises


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_a_broken_reward_is_found_out(page, examples):
    tasks = [task for task in library.TRIED if library.page(task) == page]
    alive = [survivors(task, examples[task.name]) for task in tasks]
    assert set.intersection(*alive) == set(getattr(library.material(tasks[0]), "EQUIVALENT", {}))


def survivors(task, examples):
    """The changes to the page of a task that nothing in its contract notices."""
    cases = library.cases(task, examples, getattr(library.material(task), "FEW", 8))
    assert contract.breach(cases) is None
    found, tried = set(), 0
    for name, mutant in mutants(task, [case.facts for case in cases]):
        tried += 1
        try:
            if contract.breach([replace(case, task=mutant) for case in cases]) is None:
                found.add(name)
        except NO_GRADE:
            continue
    assert tried >= 5
    return found
