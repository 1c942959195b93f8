"""One small shop for every test of SQL, and sandboxes over it."""

import pytest

from tests.verifiers import shops


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    return shops.build(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def sandbox(shop):
    with shops.over(shop, seconds=0.3) as opened:
        yield opened


@pytest.fixture(scope="module", params=shops.ENGINES)
def either(shop, request):
    """A sandbox over each engine."""
    with shops.over(shop, engine=request.param, seconds=0.3) as opened:
        yield opened
