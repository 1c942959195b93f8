"""Read the inputs of the report. Only the scoreboard must exist; for anything else that is missing the reason is kept.

board = read_board(Path("metrics/benchmark.json"))
curve = read_curve("sft", Path("metrics/curves/sft.csv"))    # .columns {"loss": [(1, 6.9), …]} or .absent "… does not exist"
records = read_records([Path("metrics/ingest/olist.json")])  # [Record(stage="ingest", item="olist", numbers={"rows": 2000})]
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from vitrine.errors import TableError

BOARD = {"suite", "seed", "models", "differences"}  # the keys of a scoreboard


@dataclass(frozen=True)
class Curve:
    """A training's log: a list of (step, value) for each column, or the reason why there is none."""

    name: str
    columns: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    broken: Mapping[str, int] = field(default_factory=dict)  # how many logged values are not finite numbers
    absent: str = ""


@dataclass(frozen=True)
class Record:
    """The numbers that a stage, or one cell of a matrix stage, reported; or the reason why there are none."""

    stage: str
    item: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    absent: str = ""


def read_board(path: Path) -> dict[str, Any]:
    """The scoreboard that `benchmark` wrote."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TableError(f"{path} cannot be read ({error.strerror}); run `dvc repro benchmark`") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{path} is not JSON ({error}); delete it and run `dvc repro benchmark`") from error
    return parse_board(text, str(path))


def parse_board(text: str, name: str) -> dict[str, Any]:
    """The scoreboard in a text; `name` says in a message where the text is from."""
    try:
        board: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise TableError(f"{name} is not JSON ({error}); delete it and run `dvc repro benchmark`") from error
    if not isinstance(board, dict) or not board.keys() >= BOARD or not board["models"]:
        raise TableError(f"{name} is not a scoreboard with {', '.join(sorted(BOARD))}; run `dvc repro -f benchmark`")
    return board


def read_curve(name: str, path: Path) -> Curve:
    """Read a CSV with a header: a column `step` and any others. A blank cell means that the value was not logged at this step."""
    try:
        numbers = pl.read_csv(path, infer_schema=False, raise_if_empty=False, truncate_ragged_lines=True)
    except FileNotFoundError:
        return Curve(name, absent=f"{path} does not exist")
    except (OSError, pl.exceptions.PolarsError) as error:
        return Curve(name, absent=f"{path} cannot be read ({error})")
    if numbers.is_empty():
        return Curve(name, absent=f"{path} holds no steps")
    numbers = numbers.cast(pl.Float64, strict=False)
    if "step" not in numbers.columns or not numbers["step"].is_finite().fill_null(False).all():
        return Curve(name, absent=f"{path} has no column of numbers called step")
    columns: dict[str, list[Any]] = {}
    broken: dict[str, int] = {}
    for column in numbers.drop("step").columns:
        logged = numbers.select("step", column).drop_nulls().sort("step", maintain_order=True)
        finite = logged.filter(pl.col(column).is_finite())
        columns |= {column: finite.rows()} if finite.height else {}
        broken |= {column: logged.height - finite.height} if finite.height < logged.height else {}
    return Curve(name, columns, broken, "" if columns or broken else f"{path} holds no numbers except its steps")


def read_records(paths: Iterable[Path]) -> list[Record]:
    """The numbers of each stage, in the order of `paths`. `metrics/format.json` is a stage, `metrics/ingest/olist.json` the cell
    `olist` of the matrix stage `ingest`, and `metrics/ingest` all of its cells."""
    records = []
    for path in paths:
        files = sorted(path.glob("*.json")) if path.is_dir() else [path]
        records += [_record(file) for file in files]
    return records


def _record(path: Path) -> Record:
    stage, item = (path.stem, "") if path.parent.name in {"metrics", ""} else (path.parent.name, path.stem)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Record(stage, item, absent=f"{path} does not exist")
    except (OSError, ValueError) as error:
        return Record(stage, item, absent=f"{path} cannot be read ({error})")
    if not isinstance(values, dict):
        return Record(stage, item, absent=f"{path} holds no named numbers")
    return Record(stage, item, dict(_flat(values)))


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, float]]:
    """Finite numbers by name; those one level down as `rejected, no date`. Deeper ones are skipped."""
    for key, value in values.items():
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield f"{prefix}{key}", value
        elif isinstance(value, dict) and not prefix:
            yield from _flat(value, f"{key}, ")
