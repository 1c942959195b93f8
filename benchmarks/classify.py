"""How many products find their category in the taxonomy, and how fast paths are graded.

python -m benchmarks.classify                       # the sample, generated: some seconds
python -m benchmarks.classify ../shared/data        # the published files too: amazon_products/ and taxonomy/
python -m benchmarks.classify ../shared/data --show 50 --seed 11    # mapped pairs, to be read

`mapped` is the share of products that have a path, `by` how many each rule found and why the others have none, `paths` how many
different ones there are. Rates are of one core, medians of five runs over the same replies: the gold path, part of it, another
product's, one with a made-up end, two paths, prose. The last line is one JSON object.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")

from benchmarks.real import through
from stages.clean import Clean
from stages.clean import main as clean
from stages.ingest import Ingest
from stages.ingest import main as ingest
from vitrine.facts import categories
from vitrine.params import composition
from vitrine.settings import parse
from vitrine.tasks.classify import TASK
from vitrine.tasks.task import ExampleConfig, grade_batch

SOURCES = ("products", "taxonomy")
ROWS = {"products": 3_000, "taxonomy": 600}
RUNS, REPLIES = 5, 6_000


def sample(folder: Path) -> Path:
    composed = composition([f"ingest.sources.{name}.rows={rows}" for name, rows in ROWS.items()])
    moved = {"raw": str(folder / "raw"), "clean": str(folder / "clean")}
    for source in SOURCES:
        ingest.body(parse(Ingest, "ingest", composed["ingest"] | {"source": source, "raw": moved["raw"]}))
        clean.body(parse(Clean, "clean", composed["clean"] | {"source": source} | moved))
    return folder / "clean"


def published(data: Path, folder: Path) -> Path:
    (folder / "tables").mkdir(parents=True)
    for source in SOURCES:
        through(source, data, folder / source)
        (folder / source / "clean").rename(folder / "tables" / source)
    return folder / "tables"


def replies(examples: Sequence[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """About `REPLIES`, of six kinds as often as each other."""
    found = []
    for place in range(REPLIES // 6):
        example, other = examples[place % len(examples)], examples[(place + 1) % len(examples)]
        gold, another, known = TASK.gold(example), TASK.gold(other), TASK.facts(example)
        assert gold and another
        part = " > ".join(example["path"][:-1])
        said = (
            gold,
            part,
            another,
            f"{part} > Great Gadgets",
            f"{gold} or {another}",
            f"I think that it is a {example['title']}.",
        )
        found += [(reply, known) for reply in said]
    return found


def figures(clean: Path, facts: Path, seed: int) -> dict[str, Any]:
    started = time.perf_counter()
    counted = {name.partition(".")[2]: int(count) for name, count in categories.build(clean, facts).items()}
    seconds = time.perf_counter() - started
    examples = TASK.examples(ExampleConfig(clean=clean, facts=facts), limit=10**7, seed=seed)
    asked, rates = replies(examples), []
    grade_batch(TASK, asked[:6])  # the taxonomy is read once
    for _ in range(RUNS):
        started = time.process_time()
        grade_batch(TASK, asked)
        rates.append(len(asked) / (time.process_time() - started))
    products = sum(counted.values())
    return {
        "products": products,
        "mapped": round(sum(counted[rule] for rule in categories.RULES) / products, 4),
        "by": {name: count for name, count in counted.items() if count},
        "examples": len(examples),
        "paths": len({tuple(example["path"]) for example in examples}),
        "build_seconds": round(seconds, 2),
        "rewards_per_cpu_s": round(median(rates)),
    }


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", help="the folder that holds amazon_products/ and taxonomy/")
    parser.add_argument("--show", type=int, default=0, help="print this many mapped products of the published files")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="vitrine-classify-") as name:
        folder = Path(name)
        found = {"sample": figures(sample(folder / "sample"), folder / "sample" / "facts", asked.seed)}
        if asked.data:
            tables = published(asked.data, folder / "published")
            found["published"] = figures(tables, folder / "published" / "facts", asked.seed)
            for example in categories.examples(tables, limit=asked.show, seed=asked.seed) if asked.show else []:
                print(f"{example['title'][:90]}  =>  {' > '.join(example['path'])}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
