"""Lines of JSON, read many at once by Polars or Arrow; a line that is no row is set aside and costs no other.

    for piece in pieces(path, "products", RAW_PRODUCTS, read, wrong): …     # read: whole lines -> a table, a row a line

`read` raises ValueError, or what Polars raises, where a line is not what it expects: the words become the reason. Lines that do
not read together are halved; a few thousand are then looked at one by one in Python, where `wrong` says of a line's value what
`read` would stumble over, so that a file of nothing but wrong lines takes its time but does not stand still. What passes there
and is not read after all is found by halving on.
"""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from vitrine.sources.origins import files
from vitrine.sources.source import RawBatch
from vitrine.tables.rejects import REJECTS

Read = Callable[[bytes], pa.Table]
Wrong = Callable[[dict[str, Any]], str]  # what is wrong with the object of a line; "" if that is for `read` to say
Lines = list[tuple[int, bytes]]  # numbered
NOT_AN_OBJECT = "is not one JSON object"
NEWLINE, OPENS = b"\n{"
FEW = 4096  # lines that are looked at one by one


def pieces(path: Path, table: str, schema: pa.Schema, read: Read, wrong: Wrong) -> Iterator[RawBatch]:
    """The rows of a file of lines as `table`, some megabytes at a time; a blank line is no row."""
    line = 1
    for chunk in files.line_chunks(path):
        rows, rows_in, why = _read(chunk, read)
        rejects: list[dict[str, Any]] = []
        for good, refused in _apart(list(enumerate(io.BytesIO(chunk), line)), why, read, wrong) if why else ():
            rows += good
            rejects += [{"file": path.name, "line": at, "reason": said, "raw": raw.rstrip(b"\r\n")} for at, said, raw in refused]
        yield RawBatch(
            table=table,
            rows=pa.concat_tables([schema.empty_table(), *rows]),
            rejects=pa.Table.from_pylist(sorted(rejects, key=lambda reject: reject["line"]), REJECTS),
            rows_in=rows_in,
        )
        line += int(np.count_nonzero(np.frombuffer(chunk, np.uint8) == NEWLINE))


def _read(chunk: bytes, read: Read) -> tuple[list[pa.Table], int, str]:
    """These lines as one table, how many of them are not blank, or why they are no table."""
    signs = np.frombuffer(chunk, np.uint8)
    first = signs[np.append(0, np.flatnonzero(signs[:-1] == NEWLINE) + 1)].tolist() if chunk else []
    if set(first) != {OPENS}:  # hardly ever: blanks are looked through in Python
        first = [line.lstrip()[0] for line in chunk.split(b"\n") if line and not line.isspace()]
    held = len(first)
    if first.count(OPENS) < held:
        return [], held, NOT_AN_OBJECT  # asked first, since Arrow's parser does not survive a line that is `null`
    try:
        rows = [read(chunk)] if held else []
    except (pl.exceptions.PolarsError, ValueError) as error:
        return [], held, str(error).splitlines()[0]
    whole = sum(map(len, rows)) == held
    return rows if whole else [], held, "" if whole else NOT_AN_OBJECT


def _apart(
    lines: Lines, why: str, read: Read, wrong: Wrong, *, looked_at: bool = False
) -> Iterator[tuple[list[pa.Table], list[tuple[int, str, bytes]]]]:
    """The tables and the refused lines of lines that do not read together."""
    if len(lines) == 1:
        yield [], [(lines[0][0], why, lines[0][1])]
        return
    parts = [lines[: len(lines) // 2], lines[len(lines) // 2 :]]
    if len(lines) <= FEW and not looked_at:
        looked_at = True
        reasons = [_wrong(raw, wrong) for _, raw in lines]
        yield [], [(number, reason, raw) for (number, raw), reason in zip(lines, reasons, strict=True) if reason]
        parts = [[line for line, reason in zip(lines, reasons, strict=True) if not reason]]
    for part in parts:
        rows, _, why = _read(b"".join(raw for _, raw in part), read)
        if why:
            yield from _apart(part, why, read, wrong, looked_at=looked_at)
        else:
            yield rows, []


def _wrong(raw: bytes, wrong: Wrong) -> str:
    """Why `raw` is no row, where that is certain; a blank line is none, and nothing is wrong with it."""
    if not raw.strip():
        return ""
    try:
        # Where a name stands twice, the first is what Polars takes; Arrow refuses the line.
        value = json.loads(raw.decode().strip("\t\n\r "), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    except UnicodeDecodeError:
        return "is not UTF-8"
    except json.JSONDecodeError as error:
        return f"is not JSON ({error.msg} at character {error.pos})"
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets in thousands of brackets: some read them
        return ""
    return wrong(value) if isinstance(value, dict) else NOT_AN_OBJECT
