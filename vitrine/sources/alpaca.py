"""alpaca: Stanford Alpaca, general instructions, one JSON array in one file.

    alpaca_data.json[.gz]   [{"instruction": "…", "input": "", "output": "…"}, …]

Its siblings keep the format under other names, translations into Portuguese among them: any name in `.json` or `.json.gz`
will do if it is the only one. An element without the three texts is set aside with its bytes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from vitrine.errors import SourceError
from vitrine.sources.formats import archive, json_array
from vitrine.sources.origins import files
from vitrine.sources.samples import alpaca as sample
from vitrine.sources.source import Piece, Source
from vitrine.tables.published.instructions import INSTRUCTIONS
from vitrine.tables.rejects import REJECTS

PUBLISHED_AS = "Stanford Alpaca"
PUBLISHED = "alpaca_data.json"
NAMES = ("*.json",)
FIELDS = ("instruction", "input", "output")


def read(folder: Path) -> Iterator[Piece]:
    """The instructions of the one file in `folder`; `id` counts its elements from 0."""
    path = _file(folder)
    columns: dict[str, list[str]] = {name: [] for name in INSTRUCTIONS.names}
    refused = []
    rows_in = 0
    for element in json_array.elements(path, PUBLISHED_AS):
        why = _wrong(element.value)
        if why:
            refused.append({"file": path.name, "line": element.line, "reason": why, "raw": element.raw.encode()})
        else:
            columns["id"].append(str(rows_in))
            for name in FIELDS:
                columns[name].append(element.value[name])
        rows_in += 1
    instructions = pa.Table.from_pydict(columns, INSTRUCTIONS)
    yield Piece(table="instructions", rows=instructions, rejects=pa.Table.from_pylist(refused, REJECTS), rows_in=rows_in)


def _file(folder: Path) -> Path:
    """The published name if it is there, else the one JSON file, whatever its name."""
    names = {path.name.removesuffix(".gz") for path in folder.glob("*.json*") if archive.wanted(path.name, NAMES)}
    if len(names) > 1 and PUBLISHED not in names:
        raise SourceError(f"{folder} holds {', '.join(sorted(names))}; expected one file of {PUBLISHED_AS}: keep one")
    return files.find(folder, names.pop() if len(names) == 1 else PUBLISHED, PUBLISHED_AS)


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
