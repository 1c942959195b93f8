"""One JSON array in a file of any size, an element at a time: no more than a window of the file is held at once.

    for element in elements(path, "ECInstruct"):
        element.line, element.raw, element.value      # 1, '{"a": 1}', {"a": 1}

An element keeps its line and its text, so that one which is refused loses nothing. No library gives both: ijson gives values
only, DuckDB gives texts but refuses the whole file for one bad element. A file that is not one whole array is a SourceError.
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

WINDOW = 1 << 22  # characters read at once
HALF_A_PAIR = "holds half a surrogate pair or bytes that are not UTF-8, which is no text"
DECODER = json.JSONDecoder()
LONGEST = 1 << 26  # characters of one element; what goes on longer is no element
SIGN = re.compile(r"[^ \t\n\r]")  # JSON's own blanks, and no others


Row = Callable[[Any], dict[str, Any]]  # raises ValueError: the value is none


class Element(NamedTuple):
    line: int  # where it begins, counted from 1
    raw: str
    value: Any


def piece(
    elements: Iterable[tuple[int, Element]], row: Row, *, table: str, schema: pa.Schema, file: str, prefix: str = ""
) -> RawBatch:
    """The rows that `row` makes of numbered elements, their id the prefix and the number; those it refuses, set aside."""
    rows, refused = [], []
    for number, element in elements:
        try:
            made = row(element.value)
            "".join(filter(None, made.values())).encode()
            rows.append(made | {"id": f"{prefix}{number}"})
        except ValueError as error:
            reason = HALF_A_PAIR if isinstance(error, UnicodeEncodeError) else str(error)
            raw = (element.raw or repr(element.value)).encode(errors="surrogateescape")
            refused.append({"file": file, "line": element.line or number + 1, "reason": reason, "raw": raw})
    return RawBatch(
        table=table,
        rows=pa.Table.from_pylist(rows, schema),
        rejects=pa.Table.from_pylist(refused, REJECTS),
        rows_in=len(rows) + len(refused),
    )


def texts(value: Any, fields: Sequence[str]) -> dict[str, Any]:
    """These fields of an object, which must be texts; ValueError says why they are not."""
    if isinstance(value, ValueError):
        raise value
    if not isinstance(value, dict):
        raise ValueError(f"is {type(value).__name__}, not an object")
    if missing := [name for name in fields if not isinstance(value.get(name), str)]:
        raise ValueError(f"has no text in {', '.join(missing)}")
    return {name: value[name] for name in fields}


def elements(path: Path, published_as: str) -> Iterator[Element]:
    """The elements of the array in `path`, plain or gzipped."""
    with io.TextIOWrapper(files.opened(path), "utf-8-sig", newline="") as file:
        text = _Window(path, file)
        try:
            files.not_empty(path, text.sign())
            text.take("[")
            while text.sign() != "]":
                yield text.element()
                if text.sign() != "]":
                    text.take(",")
            text.take("]")
            if text.sign():
                raise ValueError("Extra data behind the array")
        except UnicodeDecodeError as error:
            raise SourceError(
                f"{path} is not UTF-8 near line {text.line}; expected JSON as published: download {published_as} again"
            ) from error
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets in thousands of brackets, too
            said = f"{error}, line {text.line}"
            raise SourceError(f"{path} is not one whole JSON array ({said}); download {published_as} again") from error


def is_array(path: Path) -> bool:
    """Whether the first sign in `path` opens an array; else it may hold an object a line."""
    with files.opened(path) as file:
        head = files.not_empty(path, files.reading(path, lambda: file.read(WINDOW)))
    return head.removeprefix(files.BOM).lstrip(b" \t\n\r").startswith(b"[")


class _Window:
    """The part of the text that is being read; what lies behind is forgotten."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self._path, self._file = path, file
        self._text, self._at, self.line = "", 0, 1

    def sign(self) -> str:
        """The next character that is no blank, which is not taken; nothing at the end."""
        while True:
            found = SIGN.search(self._text, self._at)
            self._go_to(found.start() if found else len(self._text))
            if found or not self._more():
                return found[0] if found else ""

    def take(self, sign: str) -> None:
        if self.sign() != sign:
            raise ValueError(f"Expecting '{sign}'")
        self._go_to(self._at + 1)

    def element(self) -> Element:
        """The value that begins here. More is read until it is whole; a number might go on where the window ends."""
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > LONGEST or not self._more():
                    raise ValueError(error.msg) from error
                continue
            if end < len(self._text) or not self._more():
                break
        element = Element(self.line, self._text[self._at : end], value)
        self._go_to(end)
        return element

    def _go_to(self, at: int) -> None:
        self.line += self._text.count("\n", self._at, at)
        self._at = at

    def _more(self) -> bool:
        chunk = files.reading(self._path, lambda: self._file.read(WINDOW))
        self._text, self._at = self._text[self._at :] + chunk, 0
        return bool(chunk)
