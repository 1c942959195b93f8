"""What goes wrong here, by name.

VitrineError
  SettingsError     a configuration key or value that cannot be meant
  SourceError       a published file is missing, truncated or not what its publisher ships
  TableError        a parquet file is unreadable or breaks its contract
  AccountingError   rows in are not rows out plus rows set aside
  EmptyError        a table that a stage cannot work without holds no rows
  ParseError        a reply holds no answer in the asked-for form (it is scored, never fatal)
  VerifierError     a verifier itself is broken: its database is gone, its workers die
  CheckpointError   a model folder does not load
  AuditError        training data or effective arguments are not what was asked for

A bad reply is data: it raises ParseError inside its task and earns 0. Everything else stops the stage with one
sentence that names the thing, what was expected, and what to do; `vitrine.stage` prints it and exits 1.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class VitrineError(Exception):
    """Base of everything this project raises on purpose."""


class SettingsError(VitrineError, ValueError):
    """A configuration key or value that this stage does not take."""


class SourceError(VitrineError, ValueError):
    """A published file is missing, truncated, or not in its publisher's format."""


class TableError(VitrineError, ValueError):
    """A parquet file cannot be read or lacks a column its contract promises."""


class AccountingError(VitrineError, RuntimeError):
    """A data stage lost rows, or made some up."""


class EmptyError(VitrineError, ValueError):
    """There are no rows where at least one is needed."""


class ParseError(VitrineError, ValueError):
    """A model's reply holds no answer in the asked-for form."""


class VerifierError(VitrineError, RuntimeError):
    """A verifier cannot do its work, whatever the reply was."""


class CheckpointError(VitrineError, OSError):
    """A model folder does not hold a model that loads."""


class AuditError(VitrineError, RuntimeError):
    """Training would not do what was asked for."""


def first_line(error: BaseException) -> str:
    """What an error of a library says, as far as it fits into a sentence of ours."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def suggestion(name: str, known: Iterable[str]) -> str:
    """ "; did you mean scale?" if one of the known names is close to a misspelt one, else nothing."""
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""
