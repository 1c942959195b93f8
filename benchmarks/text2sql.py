"""Other people's question/SQL pairs on Olist's published tables, and our own gold queries there: is the judge right?

python -m benchmarks.text2sql             # half a minute; DATA=folder, or ../shared/data; the last line is one JSON object

Every pair is judged against itself, where it has to be right, and against every pair whose result differs, where it must not
be. Whether two results differ is told here, by a plain comparison of sorted values, and not by what is being checked. The
pairs are written for Snowflake: sqlglot translates them, and the names that differ are renamed (TABLES, COLUMNS).
Our own queries, a few of each shape of the grammar and the analyst's, have to run on the published tables too.
"""

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

from benchmarks.real import through
from vitrine.facts import analyst, questions
from vitrine.tables.published.olist import TABLES as OURS
from vitrine.verifiers.sql.judge import Result, Sandbox, judge

TABLES = {"product_category_translation": "category_translation"}  # theirs -> ours
COLUMNS = {  # the publisher misspells them
    "product_name_length": "product_name_lenght",
    "product_description_length": "product_description_lenght",
}
OF_EACH_SHAPE = 5
LEAST_RIGHT = 78


def translated(query: str) -> str:
    """A Snowflake query over ANALYTICS_COPILOT.RAW.* in DuckDB's words and our names."""
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
    """The values of each column, sorted, and the columns sorted: alike for results that are the same in some order."""
    said = [[f"{value:.9g}" if isinstance(value, float) else str(value) for value in row] for row in result.rows]
    return sorted(tuple(sorted(column)) for column in zip(*said, strict=True)) or [(str(len(result.columns)),)]


def theirs(pairs: list[Mapping[str, str]], box: Sandbox) -> dict[str, Any]:
    queries = [translated(pair["output"]) for pair in pairs]
    results = [box.run(query) for query in queries]
    runs = [place for place, result in enumerate(results) if not result.failure]
    values = {place: plain(results[place]) for place in runs}
    right = [place for place in runs if judge(queries[place], queries[place], box).equal]
    differing = [(said, gold) for said, gold in itertools.permutations(runs, 2) if values[said] != values[gold]]
    fooled = [(said, gold) for said, gold in differing if judge(queries[said], queries[gold], box).equal]
    return {
        "pairs": len(pairs),
        "run": len(runs),
        "not_run": [f"{pairs[place]['input']} ({result.why})" for place, result in enumerate(results) if result.failure],
        "right_against_self": len(right),
        "differing": len(differing),
        "wrongly_right": len(fooled),
        "wrongly_right_pairs": [[pairs[said]["input"], pairs[gold]["input"]] for said, gold in fooled],
    }


def ours(clean: Path, box: Sandbox) -> dict[str, Any]:
    taken: dict[str, list[str]] = {}
    for example in questions.examples(clean, seed=7):
        some = taken.setdefault(example["id"].split(":")[0], [])
        if len(some) < OF_EACH_SHAPE:
            some.append(example["sql"])
    by_hand = [one.sql for one in analyst.questions()]
    golds = [*itertools.chain.from_iterable(taken.values()), *by_hand]
    results = {gold: box.run(gold) for gold in golds}
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
    data = Path(os.environ.get("DATA", "../shared/data"))
    file = data / "text2sql_olist" / "snowflake_instruction_dataset.json.gz"
    for needed in (file, data / "olist"):
        if not needed.exists():
            print(f"{needed} is not there; expected the published files: name their folder, DATA=…", file=sys.stderr)
            return 1
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="vitrine-text2sql-") as folder:
        to = Path(folder)
        through("olist", data, to)
        tables = to / "tables"
        tables.mkdir()
        for name in OURS:
            (to / "clean" / f"{name}.parquet").rename(tables / f"{name}.parquet")
        (to / "clean" / "olist").symlink_to(tables)  # as the pipeline lays them out: clean/<source>/<table>
        with Sandbox({"published": tables}, seconds=60.0, rows=500_000, size=200_000_000) as box:
            found = theirs(json.loads(gzip.decompress(file.read_bytes())), box) | ours(to / "clean", box)
    found["seconds"] = round(time.perf_counter() - started, 1)
    print(json.dumps(found, ensure_ascii=False))
    good = found["right_against_self"] >= LEAST_RIGHT and not found["wrongly_right"] and not found["own_gold_failing"]
    return 0 if good and not found["analyst_empty_or_null"] else 1


if __name__ == "__main__":
    sys.exit(main())
