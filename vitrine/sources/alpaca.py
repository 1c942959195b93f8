"""alpaca: Stanford Alpaca, general instructions, one JSON array in one file.

    alpaca_data.json[.gz]   [{"instruction": "…", "input": "", "output": "…"}, …]

Other datasets use the same format under other file names, among them Portuguese translations: any `.json` or `.json.gz` file
is read if it is the only one. An element without the three texts is rejected with its bytes.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from vitrine.errors import SourceError
from vitrine.sources.formats import archive, json_array
from vitrine.sources.origins import files
from vitrine.sources.samples import alpaca as sample
from vitrine.sources.source import RawBatch, Source
from vitrine.tables.published.instructions import INSTRUCTIONS

PUBLISHED_AS = "Stanford Alpaca"
PUBLISHED_NAME = "alpaca_data.json"
NAMES = ("*.json",)
FIELDS = ("instruction", "input", "output")


def read(folder: Path) -> Iterator[RawBatch]:
    """Yield the instructions of the one file in `folder`; `id` is the position of the element, from 0."""
    path = _file(folder)
    elements = enumerate(json_array.elements(path, PUBLISHED_AS))
    yield json_array.batch(
        elements, partial(json_array.texts, fields=FIELDS), table="instructions", schema=INSTRUCTIONS, file=path.name
    )


def _file(folder: Path) -> Path:
    """The file with the published name; without it, the only JSON file of the folder."""
    names = {path.name.removesuffix(".gz") for path in folder.glob("*.json*") if archive.matches(path.name, NAMES)}
    if len(names) > 1 and PUBLISHED_NAME not in names:
        raise SourceError(f"{folder} holds {', '.join(sorted(names))}; expected one file of {PUBLISHED_AS}: keep one")
    return files.find(folder, names.pop() if len(names) == 1 else PUBLISHED_NAME, PUBLISHED_AS)


SOURCE = Source(name="alpaca", schemas={"instructions": INSTRUCTIONS}, read=read, generate=sample.generate, files=NAMES)
