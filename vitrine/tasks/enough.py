"""Whether every task that was asked for has examples: before they are made, and once they stand on their sides.

check_sources(["sql", "describe"], Path("data/clean"))     # EmptyError: there are no rows of olist (for sql): …
check_sides(["sql"], rows, {"train.sql": 0.0, …})          # EmptyError: none of the 12 examples of sql is left for train; …
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from vitrine.errors import EmptyError
from vitrine.tasks import TASKS


def check_sources(asked: Collection[str], clean: Path) -> None:
    """All tasks that have nothing to be made of, in one sentence: a source that is not selected writes empty tables."""
    lacking: dict[str, list[str]] = {}
    for task in asked:
        for source in TASKS[task].sources:
            files = [file for file in (clean / source).glob("*.parquet") if file.stem != "quarantine"]
            if not any(pq.read_metadata(file).num_rows for file in files):
                lacking.setdefault(source, []).append(task)
    if lacking:
        which = "; ".join(f"{source} (for {', '.join(tasks)})" for source, tasks in lacking.items())
        unasked = " ".join(f"format.tasks.{task}.rows=0" for task in asked if any(task in tasks for tasks in lacking.values()))
        raise EmptyError(
            f"there are no rows of {which}: set the source's `selected` to true, or ask for no such task: vitrine set {unasked}"
        )


def check_sides(asked: Iterable[str], rows: Sequence[Mapping[str, Any]], counts: Mapping[str, float]) -> None:
    """A task that was asked for has examples, and some to test; only one that is never trained on may have none in train."""
    found, trained = Counter(row["task"] for row in rows), {row["task"] for row in rows if row.get("side") != "test"}
    for task in asked:
        if not found[task]:
            raise EmptyError(
                f"format.tasks.{task} asks for examples, and its sources ({', '.join(TASKS[task].sources)}) gave none; check "
                f"their `selected` and `rows` in ingest.sources, or set format.tasks.{task}.rows=0"
            )
        empty = [side for side in ("train", "test") if not counts.get(f"{side}.{task}") and (side == "test" or task in trained)]
        if empty:
            raise EmptyError(
                f"none of the {found[task]} examples of {task} is left for {' and '.join(empty)}; raise format.tasks.{task}.rows "
                f"or the rows of its sources ({', '.join(TASKS[task].sources)}), or see format.test and format.contamination"
            )
