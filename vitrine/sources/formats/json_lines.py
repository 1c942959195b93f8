"""Lines of JSON, read many at once by Polars or Arrow; a line that is no row is set aside and costs no other.

    rows, rejects, said, line = parsed(chunk, read, wrong, file="meta.json.gz", line=1)   # read: bytes -> a frame, a row a line

`read` gives a frame or an Arrow table. It raises ValueError, or what Polars raises, where a line is not what it expects: the
words become the reason. Lines that do not read together are halved; a few thousand are then looked at one by one in Python,
where `wrong` says of a line's value what `read` would stumble over, so that a file of nothing but wrong lines takes its time
but does not stand still. What passes there and is not read after all is found by halving on.
"""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from vitrine.tables.rejects import REJECTS

Rows = TypeVar("Rows", pl.DataFrame, pa.Table)
Read = Callable[[bytes], Rows]
Wrong = Callable[[dict[str, Any]], str]  # what is wrong with the object of a line; "" if that is for `read` to say
Lines = list[tuple[int, bytes]]  # numbered
NOT_AN_OBJECT = "is not one JSON object"
FEW = 4096  # lines that are looked at one by one
BLANK = np.isin(np.arange(256), list(b" \t\n\r\x0b\x0c"))


def _first_signs(chunk: bytes) -> tuple[npt.NDArray[np.uint8], int]:
    """The first sign that is no blank of every line that has one (blank lines are not rows), and the number of line ends."""
    signs = np.frombuffer(chunk, np.uint8)
    newlines = np.flatnonzero(signs == ord("\n"))
    if chunk.isspace():
        return signs[:0], newlines.size
    starts = np.concatenate([[0], newlines + 1])
    starts = starts[starts < signs.size]
    first = signs[starts]
    if not BLANK[first].any():
        return first, newlines.size
    said = np.flatnonzero(~BLANK[signs])
    place = np.searchsorted(said, starts)
    ends = np.append(newlines, signs.size)[: starts.size]
    holds = place < np.searchsorted(said, ends)
    return signs[said[place[holds]]], newlines.size


def parsed(chunk: bytes, read: Read[Rows], wrong: Wrong, *, file: str, line: int) -> tuple[list[Rows], pa.Table, int, int]:
    """The rows of whole lines, the first of them number `line`; the lines that are no rows; how many lines hold something; the
    number of the line after them."""
    first, line_ends = _first_signs(chunk)
    frames, why = _read(chunk, read, first)
    refused: list[tuple[int, str, bytes]] = []
    if why:
        for good, bad in _apart(list(enumerate(io.BytesIO(chunk), line)), why, read, wrong):
            frames += good
            refused += bad
    rejects = [
        {"file": file, "line": number, "reason": reason, "raw": raw.rstrip(b"\r\n")} for number, reason, raw in sorted(refused)
    ]
    return frames, pa.Table.from_pylist(rejects, REJECTS), int(first.size), line + line_ends


def _read(chunk: bytes, read: Read[Rows], first: npt.NDArray[np.uint8]) -> tuple[list[Rows], str]:
    """These lines, which begin with `first`, as one frame, or why they are none."""
    if not first.size:
        return [], ""
    if not (first == ord("{")).all():  # asked first, since Arrow's parser does not survive a line that is `null`
        return [], NOT_AN_OBJECT
    try:
        frame = read(chunk)
    except (pl.exceptions.PolarsError, ValueError) as error:
        return [], str(error).splitlines()[0]
    return ([frame], "") if len(frame) == first.size else ([], NOT_AN_OBJECT)


def _apart(
    lines: Lines, why: str, read: Read[Rows], wrong: Wrong, *, looked_at: bool = False
) -> Iterator[tuple[list[Rows], list[tuple[int, str, bytes]]]]:
    """The same of lines that do not read together."""
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
        together = b"".join(raw for _, raw in part)
        frames, why = _read(together, read, _first_signs(together)[0])
        if why:
            yield from _apart(part, why, read, wrong, looked_at=looked_at)
        else:
            yield frames, []


def _wrong(raw: bytes, wrong: Wrong) -> str:
    """Why `raw` is no row, where that is certain; a blank line is none, and nothing is wrong with it."""
    if not raw.strip():
        return ""
    try:
        value = json.loads(raw.decode().strip("\t\n\r "), object_pairs_hook=_first_of_each)
    except UnicodeDecodeError:
        return "is not UTF-8"
    except json.JSONDecodeError as error:
        return f"is not JSON ({error.msg} at character {error.pos})"
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets in thousands of brackets: some read them
        return ""
    return wrong(value) if isinstance(value, dict) else NOT_AN_OBJECT


def _first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Where a name stands twice, what Polars takes; Arrow refuses the line."""
    return dict(reversed(pairs))
