"""What a query came to, in values so plain that nothing more needs to be read from the process that ran it.

("timeout", (), [], "stopped after 0.07 s", ("orders",))
(None, ("n",), [(2000,)], "", ("orders",))                   failure, columns, rows, why, the tables it reads
"""

import zlib
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from time import process_time
from uuid import UUID  # with the other types of values: no module can be imported once files cannot be opened

from vitrine.errors import first_line

MAX_SQL_CHARACTERS = 20_000  # characters of SQL
MAX_BRACKET_DEPTH = 150  # brackets in brackets: parsers need time and memory that grow with the square of it, or worse
ROWS_PER_FETCH = 200  # rows that are fetch_rows between two looks at the clock

Outcome = tuple["str | None", tuple[str, ...], list[tuple[object, ...]], str, tuple[str, ...]]


class Refused(Exception):
    """The text is not a query that is run here."""

    def __init__(self, failure: str, why: str) -> None:
        super().__init__(why)
        self.failure = failure


def check_readable(sql: str) -> None:
    """Refuse what no parser should be given."""
    if len(sql) > MAX_SQL_CHARACTERS:
        raise Refused("not_parsed", f"{len(sql)} characters of SQL, and {MAX_SQL_CHARACTERS} is the most that is read")
    if "\0" in sql:
        raise Refused("not_parsed", "a zero byte")
    try:
        sql.encode()
    except UnicodeEncodeError as error:
        raise Refused("not_parsed", first_line(error)) from error
    if max(sql.count(bracket) for bracket in "([{") <= MAX_BRACKET_DEPTH:
        return
    depth = 0
    for letter in sql:  # those in texts count too: no honest query has so many
        depth += (letter in "([{") - (letter in ")]}")
        if depth > MAX_BRACKET_DEPTH:
            raise Refused("not_parsed", f"more than {MAX_BRACKET_DEPTH} brackets in one another")


def fetch_rows(
    columns: tuple[str, ...],
    fetch: Callable[[int], Sequence[Sequence[object]]],
    reads: tuple[str, ...],
    *,
    rows: int,
    size: int,
    until: float,
) -> Outcome:
    """The rows of a cursor, if they are not too many, and if this process has not worked until `until` by then."""
    found: list[tuple[object, ...]] = []
    weight = 0
    while some := fetch(ROWS_PER_FETCH):
        for row in some:
            values = tuple([value if type(value) in AS_THEY_ARE else plain(value) for value in row])
            weight += sum([len(value) if isinstance(value, str) else 16 for value in values])
            found.append(values)
        if len(found) > rows or weight > size:
            return "too_large", columns, [], f"more than {rows} rows or {size} bytes", reads
        if process_time() > until:
            return "timeout", columns, [], "stopped while its rows were read", reads
    return None, columns, found, "", reads


AS_THEY_ARE = frozenset((type(None), bool, int, float, str))


def plain(value: object) -> object:
    """`value` as one of None, bool, int, float and str."""
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
    """The same number for the same rows in the same order, in every process; others rarely share it."""
    return zlib.crc32(repr([tuple(row) for row in rows]).encode())
