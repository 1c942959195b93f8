"""Check that every requested task has examples: before they are made, and after they are split.

check_sources(["sql", "describe"], Path("data/clean"))     # EmptyError: there are no rows of olist (for sql): …
check_splits(["sql"], rows, {"train.sql": 0.0, …})         # EmptyError: none of the 12 examples of sql is left for train; …
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from vitrine.errors import EmptyError
from vitrine.tasks import TASKS


def check_sources(requested: Collection[str], clean: Path) -> None:
    """Raise one error that names all requested tasks whose source has no rows. A source that is not selected has none."""
    lacking: dict[str, list[str]] = {}
    for task in requested:
        for source in TASKS[task].sources:
            files = [file for file in (clean / source).glob("*.parquet") if file.stem != "quarantine"]
            if not any(pq.read_metadata(file).num_rows for file in files):
                lacking.setdefault(source, []).append(task)
    if lacking:
        sources = "; ".join(f"{source} (for {', '.join(tasks)})" for source, tasks in lacking.items())
        off = " ".join(f"format.tasks.{task}.rows=0" for task in requested if any(task in tasks for tasks in lacking.values()))
        raise EmptyError(
            f"there are no rows of {sources}: set the source's `selected` to true, or turn these tasks off: vitrine set {off}"
        )


def check_splits(requested: Iterable[str], rows: Sequence[Mapping[str, Any]], counts: Mapping[str, float]) -> None:
    """Raise unless every requested task has test examples and, if it is ever trained on, train examples."""
    count, trained = Counter(row["task"] for row in rows), {row["task"] for row in rows if row.get("side") != "test"}
    for task in requested:
        if not count[task]:
            raise EmptyError(
                f"format.tasks.{task} requests examples, but its sources ({', '.join(TASKS[task].sources)}) have none; check "
                f"their `selected` and `rows` in ingest.sources, or set format.tasks.{task}.rows=0"
            )
        needed = ("train", "test") if task in trained else ("test",)
        empty = [split for split in needed if not counts.get(f"{split}.{task}")]
        if empty:
            raise EmptyError(
                f"none of the {count[task]} examples of {task} is left for {' and '.join(empty)}; raise format.tasks.{task}.rows "
                f"or the rows of its sources ({', '.join(TASKS[task].sources)}), or see format.test and format.contamination"
            )
