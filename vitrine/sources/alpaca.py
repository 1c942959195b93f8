"""alpaca: Stanford Alpaca, general instructions, one JSON array in one file.

    alpaca_data.json[.gz]   [{"instruction": "…", "input": "", "output": "…"}, …]

Its siblings keep the format under other names, translations into Portuguese among them: any name in `.json` or `.json.gz`
will do if it is the only one. An element without the three texts is set aside with its bytes.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from vitrine.errors import SourceError
from vitrine.sources import archive, files
from vitrine.sources.samples import alpaca as sample
from vitrine.sources.source import Piece, Source
from vitrine.tables.instructions import INSTRUCTIONS
from vitrine.tables.rejects import REJECTS

PUBLISHED_AS = "Stanford Alpaca"
PUBLISHED = "alpaca_data.json"
NAMES = ("*.json",)
FIELDS = ("instruction", "input", "output")


def read(folder: Path) -> Iterator[Piece]:
    """The instructions of the one file in `folder`; `id` counts its elements from 0."""
    path = _file(folder)
    text = _decoded(path, files.contents(path))
    columns: dict[str, list[str]] = {name: [] for name in INSTRUCTIONS.names}
    refused = []
    rows_in, line, counted = 0, 1, 0
    for start, end, element in _elements(path, text):
        why = _wrong(element)
        if why:
            line, counted = line + text.count("\n", counted, start), start
            refused.append({"file": path.name, "line": line, "reason": why, "raw": text[start:end].encode()})
        else:
            columns["id"].append(str(rows_in))
            for name in FIELDS:
                columns[name].append(element[name])
        rows_in += 1
    instructions = pa.Table.from_pydict(columns, INSTRUCTIONS)
    yield Piece(table="instructions", rows=instructions, rejects=pa.Table.from_pylist(refused, REJECTS), rows_in=rows_in)


def _file(folder: Path) -> Path:
    """The published name if it is there, else the one JSON file, whatever its name."""
    names = {path.name.removesuffix(".gz") for path in folder.glob("*.json*") if archive.wanted(path.name, NAMES)}
    if len(names) > 1 and PUBLISHED not in names:
        raise SourceError(f"{folder} holds {', '.join(sorted(names))}; expected one file of {PUBLISHED_AS}: keep one")
    return files.find(folder, names.pop() if len(names) == 1 else PUBLISHED, PUBLISHED_AS)


def _decoded(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8 at byte {error.start}; expected JSON as published: download it again") from error


def _elements(path: Path, text: str) -> Iterator[tuple[int, int, Any]]:
    """Each element of the array with its place in the text, so that a refused one keeps its bytes."""
    decoder = json.JSONDecoder()
    at = _after_space(text, 0)
    try:
        if text[at : at + 1] != "[":
            raise json.JSONDecodeError("Expecting '['", text, at)
        at = _after_space(text, at + 1)
        while text[at : at + 1] != "]":
            element, end = decoder.raw_decode(text, at)
            yield at, end, element
            at = _after_space(text, end)
            if text[at : at + 1] == ",":
                at = _after_space(text, at + 1)
            elif text[at : at + 1] != "]":
                raise json.JSONDecodeError("Expecting ',' or ']'", text, at)
    except (ValueError, RecursionError) as error:  # JSONDecodeError, or a number of thousands of digits
        raise SourceError(f"{path} is not one whole JSON array ({error}); download {PUBLISHED_AS} again") from error


def _after_space(text: str, at: int) -> int:
    while text[at : at + 1] in {" ", "\t", "\n", "\r"}:
        at += 1
    return at


def _wrong(element: Any) -> str | None:
    if not isinstance(element, dict):
        return f"is {type(element).__name__}, not an object"
    missing = [name for name in FIELDS if not isinstance(element.get(name), str)]
    if missing:
        return f"has no text in {', '.join(missing)}"
    try:
        "".join(element[name] for name in FIELDS).encode()
    except UnicodeEncodeError:
        return "holds half a surrogate pair, which is no text"
    return None


SOURCE = Source(name="alpaca", schemas={"instructions": INSTRUCTIONS}, read=read, generate=sample.generate, files=NAMES)
