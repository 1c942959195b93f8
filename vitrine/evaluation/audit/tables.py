"""The tables that a reward audit reads, of this run or another: only the columns it needs, so that older ones do too.

answers([Path("data/answers"), Path("/elsewhere/grpo.parquet")])    # a folder stands for the tables in it
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
WELCOME = ("entity", "cluster", "answer", "shuffled", "version")  # in an older table each answer stands for itself
FOLDER = "controls"  # of the tables that hold what the controls answered, beside those of the models
ASKED = pa.schema([CHAT.field(name) for name in ("id", "task", "entity", "messages", "gold", "facts", "version")])
SAMPLED = pa.schema([PROMPTS.field(name) for name in ("task", "samples")])


def answers(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """The graded and ungraded answers of every table."""
    found = []
    for file in [file for path in paths for file in _files(path)]:
        tables.check(file, NEEDED)
        held = pq.read_schema(file)
        found += tables.read(file, pa.schema([*NEEDED, *(ANSWERS.field(name) for name in WELCOME if name in held.names)]))
    return found


def controls(paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """The controls by task, where a folder of answers holds them."""
    files = [file for path in paths if path.is_dir() for file in sorted((path / FOLDER).glob("*.parquet"))]
    return summary({file.stem: tables.read(file, NEEDED) for file in files})


def test_prompts(path: Path) -> list[dict[str, Any]]:
    """The test prompts, with their facts."""
    tables.check(path, ASKED)
    held = pq.read_schema(path).names
    return tables.read(path, pa.schema([field for field in CHAT if field.name in held]))


def prompts(path: Path) -> list[dict[str, Any]]:
    """The scores of the replies that were drawn to each prompt; null where none were."""
    return tables.read(path, SAMPLED)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.parquet"))
    if not found:
        raise TableError(f"{path} holds no tables of answers (*.parquet); run `dvc repro benchmark` or name another folder")
    return found
