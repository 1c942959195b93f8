"""The publishers' real files, where they are at hand."""

from pathlib import Path

import pytest

REAL = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def real() -> Path:
    if not REAL.is_dir():
        pytest.skip("the publishers' files are not at ../shared/data")
    return REAL
