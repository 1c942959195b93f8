"""ecinstruct: ECInstruct, ten shopping tasks as instructions, with columns for split and setting.

    dataset.json[.gz]                 the one file on the hub: an array, or one object per line; or its parquet files
    {"task": "Product_Matching", "split": "test", "setting": "IND_Diverse_Instruction", "instruction": "…", "input": "…",
     "options": null, "output": "yes", "few_shot_example": null}
    Product_Matching_test.json[.gz]   or one file per task and split, both in its name

The hub calls the whole file "train"; the real split is a column. The file also holds the same examples with other wording
(settings Single, Unseen, 1-shot). The paper's 116,528 examples have the settings IND_ and OOD_Diverse_Instruction. An element
without instruction, input and output is rejected with its bytes. Language: English. Some of its sources state no licence.
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
BATCH_ROWS = 8192
REQUIRED = ("instruction", "input", "output")
NAME = re.compile(r"(?P<stem>.+?)\.(?P<kind>jsonl?|parquet)(?P<zipped>\.gz)?")
SPLIT = re.compile(r"(?:(?P<task>.+)_)?(?P<split>train|val|validation|test)(?:_(?:IND|OOD))?")
OPTIONS_MARK = "\noptions: "  # some files append the options to the input after this


def read(folder: Path) -> Iterator[RawBatch]:
    """Yield the instructions of the files in `folder`, sorted by file name."""
    for path, defaults in _files(folder).items():
        elements = enumerate(_elements(path))
        file_args = {"table": "instructions", "schema": INSTRUCTIONS, "file": path.name, "prefix": f"{path.name.split('.')[0]}:"}
        while chunk := list(islice(elements, BATCH_ROWS)):
            yield json_array.batch(chunk, partial(_row, defaults=defaults), **file_args)


def _files(folder: Path) -> dict[Path, dict[str, str]]:
    """The files to read, each with the task and split from its name. If one file holds the whole dataset, only that one."""
    if not folder.is_dir():
        files.find(folder, "dataset.json", PUBLISHED_AS)  # raises the error
    named: dict[str, tuple[Path, dict[str, str]]] = {}
    for path in sorted(folder.iterdir()):
        name = NAME.fullmatch(path.name)
        if (
            name
            and not (name["zipped"] and name["kind"] == "parquet")
            and (defaults := _from_name(name["stem"], name["kind"])) is not None
        ):
            named.setdefault(f"{name['stem']}.{name['kind']}", (path, defaults))  # the plain file wins over .gz
    whole = [name for name in named if name.startswith("dataset.")][:1]
    if not named:
        raise SourceError(
            f"{folder} holds no file of {PUBLISHED_AS}; expected dataset.json, parquet files, "
            "or files like Product_Matching_test.json: download it and keep the names"
        )
    return dict(named[name] for name in whole or named)


def _from_name(stem: str, kind: str) -> dict[str, str] | None:
    """Task and split from a file name, as far as it has them; None if this is no file of ECInstruct."""
    if stem == "dataset" or kind == "parquet":
        return {}
    match = SPLIT.fullmatch(stem)
    if match is None or (match["task"] and match["task"] not in {*TASKS, *TASKS.values(), *ALSO_CALLED}):
        return None
    task = {"task": match["task"]} if match["task"] else {}
    return task | {"split": {"validation": "val"}.get(match["split"], match["split"])}


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
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            for row in batch.to_pylist():
                yield Element(0, "", row)
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(f"{path} is not a whole parquet file ({first_line(error)}); download {PUBLISHED_AS} again") from error


def _lines(path: Path) -> Iterator[Element]:
    """One element per line. A line that is not JSON becomes an element whose value is the error."""
    number = 0
    for chunk in files.line_chunks(path):
        for line in chunk.split(b"\n")[: chunk.count(b"\n") + (not chunk.endswith(b"\n"))]:
            number += 1
            raw = line.removeprefix(b"\xef\xbb\xbf").strip().decode(errors="surrogateescape")
            if not raw:
                continue
            try:
                value = json.loads(raw)
            except (ValueError, RecursionError) as error:  # JSONDecodeError, or a number with thousands of digits
                value = ValueError(f"is not JSON ({error})")
            yield Element(number, raw, value)


def _row(value: Any, defaults: dict[str, str]) -> dict[str, str | None]:
    """One element as a row; task and split come from the file name if the element has none."""
    json_array.texts(value, REQUIRED)
    row = {name: _text(value.get(name)) for name in INSTRUCTIONS.names if name != "id"}
    text = row["input"] or ""
    if "options" not in value and OPTIONS_MARK in text:
        row["input"], _, row["options"] = text.rpartition(OPTIONS_MARK)
    return row | {name: default for name, default in defaults.items() if not row[name]}


def _text(value: Any) -> str | None:
    """A string unchanged; a list or object as JSON text; null, NaN and anything else as None."""
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
