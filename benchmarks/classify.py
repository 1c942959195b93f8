"""How many products map to the taxonomy, and how fast the paths are graded.

python -m benchmarks.classify                       # a generated sample: some seconds
python -m benchmarks.classify ../shared/data        # also the published files: amazon_products/ and taxonomy/
python -m benchmarks.classify ../shared/data --show 50 --seed 11    # print mapped pairs

`mapped` is the share of products with a path. `by` counts the products mapped by each rule, and the reasons of the others.
`paths` is the number of different paths. The rate is the median of five runs over the same replies on one core: the gold path, a
part of it, another product's path, one with an invented end, two paths, prose. The last line is one JSON object.
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

from benchmarks.real import ingest_and_clean
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
    paths = {"raw": str(folder / "raw"), "clean": str(folder / "clean")}
    for source in SOURCES:
        ingest.body(parse(Ingest, "ingest", composed["ingest"] | {"source": source, "raw": paths["raw"]}))
        clean.body(parse(Clean, "clean", composed["clean"] | {"source": source} | paths))
    return folder / "clean"


def published(data: Path, folder: Path) -> Path:
    (folder / "tables").mkdir(parents=True)
    for source in SOURCES:
        ingest_and_clean(source, data, folder / source)
        (folder / source / "clean").rename(folder / "tables" / source)
    return folder / "tables"


def replies(examples: Sequence[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """About `REPLIES` pairs of a reply and its facts, equally many of six kinds."""
    pairs = []
    for index in range(REPLIES // 6):
        example, other = examples[index % len(examples)], examples[(index + 1) % len(examples)]
        gold, another, facts = TASK.gold(example), TASK.gold(other), TASK.facts(example)
        assert gold and another
        part = " > ".join(example["path"][:-1])
        variants = (
            gold,
            part,
            another,
            f"{part} > Great Gadgets",
            f"{gold} or {another}",
            f"I think that it is a {example['title']}.",
        )
        pairs += [(reply, facts) for reply in variants]
    return pairs


def figures(clean: Path, facts: Path, seed: int) -> dict[str, Any]:
    started = time.perf_counter()
    counts = {name.partition(".")[2]: int(count) for name, count in categories.build(clean, facts).items()}
    seconds = time.perf_counter() - started
    examples = TASK.examples(ExampleConfig(clean=clean, facts=facts), limit=10**7, seed=seed)
    pairs, rates = replies(examples), []
    grade_batch(TASK, pairs[:6])  # reads the taxonomy
    for _ in range(RUNS):
        started = time.process_time()
        grade_batch(TASK, pairs)
        rates.append(len(pairs) / (time.process_time() - started))
    products = sum(counts.values())
    return {
        "products": products,
        "mapped": round(sum(counts[rule] for rule in categories.RULES) / products, 4),
        "by": {name: count for name, count in counts.items() if count},
        "examples": len(examples),
        "paths": len({tuple(example["path"]) for example in examples}),
        "build_seconds": round(seconds, 2),
        "rewards_per_cpu_s": round(median(rates)),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", help="the folder with amazon_products/ and taxonomy/")
    parser.add_argument("--show", type=int, default=0, help="print this many mapped products of the published files")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="vitrine-classify-") as name:
        folder = Path(name)
        results = {"sample": figures(sample(folder / "sample"), folder / "sample" / "facts", args.seed)}
        if args.data:
            tables = published(args.data, folder / "published")
            results["published"] = figures(tables, folder / "published" / "facts", args.seed)
            for example in categories.examples(tables, limit=args.show, seed=args.seed) if args.show else []:
                print(f"{example['title'][:90]}  =>  {' > '.join(example['path'])}")
    print(json.dumps(results))


if __name__ == "__main__":
    main()
