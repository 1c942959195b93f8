"""Examples of every task, made from the shared sample."""

import pytest

from vitrine.tasks import TASKS


@pytest.fixture(scope="session")
def examples(example_config):
    return {name: task.examples(example_config, limit=40, seed=7) for name, task in TASKS.items()}
