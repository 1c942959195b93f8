"""The contract rejects every mutant of every grader (tests/tasks/mutants.py)."""

from dataclasses import replace

import pytest

from tests.tasks import cheats as library
from tests.tasks import contract
from tests.tasks.mutants import mutants
from vitrine.errors import VitrineError

MODULES = sorted({library.module_name(task) for task in library.COVERED})
MUTANT_ERRORS = (VitrineError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError)  # a mutant may raise these


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_the_contract_rejects_every_mutant(module, examples):
    """A mutant survives if it passes the contract of every task that uses the module."""
    tasks = [task for task in library.COVERED if library.module_name(task) == module]
    survivors = [surviving_mutants(task, examples[task.name]) for task in tasks]
    assert set.intersection(*survivors) == set(getattr(library.reply_module(tasks[0]), "EQUIVALENT_MUTANTS", {}))


def surviving_mutants(task, examples):
    """The names of the mutants that pass the task's contract."""
    cases = library.cases(task, examples, getattr(library.reply_module(task), "MAX_CASES", 8))
    assert contract.first_violation(cases) is None
    survivors, count = set(), 0
    for name, mutant in mutants(task, [case.facts for case in cases]):
        count += 1
        try:
            if contract.first_violation([replace(case, task=mutant) for case in cases]) is None:
                survivors.add(name)
        except MUTANT_ERRORS:
            continue
    assert count >= 5
    return survivors
