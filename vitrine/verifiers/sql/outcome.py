"""The outcome of a query in plain values only, so that the client can read it safely from the worker.

("timeout", (), [], "stopped after 0.07 s", ("orders",))
(None, ("n",), [(2000,)], "", ("orders",))                   failure, columns, rows, why, tables read
"""

import zlib
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from time import process_time
from uuid import UUID  # imported up front: later no file, and so no module, can be opened

from vitrine.errors import first_line

MAX_SQL_CHARACTERS = 20_000  # characters of SQL
MAX_BRACKET_DEPTH = 150  # parsers take quadratic time and memory in the depth, or worse
ROWS_PER_FETCH = 200  # the clock is checked after each fetch

Outcome = tuple["str | None", tuple[str, ...], list[tuple[object, ...]], str, tuple[str, ...]]


class Refused(Exception):
    """The text may not be run."""

    def __init__(self, failure: str, why: str) -> None:
        super().__init__(why)
        self.failure = failure


def check_readable(sql: str) -> None:
    """Refuse texts that no parser should be given."""
    if len(sql) > MAX_SQL_CHARACTERS:
        raise Refused("not_parsed", f"{len(sql)} characters of SQL; the limit is {MAX_SQL_CHARACTERS}")
    if "\0" in sql:
        raise Refused("not_parsed", "a zero byte")
    try:
        sql.encode()
    except UnicodeEncodeError as error:
        raise Refused("not_parsed", first_line(error)) from error
    if max(sql.count(bracket) for bracket in "([{") <= MAX_BRACKET_DEPTH:
        return
    depth = 0
    for letter in sql:  # brackets in string literals count too; no honest query has so many
        depth += (letter in "([{") - (letter in ")]}")
        if depth > MAX_BRACKET_DEPTH:
            raise Refused("not_parsed", f"more than {MAX_BRACKET_DEPTH} nested brackets")


def fetch_rows(
    columns: tuple[str, ...],
    fetch: Callable[[int], Sequence[Sequence[object]]],
    reads: tuple[str, ...],
    *,
    rows: int,
    size: int,
    until: float,
) -> Outcome:
    """Fetch the rows of a cursor. Fails if they are too many or if the process time passes `until`."""
    output: list[tuple[object, ...]] = []
    weight = 0
    while batch := fetch(ROWS_PER_FETCH):
        for row in batch:
            values = tuple([value if type(value) in PLAIN_TYPES else plain(value) for value in row])
            weight += sum([len(value) if isinstance(value, str) else 16 for value in values])
            output.append(values)
        if len(output) > rows or weight > size:
            return "too_large", columns, [], f"more than {rows} rows or {size} bytes", reads
        if process_time() > until:
            return "timeout", columns, [], "stopped while its rows were read", reads
    return None, columns, output, "", reads


PLAIN_TYPES = frozenset((type(None), bool, int, float, str))


def plain(value: object) -> object:
    """Convert a value to None, bool, int, float or str."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() and value.tzinfo is None else value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(str(plain(item)) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{plain(key)}: {plain(item)}' for key, item in value.items())}}}"
    return str(value)


def checksum(rows: Sequence[Sequence[object]]) -> int:
    """A checksum of the rows in order, equal in every process."""
    return zlib.crc32(repr([tuple(row) for row in rows]).encode())
