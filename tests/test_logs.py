"""The fixture caplog of tests/conftest.py does not depend on what earlier tests did to the loggers of the process."""

import logging

import pytest

LOG = logging.getLogger("vitrine.some.module")


@pytest.fixture
def disturbed():
    logger, root = (LOG.disabled, LOG.propagate, LOG.level), logging.root.level
    LOG.disabled, LOG.propagate = True, False
    LOG.setLevel(logging.CRITICAL)
    LOG.isEnabledFor(logging.WARNING)  # remembered by the logger
    logging.root.setLevel(logging.CRITICAL)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    logging.root.setLevel(root)
    LOG.disabled, LOG.propagate = logger[:2]
    LOG.setLevel(logger[2])


def test_a_warning_is_seen_by_a_disabled_logger_too(disturbed, caplog):
    LOG.warning("replies will run to their limit")
    assert "replies will run to their limit" in caplog.text
