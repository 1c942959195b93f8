"""What the report is made from, read with care: only the scoreboard must be there, the rest may be missing with a reason.

board = read_board(Path("metrics/benchmark.json"))
curve = read_curve("sft", Path("metrics/curves/sft.csv"))    # .columns {"loss": [(1, 6.9), …]} or .absent "… does not exist"
records = read_records([Path("metrics/ingest/olist.json")])  # [Record(stage="ingest", item="olist", numbers={"rows": 2000})]
"""

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vitrine.errors import TableError

KINDS: Mapping[str, type | tuple[type, ...]] = {
    "an object": dict,
    "a list": list,
    "a text": str,
    "a number": (int, float),
    "a whole number": int,
}
REMEDY = "run `dvc repro benchmark`"


@dataclass(frozen=True)
class Curve:
    """What one training logged, a list of (step, value) per column; or why there is nothing."""

    name: str
    columns: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    broken: Mapping[str, int] = field(default_factory=dict)  # values that were logged but are not finite numbers
    absent: str = ""


@dataclass(frozen=True)
class Record:
    """The numbers that one stage, or one cell of a matrix stage, reported; or why there are none."""

    stage: str
    item: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    absent: str = ""


def read_board(path: Path) -> dict[str, Any]:
    """The scoreboard, checked for everything that the report relies on."""
    try:
        board = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TableError(f"{path} cannot be read ({error.strerror}); run `dvc repro benchmark`") from error
    except ValueError as error:
        raise TableError(f"{path} is not JSON ({error}); delete it and run `dvc repro benchmark`") from error
    check_board(board, str(path))
    whole: dict[str, Any] = board
    return whole


def check_board(board: Any, name: str) -> None:
    """Raise TableError, naming the first thing that is not as `vitrine.evaluation.scoreboard` writes it."""

    def expect(values: Any, key: str, kind: str, place: str = "") -> Any:
        value = values.get(key)
        if (
            not isinstance(value, KINDS[kind])
            or isinstance(value, bool)
            or (isinstance(value, float) and not math.isfinite(value))
        ):
            found = "missing" if value is None else f"{value!r:.60}"
            raise TableError(f"{name} is not a scoreboard: {place}{key} should be {kind} and is {found}; {REMEDY}")
        return value

    def expect_score(values: Any, place: str) -> None:
        for key in ("score", "low", "high"):
            expect(values, key, "a number", place)
        expect(values, "n", "a whole number", place)
        if values.get("sampled") is not None:
            expect(values, "sampled", "a number", place)

    if not isinstance(board, dict):
        raise TableError(f"{name} is not a scoreboard: it should hold an object and holds {board!r:.60}; {REMEDY}")
    suite = expect(board, "suite", "an object")
    for key, kind in (("name", "a text"), ("version", "a text"), ("n", "a whole number")):
        expect(suite, key, kind, "suite.")
    expect(board, "seed", "a whole number")
    models = expect(board, "models", "an object")
    if not models:
        raise TableError(f"{name} is not a scoreboard: models is empty; {REMEDY}")
    for model in models:
        scores = expect(models, model, "an object", "models.")
        expect_score(expect(scores, "overall", "an object", f"models.{model}."), f"models.{model}.overall.")
        tasks = expect(scores, "tasks", "an object", f"models.{model}.")
        for task in tasks:
            found = expect(tasks, task, "an object", f"models.{model}.tasks.")
            if found.get("score") is not None:  # a task that is not graded has none
                expect_score(found, f"models.{model}.tasks.{task}.")
    for place, row in enumerate(expect(board, "differences", "a list")):
        if not isinstance(row, dict):
            raise TableError(f"{name} is not a scoreboard: differences[{place}] should be an object and is {row!r:.60}; {REMEDY}")
        for key in ("better", "than", "task", "decoding"):
            expect(row, key, "a text", f"differences[{place}].")
        for key in ("mean", "low", "high", "p"):
            expect(row, key, "a number", f"differences[{place}].")
        expect(row, "n", "a whole number", f"differences[{place}].")


def read_curve(name: str, path: Path) -> Curve:
    """A CSV with a header: a column `step` and any others. Blank cells are steps where a value was not logged."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(text.splitlines()))
    except FileNotFoundError:
        return Curve(name, absent=f"{path} does not exist")
    except (OSError, ValueError, csv.Error) as error:
        return Curve(name, absent=f"{path} cannot be read ({error})")
    if not rows:
        return Curve(name, absent=f"{path} holds no steps")
    columns: dict[str, list[tuple[float, float]]] = {}
    broken: dict[str, int] = {}
    for row in rows:
        step = _number(row.get("step"))
        if step is None or not math.isfinite(step):
            return Curve(name, absent=f"{path} has no column of numbers called step")
        for column, cell in row.items():
            value = _number(cell)
            if column == "step" or value is None:
                continue
            if math.isfinite(value):
                columns.setdefault(str(column), []).append((step, value))
            else:
                broken[str(column)] = broken.get(str(column), 0) + 1
    columns = {column: sorted(points, key=lambda point: point[0]) for column, points in columns.items()}
    return Curve(name, columns, broken, "" if columns or broken else f"{path} holds no numbers beside its steps")


def _number(cell: Any) -> float | None:
    """The cell as a number; None for a blank, a text, a flag."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def read_records(paths: Iterable[Path]) -> list[Record]:
    """What the stages reported, in the order given. `metrics/format.json` is a stage; `metrics/ingest/olist.json` is the
    cell `olist` of the matrix stage `ingest`, for which `metrics/ingest` stands as well."""
    records = []
    for path in paths:
        found = sorted(path.glob("*.json")) if path.is_dir() else [path]
        records += [_record(one) for one in found]
    return records


def _record(path: Path) -> Record:
    matrix = path.parent.name not in {"metrics", ""}
    stage, item = (path.parent.name, path.stem) if matrix else (path.stem, "")
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
    """Finite numbers by name; those one level down as `rejected, no date`. Deeper ones are for other readers."""
    for key, value in values.items():
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield f"{prefix}{key}", value
        elif isinstance(value, dict) and not prefix:
            yield from _flat(value, f"{key}, ")
