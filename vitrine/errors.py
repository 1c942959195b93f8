"""The errors that this project raises on purpose.

VitrineError
  SettingsError     an unknown configuration key, or a value that is not allowed
  SourceError       a published file is missing, truncated or not in its publisher's format
  TableError        a parquet file is unreadable or does not have its schema
  AccountingError   rows in are not rows out plus rows set aside
  EmptyError        a table holds no rows, but the stage needs some
  ParseError        a reply has no answer in the requested format (the reply is scored; the stage goes on)
  VerifierError     a verifier fails: its database is gone, its workers die
  CheckpointError   a model folder does not load
  AuditError        training data or effective arguments differ from the requested ones

A bad reply is data: it raises ParseError inside its task and gets score 0. Every other error stops the stage with one
sentence: what happened, where, what to do. `vitrine.stage` prints it and exits with code 1.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class VitrineError(Exception):
    """Base class of the errors below."""


class SettingsError(VitrineError, ValueError):
    """An unknown configuration key, or a value that is not allowed."""


class SourceError(VitrineError, ValueError):
    """A published file is missing, truncated, or not in its publisher's format."""


class TableError(VitrineError, ValueError):
    """A parquet file cannot be read or does not have its schema."""


class AccountingError(VitrineError, RuntimeError):
    """Rows in are not rows out plus rows set aside."""


class EmptyError(VitrineError, ValueError):
    """A table holds no rows, but at least one is needed."""


class ParseError(VitrineError, ValueError):
    """A model's reply has no answer in the requested format."""


class VerifierError(VitrineError, RuntimeError):
    """A verifier fails for reasons other than the reply."""


class CheckpointError(VitrineError, OSError):
    """A model folder does not hold a model that loads."""


class AuditError(VitrineError, RuntimeError):
    """Training data or effective arguments differ from the requested ones."""


def first_line(error: BaseException) -> str:
    """The first line of a library's error, short enough for a message of ours."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def suggestion(name: str, known: Iterable[str]) -> str:
    """ "; did you mean scale?" if a known name is similar to `name`, else an empty text."""
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""
