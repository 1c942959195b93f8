"""ecinstruct: ECInstruct, ten shopping tasks as instructions, with their splits and settings in columns.

    dataset.json[.gz]                 the hub's one file: an array, or an object a line; or its parquet files
    {"task": "Product_Matching", "split": "test", "setting": "IND_Diverse_Instruction", "instruction": "…", "input": "…",
     "options": null, "output": "yes", "few_shot_example": null}
    Product_Matching_test.json[.gz]   or a file for each task and split, which have their places in the name

The hub calls all of it "train": the split is the column. The file also holds the same examples worded in other ways (settings
Single, Unseen, 1-shot); the 116,528 of the paper are those of the settings IND_ and OOD_Diverse_Instruction. An element
without instruction, input and output is set aside with its bytes. English; some of its sources state no licence.
"""

import json
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vitrine.errors import SourceError, first_line
from vitrine.sources.formats import json_array
from vitrine.sources.formats.json_array import Element
from vitrine.sources.origins import files
from vitrine.sources.samples import ecinstruct as sample
from vitrine.sources.source import RawBatch, Source
from vitrine.tables.published.ecinstruct import ALSO_CALLED, INSTRUCTIONS, TASKS

PUBLISHED_AS = "ECInstruct (NingLab/ECInstruct)"
ROWS = 8192  # of a piece
NEEDED = ("instruction", "input", "output")
NAME = re.compile(r"(?P<stem>.+?)\.(?P<kind>jsonl?|parquet)(?P<zipped>\.gz)?")
SPLIT = re.compile(r"(?:(?P<task>.+)_)?(?P<split>train|val|validation|test)(?:_(?:IND|OOD))?")
APPENDED = "\noptions: "  # where the options stand at the end of the input


def read(folder: Path) -> Iterator[RawBatch]:
    """The instructions of the files in `folder`, file by file in the order of their names."""
    for path, given in _files(folder).items():
        elements = enumerate(_elements(path))
        of_file = {"table": "instructions", "schema": INSTRUCTIONS, "file": path.name, "prefix": f"{path.name.split('.')[0]}:"}
        while some := list(islice(elements, ROWS)):
            yield json_array.piece(some, partial(_row, given=given), **of_file)


def _files(folder: Path) -> dict[Path, dict[str, str]]:
    """The files to read, with what their names say; the whole dataset in one file stands for all others."""
    if not folder.is_dir():
        files.find(folder, "dataset.json", PUBLISHED_AS)  # says what is wrong with it
    found: dict[str, tuple[Path, dict[str, str]]] = {}
    for path in sorted(folder.iterdir()):
        name = NAME.fullmatch(path.name)
        if (
            name
            and not (name["zipped"] and name["kind"] == "parquet")
            and (given := _given(name["stem"], name["kind"])) is not None
        ):
            found.setdefault(f"{name['stem']}.{name['kind']}", (path, given))  # plain before .gz
    whole = [name for name in found if name.startswith("dataset.")][:1]
    if not found:
        raise SourceError(
            f"{folder} holds no file of {PUBLISHED_AS}; expected dataset.json, parquet files, "
            "or files like Product_Matching_test.json: download it and keep the names"
        )
    return dict(found[name] for name in whole or found)


def _given(stem: str, kind: str) -> dict[str, str] | None:
    """Task and split as far as a file's name says them; None: this is no file of ECInstruct."""
    if stem == "dataset" or kind == "parquet":
        return {}
    said = SPLIT.fullmatch(stem)
    if said is None or (said["task"] and said["task"] not in {*TASKS, *TASKS.values(), *ALSO_CALLED}):
        return None
    task = {"task": said["task"]} if said["task"] else {}
    return task | {"split": {"validation": "val"}.get(said["split"], said["split"])}


def _elements(path: Path) -> Iterator[Element]:
    if ".parquet" in path.suffixes:
        yield from _parquet_rows(path)
    elif json_array.is_array(path):
        yield from json_array.elements(path, PUBLISHED_AS)
    else:
        yield from _lines(path)


def _parquet_rows(path: Path) -> Iterator[Element]:
    try:
        file = pq.ParquetFile(path)
        for batch in file.iter_batches(batch_size=ROWS):
            for row in batch.to_pylist():
                yield Element(0, "", row)
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(f"{path} is not a whole parquet file ({first_line(error)}); download {PUBLISHED_AS} again") from error


def _lines(path: Path) -> Iterator[Element]:
    """One element a line; a line that is no JSON is one that is refused."""
    number = 0
    for chunk in files.line_chunks(path):
        for line in chunk.split(b"\n")[: chunk.count(b"\n") + (not chunk.endswith(b"\n"))]:
            number += 1
            raw = line.removeprefix(b"\xef\xbb\xbf").strip().decode(errors="surrogateescape")
            if not raw:
                continue
            try:
                value = json.loads(raw)
            except (ValueError, RecursionError) as error:  # JSONDecodeError, or a number of thousands of digits
                value = ValueError(f"is not JSON ({error})")
            yield Element(number, raw, value)


def _row(value: Any, given: dict[str, str]) -> dict[str, str | None]:
    """The columns of one element."""
    json_array.texts(value, NEEDED)
    row = {name: _text(value.get(name)) for name in INSTRUCTIONS.names if name != "id"}
    text = row["input"] or ""
    if "options" not in value and APPENDED in text:
        row["input"], _, row["options"] = text.rpartition(APPENDED)
    return row | {name: said for name, said in given.items() if not row[name]}


def _text(value: Any) -> str | None:
    """A text as it stands; lists and objects as JSON; null, NaN and everything else that says nothing as null."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str) else None


SOURCE = Source(
    name="ecinstruct",
    schemas={"instructions": INSTRUCTIONS},
    read=read,
    generate=sample.generate,
    files=[
        *("dataset.json", "dataset.jsonl", "*.parquet", "train.json", "val.json", "validation.json", "test.json"),
        *("test_IND.json", "test_OOD.json", "*_train.json", "*_val.json", "*_test.json"),
    ],
)
