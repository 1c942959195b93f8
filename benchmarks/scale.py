"""How fast a core cleans, alone and as a worker of Ray: what docs/scale.md reckons with.

python -m benchmarks.scale            # some minutes; the last line is one JSON object
python -m benchmarks.scale --rows 20000 --runs 1      # to try it

The same generated AmazonTitles for all, raw parquet to clean parquet, default options; `near` sets near-duplicates aside too, in
a tenth of the rows.
Every contender has its own process.

core    `run.clean` on one processor, one thread
ray_n   `cluster.clean` with n workers, each with one thread; the cluster is up and warm (a few rows went through it before),
        and what starting it takes is told apart. The driver has a process of its own beside them.

Rates are of the wall clock; `cpu_s` are the processor's seconds of all processes, which a busy host changes less.
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
PIECES = 16  # row groups, so that every worker has something to do
WARM_UP = 1000  # rows
JACCARD = 0.8
ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}


def raw_table(folder: Path, rows: int) -> None:
    """`rows` listings as `ingest` leaves them, but in PIECES row groups; a tenth and a few in tables of their own."""
    SOURCES["amazon_titles"].generate(folder / "files", rows=rows, seed=7)
    land(SOURCES["amazon_titles"], SOURCES["amazon_titles"].read(folder / "files"), folder / "landed")
    table = tables.load(folder / "landed" / "listings.parquet", RAW_LISTINGS)
    for name, part in (("raw", table), ("tenth", table.slice(0, rows // 10)), ("few", table.slice(0, WARM_UP))):
        with tables.open_writer(folder / name / "listings.parquet", RAW_LISTINGS) as write:
            size = -(-part.num_rows // PIECES)
            for start in range(0, part.num_rows, size):
                write(part.slice(start, size))


def contend(folder: Path, workers: int, near: bool) -> dict[str, float]:
    """Seconds of one cleaning in this process: on one processor (workers=0) or by so many workers of Ray."""
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
    """Processor seconds of this process and all it started that still live."""
    me = psutil.Process()
    return sum(sum(one.cpu_times()[:2]) for one in (me, *me.children(recursive=True)))


def measured(folder: Path, workers: int, near: bool, runs: int) -> dict[str, float]:
    """The medians of several runs, each in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.scale", "--contend", str(workers), "--folder", str(folder)]
    found = []
    for _ in range(runs):
        done = subprocess.run(
            [*command, *(["--near"] if near else [])], cwd=ROOT, env=os.environ | ONE_THREAD, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return {name: median(one[name] for one in found) for name in found[0]}


def figures(rows: int, mb: float, found: Mapping[str, Mapping[str, float]]) -> dict[str, object]:
    each = {name: rows // 10 if name.endswith("near") else rows for name in found}
    rates = {name: round(each[name] / one["wall_s"]) for name, one in found.items()}
    return {
        "rows": rows,
        "mb": round(mb, 1),
        "rows_per_s_core": rates["core"],
        "mb_per_s_core": round(mb / found["core"]["wall_s"], 1),
        "rows_per_cpu_s": {name: round(each[name] / one["cpu_s"]) for name, one in found.items()},
        **{name: rate for name, rate in rates.items() if name != "core"},
        "seconds": {name: {key: round(value, 2) for key, value in one.items()} for name, one in found.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--contend", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--near", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.contend is not None:
        print(json.dumps(contend(chosen.folder, chosen.contend, chosen.near)))
        return
    with tempfile.TemporaryDirectory(prefix="vitrine-scale-") as name:
        folder = Path(name)
        raw_table(folder, chosen.rows)
        mb = tables.load(folder / "raw" / "listings.parquet", RAW_LISTINGS).select(["title", "content"]).nbytes / 1e6
        found = {}
        for name, workers, near in (
            ("core", 0, False), ("ray_1", 1, False), ("ray_2", 2, False), ("core_near", 0, True), ("ray_2_near", 2, True),
        ):  # fmt: skip
            found[name] = measured(folder, workers, near, chosen.runs)
            print(name, found[name], file=sys.stderr)
        print(json.dumps(figures(chosen.rows, mb, found)))


if __name__ == "__main__":
    main()
