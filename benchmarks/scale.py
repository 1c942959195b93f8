"""How fast one core cleans, alone and as a Ray worker: the numbers behind docs/scale.md.

python -m benchmarks.scale            # some minutes; the last line is one JSON object
python -m benchmarks.scale --rows 20000 --runs 1      # a short run

All contenders clean the same generated AmazonTitles, from raw to clean parquet, with default options. `near` also sets aside
near-duplicates, in a tenth of the rows. Each contender has its own process.

core    `run.clean` on one core with one thread
ray_n   `cluster.clean` with n workers of one thread each. The cluster is up and has already cleaned a few rows; its start is
        reported separately. The driver has its own process.

Rates are per second of wall time. `cpu_s` is the processor time of all processes, which other work on the machine changes less.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from statistics import median

import psutil
import yaml

from vitrine import tables
from vitrine.cleaning import run
from vitrine.cleaning.by_source import amazon_titles
from vitrine.cleaning.ray import cluster
from vitrine.cleaning.ray.session import Launch, session
from vitrine.sources import SOURCES
from vitrine.sources.landing import land
from vitrine.tables.published.listings import RAW_LISTINGS

ROOT = Path(__file__).resolve().parents[1]
ROW_GROUPS = 16  # row groups, so that every worker gets work
WARM_UP = 1000  # rows
JACCARD = 0.8
ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}


def raw_table(folder: Path, rows: int) -> None:
    """Write `rows` listings as `ingest` does, in ROW_GROUPS row groups, and smaller tables: a tenth, and a few for warm-up."""
    SOURCES["amazon_titles"].generate(folder / "files", rows=rows, seed=7)
    land(SOURCES["amazon_titles"], SOURCES["amazon_titles"].read(folder / "files"), folder / "landed")
    table = tables.load(folder / "landed" / "listings.parquet", RAW_LISTINGS)
    for name, part in (("raw", table), ("tenth", table.slice(0, rows // 10)), ("few", table.slice(0, WARM_UP))):
        with tables.open_writer(folder / name / "listings.parquet", RAW_LISTINGS) as write:
            size = -(-part.num_rows // ROW_GROUPS)
            for start in range(0, part.num_rows, size):
                write(part.slice(start, size))


def contend(folder: Path, workers: int, near: bool) -> dict[str, float]:
    """Seconds of one cleaning in this process: on one core (workers=0) or with this many Ray workers."""
    block = yaml.safe_load((ROOT / "conf" / "clean" / "default.yaml").read_text())["sources"]["amazon_titles"]
    options = amazon_titles.Options.model_validate(block | {"near_duplicates": {"jaccard": JACCARD} if near else None})
    make, raw, made = partial(amazon_titles.rules, options), folder / ("tenth" if near else "raw"), folder / "made"
    if not workers:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        run.clean(make(), folder / "few", made)
        before, started = cpu(), time.perf_counter()
        run.clean(make(), raw, made)
        return {"wall_s": time.perf_counter() - started, "cpu_s": cpu() - before}
    launch, began = Launch(name="ray", workers=workers), time.perf_counter()
    with session(launch):
        cluster.clean(make, folder / "few", made, launch)
        before, started = cpu(), time.perf_counter()
        cluster.clean(make, raw, made, launch)
        return {"wall_s": time.perf_counter() - started, "cpu_s": cpu() - before, "up_s": started - began}


def cpu() -> float:
    """Processor seconds of this process and its running descendants."""
    own = psutil.Process()
    return sum(sum(process.cpu_times()[:2]) for process in (own, *own.children(recursive=True)))


def measure(folder: Path, workers: int, near: bool, runs: int) -> dict[str, float]:
    """The medians of several runs, each in its own process."""
    command = [sys.executable, "-m", "benchmarks.scale", "--contend", str(workers), "--folder", str(folder)]
    results = []
    for _ in range(runs):
        process = subprocess.run(
            [*command, *(["--near"] if near else [])], cwd=ROOT, env=os.environ | ONE_THREAD, capture_output=True, text=True
        )
        if process.returncode:
            raise SystemExit(process.stderr)
        results.append(json.loads(process.stdout.splitlines()[-1]))
    return {name: median(result[name] for result in results) for name in results[0]}


def figures(rows: int, mb: float, results: Mapping[str, Mapping[str, float]]) -> dict[str, object]:
    cleaned = {name: rows // 10 if name.endswith("near") else rows for name in results}
    rates = {name: round(cleaned[name] / seconds["wall_s"]) for name, seconds in results.items()}
    return {
        "rows": rows,
        "mb": round(mb, 1),
        "rows_per_s_core": rates["core"],
        "mb_per_s_core": round(mb / results["core"]["wall_s"], 1),
        "rows_per_cpu_s": {name: round(cleaned[name] / seconds["cpu_s"]) for name, seconds in results.items()},
        **{name: rate for name, rate in rates.items() if name != "core"},
        "seconds": {name: {key: round(value, 2) for key, value in seconds.items()} for name, seconds in results.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=400_000, help="generated listings (default: 400000)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each contender; medians count (default: 3)")
    parser.add_argument("--contend", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--near", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.contend is not None:
        print(json.dumps(contend(args.folder, args.contend, args.near)))
        return
    with tempfile.TemporaryDirectory(prefix="vitrine-scale-") as name:
        folder = Path(name)
        raw_table(folder, args.rows)
        mb = tables.load(folder / "raw" / "listings.parquet", RAW_LISTINGS).select(["title", "content"]).nbytes / 1e6
        results = {}
        for name, workers, near in (
            ("core", 0, False), ("ray_1", 1, False), ("ray_2", 2, False), ("core_near", 0, True), ("ray_2_near", 2, True),
        ):  # fmt: skip
            results[name] = measure(folder, workers, near, args.runs)
            print(name, results[name], file=sys.stderr)
        print(json.dumps(figures(args.rows, mb, results)))


if __name__ == "__main__":
    main()
