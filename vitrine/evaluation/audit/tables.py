"""Reads the tables for a reward audit, of this run or another: only the needed columns, so that older tables work too.

answers([Path("data/answers"), Path("/elsewhere/grpo.parquet")])    # a folder means all its tables
prompts(Path("data/prompts.parquet"))
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vitrine import tables
from vitrine.errors import TableError
from vitrine.evaluation.controls.controls import summary
from vitrine.tables.answers import ANSWERS
from vitrine.tables.chat import CHAT
from vitrine.tables.prompts import PROMPTS

NEEDED = pa.schema([ANSWERS.field(name) for name in ("model", "task", "id", "score", "components")])
OPTIONAL = ("entity", "cluster", "answer", "shuffled", "version")  # without entity and cluster each answer is its own cluster
FOLDER = "controls"  # holds the answers of the controls, inside the folder of the models' answers
PROMPT = pa.schema([CHAT.field(name) for name in ("id", "task", "entity", "messages", "gold", "facts", "version")])
SAMPLED = pa.schema([PROMPTS.field(name) for name in ("task", "samples")])


def answers(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """The graded and ungraded answers of every table."""
    rows = []
    for file in [file for path in paths for file in _files(path)]:
        tables.check(file, NEEDED)
        columns = pq.read_schema(file).names
        rows += tables.read(file, pa.schema([*NEEDED, *(ANSWERS.field(name) for name in OPTIONAL if name in columns)]))
    return rows


def controls(paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """The controls by task, from the folders of answers that hold them."""
    files = [file for path in paths if path.is_dir() for file in sorted((path / FOLDER).glob("*.parquet"))]
    return summary({file.stem: tables.read(file, NEEDED) for file in files})


def test_prompts(path: Path) -> list[dict[str, Any]]:
    """The test prompts, with their facts."""
    tables.check(path, PROMPT)
    columns = pq.read_schema(path).names
    return tables.read(path, pa.schema([field for field in CHAT if field.name in columns]))


def prompts(path: Path) -> list[dict[str, Any]]:
    """The scores of the sampled replies to each prompt; null without samples."""
    return tables.read(path, SAMPLED)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.parquet"))
    if not files:
        raise TableError(f"{path} holds no tables of answers (*.parquet); run `dvc repro benchmark` or name another folder")
    return files
