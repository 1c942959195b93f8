"""Examples of every task, made from the shared sample."""

import pytest

from vitrine.tasks import TASKS


@pytest.fixture(scope="session")
def examples(places):
    return {name: task.examples(places, limit=40, seed=7) for name, task in TASKS.items()}
