"""One JSON array in a file of any size, an element at a time: no more than a window of the file is held at once.

    for element in elements(path, "ECInstruct"):
        element.line, element.raw, element.value      # 1, '{"a": 1}', {"a": 1}

An element keeps its text, so that one which is refused loses nothing. A file that is not one whole array is a SourceError.
"""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from vitrine.errors import SourceError
from vitrine.sources.origins import files

WINDOW = 1 << 22  # bytes read at once
LONGEST = 1 << 26  # characters of one element; what goes on longer is no element
SIGN = re.compile(r"[^ \t\n\r]")  # JSON's own blanks, and no others


class Element(NamedTuple):
    line: int  # where it begins, counted from 1
    raw: str
    value: Any


def elements(path: Path, published_as: str) -> Iterator[Element]:
    """The elements of the array in `path`, plain or gzipped."""
    text = _Window(path)
    try:
        text.take("[")
        while text.sign() != "]":
            yield text.element()
            if text.sign() == ",":
                text.take(",")
            elif text.sign() != "]":
                raise _Broken("Expecting ',' or ']'")
        text.take("]")
        if text.sign():
            raise _Broken("Extra data behind the array")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path} is not UTF-8 near line {text.line}; expected JSON as published: download {published_as} again"
        ) from error
    except (ValueError, RecursionError) as error:  # _Broken, or a number of thousands of digits
        said = f"{error}, line {text.line}"
        raise SourceError(f"{path} is not one whole JSON array ({said}); download {published_as} again") from error


def is_array(path: Path) -> bool:
    """Whether the first sign in `path` opens an array; else it may hold an object a line."""
    with files.opened(path) as file:
        head = files.not_empty(path, files.reading(path, lambda: file.read(WINDOW)))
    return head.removeprefix(files.BOM).lstrip(b" \t\n\r").startswith(b"[")


class _Broken(ValueError):
    """The text is not JSON here, whatever may follow."""


class _Window:
    """The part of the text that is being read; what lies behind is forgotten."""

    def __init__(self, path: Path) -> None:
        self._chunks = _texts(path)
        self._text, self._at = "", 0
        self.line = 1

    def sign(self) -> str:
        """The next character that is no blank, which is not taken; nothing at the end."""
        while True:
            found = SIGN.search(self._text, self._at)
            self._go_to(found.start() if found else len(self._text))
            if found:
                return found[0]
            if not self._more():
                return ""

    def take(self, sign: str) -> None:
        if self.sign() != sign:
            raise _Broken(f"Expecting '{sign}'")
        self._go_to(self._at + 1)

    def element(self) -> Element:
        """The value that begins here. More is read until it is whole; a number might go on where the window ends."""
        self.sign()
        decoder = json.JSONDecoder()
        while True:
            try:
                value, end = decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > LONGEST or not self._more():
                    raise _Broken(error.msg) from error
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
        chunk = next(self._chunks, "")
        self._text, self._at = self._text[self._at :] + chunk, 0
        return bool(chunk)


def _texts(path: Path) -> Iterator[str]:
    """The file's text, a byte order mark left out, in pieces that hold something."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    with files.opened(path) as file:
        chunk = files.not_empty(path, files.reading(path, lambda: file.read(WINDOW)))
        while chunk:
            if text := decoder.decode(chunk):
                yield text
            chunk = files.reading(path, lambda: file.read(WINDOW))
    if text := decoder.decode(b"", final=True):
        yield text
