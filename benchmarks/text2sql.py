"""Is the SQL judge right? Published question/SQL pairs of other people, and our own gold queries, on Olist's published tables.

python -m benchmarks.text2sql             # half a minute; DATA=folder, or ../shared/data; the last line is one JSON object

Every pair is judged against itself, which must be right, and against every pair with another result, which must not. Whether two
results differ is decided here, by comparing sorted values, not by the code under test. The pairs are written for Snowflake:
sqlglot translates them, and differing names are mapped (TABLES, COLUMNS). Our own queries, some of each question template of the
grammar and all of the analyst, must run on the published tables too.
"""

import argparse
import gzip
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import expressions as sql

from benchmarks.real import ingest_and_clean
from vitrine.facts import analyst, questions
from vitrine.tables.published.olist import TABLES as OURS
from vitrine.verifiers.sql.judge import Result, Sandbox, judge

TABLES = {"product_category_translation": "category_translation"}  # theirs -> ours
COLUMNS = {  # the publisher misspells them
    "product_name_length": "product_name_lenght",
    "product_description_length": "product_description_lenght",
}
PER_TEMPLATE = 5
MIN_RIGHT = 78


def translated(query: str) -> str:
    """A Snowflake query over ANALYTICS_COPILOT.RAW.* in DuckDB's dialect, with our names."""
    tree = sqlglot.parse_one(query, read="snowflake")
    for table in tree.find_all(sql.Table):
        name = table.name.lower()
        table.set("this", sql.to_identifier(TABLES.get(name, name)))
        table.set("db", None)
        table.set("catalog", None)
    for column in tree.find_all(sql.Column):
        if column.name.lower() in COLUMNS:
            column.set("this", sql.to_identifier(COLUMNS[column.name.lower()]))
    return tree.sql(dialect="duckdb")


def plain(result: Result) -> list[tuple[str, ...]]:
    """Each column with sorted values, and the columns sorted: equal for results that differ only in order."""
    rows = [[f"{value:.9g}" if isinstance(value, float) else str(value) for value in row] for row in result.rows]
    return sorted(tuple(sorted(column)) for column in zip(*rows, strict=True)) or [(str(len(result.columns)),)]


def theirs(pairs: list[Mapping[str, str]], sandbox: Sandbox) -> dict[str, Any]:
    queries = [translated(pair["output"]) for pair in pairs]
    results = [sandbox.run(query) for query in queries]
    runs = [place for place, result in enumerate(results) if not result.failure]
    values = {place: plain(results[place]) for place in runs}
    right = [place for place in runs if judge(queries[place], queries[place], sandbox).equal]
    differing = [(reply, gold) for reply, gold in itertools.permutations(runs, 2) if values[reply] != values[gold]]
    false_positives = [(reply, gold) for reply, gold in differing if judge(queries[reply], queries[gold], sandbox).equal]
    return {
        "pairs": len(pairs),
        "run": len(runs),
        "not_run": [f"{pairs[place]['input']} ({result.why})" for place, result in enumerate(results) if result.failure],
        "right_against_self": len(right),
        "differing": len(differing),
        "wrongly_right": len(false_positives),
        "wrongly_right_pairs": [[pairs[reply]["input"], pairs[gold]["input"]] for reply, gold in false_positives],
    }


def ours(clean: Path, sandbox: Sandbox) -> dict[str, Any]:
    taken: dict[str, list[str]] = {}
    for example in questions.examples(clean, seed=7):
        some = taken.setdefault(example["id"].split(":")[0], [])
        if len(some) < PER_TEMPLATE:
            some.append(example["sql"])
    by_hand = [question.sql for question in analyst.questions()]
    golds = [*itertools.chain.from_iterable(taken.values()), *by_hand]
    results = {gold: sandbox.run(gold) for gold in golds}
    void = [gold for gold in by_hand if all(value is None for row in results[gold].rows for value in row)]
    return {
        "shapes": len(taken),
        "own_gold": len(golds),
        "own_gold_failing": sum(result.failure is not None for result in results.values()),
        "failing": [f"{gold} ({result.why})" for gold, result in results.items() if result.failure],
        "analyst": len(by_hand),
        "analyst_empty_or_null": void,
    }


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    data = Path(os.environ.get("DATA", "../shared/data"))
    file = data / "text2sql_olist" / "snowflake_instruction_dataset.json.gz"
    for needed in (file, data / "olist"):
        if not needed.exists():
            print(
                f"{needed} does not exist; name the folder with the published files: DATA=… python -m benchmarks.text2sql",
                file=sys.stderr,
            )
            return 1
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="vitrine-text2sql-") as folder:
        to = Path(folder)
        ingest_and_clean("olist", data, to)
        tables = to / "tables"
        tables.mkdir()
        for name in OURS:
            (to / "clean" / f"{name}.parquet").rename(tables / f"{name}.parquet")
        (to / "clean" / "olist").symlink_to(tables)  # the pipeline's layout: clean/<source>/<table>
        with Sandbox({"published": tables}, seconds=60.0, rows=500_000, size=200_000_000) as sandbox:
            figures = theirs(json.loads(gzip.decompress(file.read_bytes())), sandbox) | ours(to / "clean", sandbox)
    figures["seconds"] = round(time.perf_counter() - started, 1)
    print(json.dumps(figures, ensure_ascii=False))
    good = figures["right_against_self"] >= MIN_RIGHT and not figures["wrongly_right"] and not figures["own_gold_failing"]
    return 0 if good and not figures["analyst_empty_or_null"] else 1


if __name__ == "__main__":
    sys.exit(main())
