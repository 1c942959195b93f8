"""SQL rewards per second on one core, and how much hostile queries slow a batch.

python -m benchmarks.sql_rewards [--shop data/facts/shop] [--chat data/chat/train.parquet] [--prompts 30]

Each prompt gets eight replies with different texts, so that only the gold result is cached: right (the gold query, written
differently), wrong (it runs), broken, and the mix of a model in training (5 : 3 : 2). `batch` grades 512 replies as the trainer
does: plain, with a tenth of them hostile, and with a tenth endless. Rates are per second of processor time of all processes
(`by_work`), which is the rate of an idle core, and of wall time (`by_clock`). The last line is one JSON object.
"""

import argparse
import json
import os
import random
import re
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl
import psutil

from vitrine.tasks.sql import TASK
from vitrine.tasks.task import Facts, grade_batch
from vitrine.verifiers.sql.judge import Sandbox, judge

REPLIES = 8
MIX = ("right", "right", "right", "right", "right", "wrong", "wrong", "wrong", "broken", "broken")
ENDLESS = (
    "SELECT count(*) FROM orders a, orders b, orders c, orders d WHERE a.order_id <> b.order_id AND {n} = {n}",
    "WITH RECURSIVE t(i) AS (SELECT {n} UNION ALL SELECT i + 1 FROM t) SELECT count(*) FROM t",
    "SELECT count(*) FROM range(1000000) a, range(100000{n}) b WHERE (a.range * b.range) % 7 = 9",
    "SELECT sum(a.price * b.price) FROM order_items a, order_items b, order_items c WHERE a.price < b.price + {n}",
)
HOSTILE = (
    *ENDLESS,
    "SELECT repeat('x', 200000000{n})",
    "SELECT string_agg(repeat('x', 100000)) FROM range(100000{n})",
    "DROP TABLE orders -- {n}",
    "SELECT * FROM read_csv('/etc/passwd{n}')",
    "SELECT count(*) FROM " + ", ".join(f"orders o{{n}}_{i}" for i in range(40)),
    "SELECT * FROM orders o{n}, customers, order_items",
)


def right(gold: str, n: int) -> str:
    return gold + f" -- {n}" if "ORDER BY" in gold or n % 2 else f"SELECT * FROM ({gold}) q{n}"


def wrong(gold: str, n: int) -> str:
    other = re.sub(r"WHERE (\w+|YEAR\(\w+\)) ", lambda match: f"WHERE {n} = {n} AND NOT {match[1]} ", gold, count=1)
    return other if other != gold else f"{gold} LIMIT {n % 3}"


def broken(gold: str, n: int) -> str:
    return (f"{gold} WHERE {n}", gold.replace("FROM ", f"FROM x{n}", 1), gold.replace("SELECT ", f"SELECT a{n}, ", 1))[n % 3]


KINDS: Mapping[str, Callable[[str, int], str]] = {"right": right, "wrong": wrong, "broken": broken}


def processor_seconds() -> float:
    """Processor time of this process and of its descendants, including those that have ended."""
    own = psutil.Process()
    return sum(sum(process.cpu_times()[:4]) for process in [own, *own.children(recursive=True)])


def rate(kinds: Sequence[str], golds: Sequence[str], sandbox: Sandbox) -> dict[str, float]:
    rng = random.Random(7)
    pairs = [(KINDS[rng.choice(kinds)](gold, n + 1), gold) for gold in golds for n in range(REPLIES)]
    clock, work = time.perf_counter(), processor_seconds()
    scores = [judge(reply, gold, sandbox).score for reply, gold in pairs]
    by_work, by_clock = len(pairs) / (processor_seconds() - work), len(pairs) / (time.perf_counter() - clock)
    return {"by_work": round(by_work), "by_clock": round(by_clock), "mean_score": round(statistics.fmean(scores), 3)}


def one_core(golds: Sequence[str], shop: Path, prompts: int) -> dict[str, dict[str, float]]:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        with Sandbox({copy.name: copy for copy in sorted(shop.iterdir())}) as sandbox:
            sandbox.run("SELECT 1")
            plans = {**{kind: (kind,) for kind in KINDS}, "mix": MIX}
            parts = [golds[place * prompts : (place + 1) * prompts] for place in range(len(plans))]
            return {name: rate(kinds, part, sandbox) for (name, kinds), part in zip(plans.items(), parts, strict=True)}
    finally:
        os.sched_setaffinity(0, cores)


def batches(facts: Sequence[Facts], shop: Path) -> dict[str, float]:
    plain = [(KINDS[MIX[n]](each["sql"], n + 1), each) for each in facts[:64] for n in range(REPLIES)]
    seconds: dict[str, list[float]] = {"plain": [], "hostile": [], "endless": []}
    sandbox = Sandbox.at(shop)
    grade_batch(TASK, plain)  # starts the processes
    for _ in range(3):
        for name, queries in (("plain", ()), ("hostile", HOSTILE), ("endless", ENDLESS)):
            batch = list(plain)
            for n, place in enumerate(random.Random(5).sample(range(len(batch)), len(batch) // 10 if queries else 0)):
                batch[place] = (queries[n % len(queries)].replace("{n}", str(n)), batch[place][1])
            sandbox.clear_cache()
            clock = time.perf_counter()
            grade_batch(TASK, batch)
            seconds[name].append(time.perf_counter() - clock)
    return {name: round(statistics.median(some), 2) for name, some in seconds.items()} | {"workers": sandbox.workers}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shop", type=Path, default=Path("data/facts/shop"), help="the folder with the shop databases")
    parser.add_argument("--chat", type=Path, default=Path("data/chat/train.parquet"), help="a table with SQL prompts")
    parser.add_argument("--prompts", type=int, default=30, help="prompts per kind of reply (default: 30)")
    args = parser.parse_args()
    chat = pl.read_parquet(args.chat).filter(pl.col("task") == "sql")
    facts = [json.loads(row) | {"shop": str(args.shop)} for row in chat.sort("id")["facts"]]
    random.Random(3).shuffle(facts)
    rates = one_core([each["sql"] for each in facts[64:]], args.shop, args.prompts)
    print(json.dumps({"rewards_a_second": rates, "seconds_of_a_batch": batches(facts, args.shop), "load": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
