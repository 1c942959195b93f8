"""Read JSON lines in bulk with Polars or Arrow. A bad line is rejected alone.

    for batch in batches(path, "products", RAW_PRODUCTS, parse, explain): …     # parse: lines -> a table, one row per line

If `parse` raises ValueError or a Polars error for a line, the message becomes the reject's reason. Lines that do not parse
together are halved, until a few thousand are left. Those are checked one by one in Python: `explain` names the problem of a
line's value, so that even a file of bad lines only is read at a usable speed. Bad lines that pass this check are isolated by
further halving.
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

Parse = Callable[[bytes], pa.Table]
Explain = Callable[[dict[str, Any]], str]  # why the object of a line is no row; "" if no reason is certain
NumberedLines = list[tuple[int, bytes]]
NOT_AN_OBJECT = "is not one JSON object"
NEWLINE, OPENING_BRACE = b"\n{"
CHECK_SINGLY = 4096  # at most this many lines are checked one by one


def batches(path: Path, table: str, schema: pa.Schema, parse: Parse, explain: Explain) -> Iterator[RawBatch]:
    """Yield the rows of a file of lines as batches of `table`, some megabytes each. Blank lines are skipped."""
    line = 1
    for chunk in files.line_chunks(path):
        rows, rows_in, problem = _parse(chunk, parse)
        rejects: list[dict[str, Any]] = []
        numbered = list(enumerate(io.BytesIO(chunk), line)) if problem else []
        for good, bad in _separate(numbered, problem, parse, explain) if problem else ():
            rows += good
            rejects += [{"file": path.name, "line": at, "reason": why, "raw": raw.rstrip(b"\r\n")} for at, why, raw in bad]
        yield RawBatch(
            table=table,
            rows=pa.concat_tables([schema.empty_table(), *rows]),
            rejects=pa.Table.from_pylist(sorted(rejects, key=lambda reject: reject["line"]), REJECTS),
            rows_in=rows_in,
        )
        line += int(np.count_nonzero(np.frombuffer(chunk, np.uint8) == NEWLINE))


def _parse(chunk: bytes, parse: Parse) -> tuple[list[pa.Table], int, str]:
    """Parse lines together. Return the table (in a list), the number of non-blank lines, and the problem if there is one."""
    codes = np.frombuffer(chunk, np.uint8)
    first = codes[np.append(0, np.flatnonzero(codes[:-1] == NEWLINE) + 1)].tolist() if chunk else []
    if set(first) != {OPENING_BRACE}:  # rare: skip blanks in Python
        first = [line.lstrip()[0] for line in chunk.split(b"\n") if line and not line.isspace()]
    count = len(first)
    if first.count(OPENING_BRACE) < count:
        return [], count, NOT_AN_OBJECT  # checked first, because Arrow's parser crashes on a line that is `null`
    try:
        rows = [parse(chunk)] if count else []
    except (pl.exceptions.PolarsError, ValueError) as error:
        return [], count, str(error).splitlines()[0]
    complete = sum(map(len, rows)) == count
    return rows if complete else [], count, "" if complete else NOT_AN_OBJECT


def _separate(
    lines: NumberedLines, problem: str, parse: Parse, explain: Explain, *, checked: bool = False
) -> Iterator[tuple[list[pa.Table], list[tuple[int, str, bytes]]]]:
    """Yield tables of good lines and lists of bad lines (number, reason, bytes), of lines that do not parse together."""
    if len(lines) == 1:
        yield [], [(lines[0][0], problem, lines[0][1])]
        return
    parts = [lines[: len(lines) // 2], lines[len(lines) // 2 :]]
    if len(lines) <= CHECK_SINGLY and not checked:
        checked = True
        reasons = [_explain(raw, explain) for _, raw in lines]
        yield [], [(number, reason, raw) for (number, raw), reason in zip(lines, reasons, strict=True) if reason]
        parts = [[line for line, reason in zip(lines, reasons, strict=True) if not reason]]
    for part in parts:
        rows, _, problem = _parse(b"".join(raw for _, raw in part), parse)
        if problem:
            yield from _separate(part, problem, parse, explain, checked=checked)
        else:
            yield rows, []


def _explain(raw: bytes, explain: Explain) -> str:
    """Why `raw` is no row; "" for a blank line, or if no reason is certain."""
    if not raw.strip():
        return ""
    try:
        # If a key occurs twice, Polars takes the first; Arrow refuses the line.
        value = json.loads(raw.decode().strip("\t\n\r "), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    except UnicodeDecodeError:
        return "is not UTF-8"
    except json.JSONDecodeError as error:
        return f"is not JSON ({error.msg} at character {error.pos})"
    except (ValueError, RecursionError):  # thousands of digits or nested brackets: some parsers accept them
        return ""
    return explain(value) if isinstance(value, dict) else NOT_AN_OBJECT
