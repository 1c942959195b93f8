"""Read a JSON array of any size one element at a time, with one window of the file in memory.

    for element in elements(path, "ECInstruct"):
        element.line, element.raw, element.value      # 1, '{"a": 1}', {"a": 1}

Each element keeps its line and its text, so nothing of a rejected element is lost. No library gives both: ijson gives only
values; DuckDB gives texts but refuses the whole file for one bad element. A file that is not one complete array is a SourceError.
"""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import pyarrow as pa

from vitrine.errors import SourceError
from vitrine.sources.origins import files
from vitrine.sources.source import RawBatch
from vitrine.tables.rejects import REJECTS

WINDOW = 1 << 22  # characters read at a time
NOT_UNICODE = "is not valid Unicode: it holds half a surrogate pair or bytes that are not UTF-8"
DECODER = json.JSONDecoder()
MAX_ELEMENT = 1 << 26  # characters of one element
NON_BLANK = re.compile(r"[^ \t\n\r]")  # only these four are blanks in JSON


Row = Callable[[Any], dict[str, Any]]  # value -> row; raises ValueError if the value is no row


class Element(NamedTuple):
    line: int  # its first line, counted from 1
    raw: str
    value: Any


def batch(
    elements: Iterable[tuple[int, Element]], row: Row, *, table: str, schema: pa.Schema, file: str, prefix: str = ""
) -> RawBatch:
    """Turn numbered elements into rows with `row`; an id is prefix + number. Elements that `row` refuses become rejects."""
    rows, rejects = [], []
    for number, element in elements:
        try:
            values = row(element.value)
            "".join(filter(None, values.values())).encode()
            rows.append(values | {"id": f"{prefix}{number}"})
        except ValueError as error:
            reason = NOT_UNICODE if isinstance(error, UnicodeEncodeError) else str(error)
            raw = (element.raw or repr(element.value)).encode(errors="surrogateescape")
            rejects.append({"file": file, "line": element.line or number + 1, "reason": reason, "raw": raw})
    return RawBatch(
        table=table,
        rows=pa.Table.from_pylist(rows, schema),
        rejects=pa.Table.from_pylist(rejects, REJECTS),
        rows_in=len(rows) + len(rejects),
    )


def texts(value: Any, fields: Sequence[str]) -> dict[str, Any]:
    """Return these fields of an object; raises ValueError unless all of them are texts."""
    if isinstance(value, ValueError):
        raise value
    if not isinstance(value, dict):
        raise ValueError(f"is {type(value).__name__}, not an object")
    if missing := [name for name in fields if not isinstance(value.get(name), str)]:
        raise ValueError(f"has no text in {', '.join(missing)}")
    return {name: value[name] for name in fields}


def elements(path: Path, published_as: str) -> Iterator[Element]:
    """Yield the elements of the array in `path`, plain or gzipped."""
    with io.TextIOWrapper(files.open_file(path), "utf-8-sig", newline="") as file:
        window = _Window(path, file)
        try:
            files.not_empty(path, window.next_char())
            window.take("[")
            while window.next_char() != "]":
                yield window.element()
                if window.next_char() != "]":
                    window.take(",")
            window.take("]")
            if window.next_char():
                raise ValueError("Extra data behind the array")
        except UnicodeDecodeError as error:
            raise SourceError(
                f"{path} is not UTF-8 near line {window.line}; expected JSON as published: download {published_as} again"
            ) from error
        except (ValueError, RecursionError) as error:  # also a number with thousands of digits, or thousands of brackets
            problem = f"{error}, line {window.line}"
            raise SourceError(f"{path} is not one whole JSON array ({problem}); download {published_as} again") from error


def is_array(path: Path) -> bool:
    """Whether `path` begins with an array. If not, it may hold one object per line."""
    with files.open_file(path) as file:
        head = files.not_empty(path, files.read_or_explain(path, lambda: file.read(WINDOW)))
    return head.removeprefix(files.BOM).lstrip(b" \t\n\r").startswith(b"[")


class _Window:
    """The part of the text that is being read; earlier text is dropped."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self._path, self._file = path, file
        self._text, self._position, self.line = "", 0, 1

    def next_char(self) -> str:
        """The next non-blank character, without consuming it; "" at the end of the file."""
        while True:
            match = NON_BLANK.search(self._text, self._position)
            self._go_to(match.start() if match else len(self._text))
            if match or not self._read_more():
                return match[0] if match else ""

    def take(self, char: str) -> None:
        if self.next_char() != char:
            raise ValueError(f"Expecting '{char}'")
        self._go_to(self._position + 1)

    def element(self) -> Element:
        """Consume the value that begins here, reading until it is complete. At the window's end, a number might continue."""
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._position)
            except json.JSONDecodeError as error:
                if len(self._text) - self._position > MAX_ELEMENT or not self._read_more():
                    raise ValueError(error.msg) from error
                continue
            if end < len(self._text) or not self._read_more():
                break
        element = Element(self.line, self._text[self._position : end], value)
        self._go_to(end)
        return element

    def _go_to(self, position: int) -> None:
        self.line += self._text.count("\n", self._position, position)
        self._position = position

    def _read_more(self) -> bool:
        chunk = files.read_or_explain(self._path, lambda: self._file.read(WINDOW))
        self._text, self._position = self._text[self._position :] + chunk, 0
        return bool(chunk)
