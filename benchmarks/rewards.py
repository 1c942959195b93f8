"""How fast replies are graded, and whether hostile replies do damage.

python -m benchmarks.rewards                                  # on a generated shop: about four minutes
python -m benchmarks.rewards --olist ../shared/data/olist     # also the SQL rates on the published tables
python -m benchmarks.rewards --only sql batch                 # some of: extract sql attacks batch

Rates are per second of wall time on one core, to which this process and its children are bound. `…_per_cpu_s` is per second of
processor time, which other work on the machine does not change. SQL runs in the sandbox and on the perturbed copies. No two
queries have the same text. The result of each gold query comes with its row, as `format` writes it; in `sql_gold_too_…` each gold
query runs as well, once for its eight replies. The hostile batch may use every core. The last line is one JSON object.
"""

import argparse
import json
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import fmean, median
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import psutil

from benchmarks.real import ingest_and_clean
from benchmarks.rewards_replies import MIX, broken, extract_reply, right, wrong
from stages.clean import Clean
from stages.clean import main as clean
from stages.ingest import Ingest
from stages.ingest import main as ingest
from tests.verifiers.attacks import ATTACKS, SQLITE_ATTACKS
from tests.verifiers.attacks.ground import Ground
from vitrine.facts import shop
from vitrine.params import composition
from vitrine.settings import parse
from vitrine.tasks import TASKS
from vitrine.tasks.task import ExampleConfig, grade_batch

Replies = list[tuple[str, dict[str, Any]]]
REPLIES_A_PROMPT = 8
REPEATS = 3
ROWS = 4_000  # of the sample of Olist
BATCH, HOSTILE = 512, 0.1
ENDLESS = ("time", "memory")  # kinds of attacks in the hostile batch
NUMBERS = count(1_000)  # a different number for each query


# ---------------------------------------------------------------------------------------------------------- questions


def sample(folder: Path) -> ExampleConfig:
    """Ingest and clean a sample of Olist, and build the small shop databases of the default pipeline."""
    composed = composition([f"ingest.sources.olist.rows={ROWS}"])
    paths = {"raw": str(folder / "raw"), "clean": str(folder / "clean")}
    ingest.body(parse(Ingest, "ingest", composed["ingest"] | {"source": "olist", "raw": paths["raw"]}))
    clean.body(parse(Clean, "clean", composed["clean"] | {"source": "olist"} | paths))
    shop.build(folder / "clean", folder / "facts" / "shop", orders=int(composed["format"]["shop_orders"]), seed=7)
    return ExampleConfig(clean=folder / "clean", facts=folder / "facts")


def published(olist: Path, folder: Path) -> ExampleConfig:
    """The published tables with all orders, and their perturbed copies."""
    ingest_and_clean("olist", olist.parent, folder)
    (folder / "tables").mkdir()
    (folder / "clean").rename(folder / "tables" / "olist")
    shop.build(folder / "tables", folder / "facts" / "shop", orders=None, seed=7)
    return ExampleConfig(clean=folder / "tables", facts=folder / "facts")


class Questions:
    """Gold queries, each used only once, because a sandbox caches results."""

    def __init__(self, example_config: ExampleConfig, folder: Path, limit: int) -> None:
        self.folder = folder
        shutil.copytree(example_config.facts / "shop", folder)  # so that it gets its own sandbox with an empty cache
        task = TASKS["sql"]
        pairs = [(str(task.gold(example)), task.facts(example)) for example in task.examples(example_config, limit=limit, seed=7)]
        random.Random(7).shuffle(pairs)
        self.left = iter(pairs)
        self.size = len(pairs)

    def replies(self, prompts: int, kinds: Mapping[str, int], *, preloaded: bool = True) -> Replies:
        """Eight replies to each of `prompts` prompts, with these shares of kinds, shuffled. `preloaded`: with gold results."""
        pairs = [next(self.left) for _ in range(prompts)]
        golds = [gold for gold, _ in pairs]
        drawn = [kind for kind, share in kinds.items() for _ in range(share)]
        replies = []
        for place, (gold, facts) in enumerate(pairs):
            for reply in range(REPLIES_A_PROMPT):
                kind, number = drawn[(place * REPLIES_A_PROMPT + reply) % len(drawn)], next(NUMBERS)
                query = {"right": right(gold, number), "wrong": wrong(golds, place, number), "broken": broken(gold, number)}[kind]
                replies.append((query, facts | {"shop": str(self.folder)} | ({} if preloaded else {"known": {}})))
        random.Random(prompts).shuffle(replies)
        return replies


# ------------------------------------------------------------------------------------------------------------ speed


@contextmanager
def one_core() -> Iterator[None]:
    """Bind this process, and the processes that it starts meanwhile, to one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def spent() -> float:
    """Processor seconds of this process and its running descendants."""
    own = psutil.Process()
    total = 0.0
    for process in [own, *own.children(recursive=True)]:
        times = process.cpu_times()
        total += times.user + times.system
    return total


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """The result, the seconds of wall time and the seconds of processor time."""
    cpu, clock = spent(), time.perf_counter()
    done = work()
    return done, time.perf_counter() - clock, spent() - cpu


def extract_rates(example_config: ExampleConfig) -> dict[str, float]:
    """Rewards of `extract`, with the facts parsed from JSON for each reply as in training."""
    task, rng = TASKS["extract"], random.Random(7)
    examples = task.examples(example_config, limit=500, seed=7)
    rows = [(extract_reply(str(task.gold(example)), rng), json.dumps(task.facts(example))) for example in examples * 20]
    clocks, cpus = [], []
    for _ in range(REPEATS + 1):
        grades, clock, cpu = timed(lambda: grade_batch(task, [(reply, json.loads(facts)) for reply, facts in rows]))
        clocks.append(len(rows) / clock)
        cpus.append(len(rows) / cpu)
    return {
        "extract_per_s": round(median(clocks[1:])),
        "extract_per_cpu_s": round(median(cpus[1:])),
        "extract_replies": len(rows),
        "extract_mean": round(fmean(grade.score for grade in grades), 3),
    }


def sql_rates(questions: Questions, end: str) -> dict[str, Any]:
    """Rewards of `sql`: the mix, the mix with gold queries not preloaded, each kind alone, and the mix a second time."""
    task, figures = TASKS["sql"], {}
    prompts = max(2, questions.size // (REPEATS * (4 + len(MIX)) + 1))
    grade_batch(task, questions.replies(2, MIX))  # starts the processes
    for name, kinds in {"": dict(MIX), "_gold_too": dict(MIX), **{f"_{kind}": {kind: 1} for kind in MIX}}.items():
        clocks, cpus, scores = [], [], []
        for _ in range(REPEATS):
            replies = questions.replies(prompts * (1 if name[1:] in MIX else 2), kinds, preloaded=name != "_gold_too")
            grades, clock, cpu = timed(lambda replies=replies: grade_batch(task, replies))
            clocks.append(len(replies) / clock)
            cpus.append(len(replies) / cpu)
            scores += [grade.score for grade in grades]
        figures |= {
            f"sql{name}_per_s{end}": round(median(clocks), 1),
            f"sql{name}_per_cpu_s{end}": round(median(cpus), 1),
            f"sql{name}_replies{end}": len(scores),
            f"sql{name}_mean{end}": round(fmean(scores), 3),
            f"sql{name}_full{end}": round(fmean(score == 1.0 for score in scores), 3),
        }
        if not name:
            few = replies[: 16 * REPLIES_A_PROMPT]  # one step of training; more replies might overflow the cache
            grade_batch(task, few)
            _, clock, _ = timed(lambda few=few: grade_batch(task, few))
            figures[f"sql_again_per_s{end}"] = round(len(few) / clock, 1)
    return figures


# ------------------------------------------------------------------------------------------------------------ attacks


def run_attacks(example_config: ExampleConfig, folder: Path) -> dict[str, Any]:
    """Run every attack on the sandbox of each engine, and count the successful ones."""
    databases = {copy: example_config.facts / "shop" / copy for copy in shop.COPIES}
    started, successes = time.perf_counter(), Counter[str]()
    tried = {"duckdb": ATTACKS, "sqlite": SQLITE_ATTACKS}
    for engine, attacks in tried.items():
        with Ground(folder / engine, databases, seconds=0.2, engine=engine) as ground:
            for name, attack in attacks.items():
                if breaches := ground.breaches(attack):
                    successes[f"{engine}, {attack.kind}"] += 1
                    print(f"   successful: {engine}, {name}: {'; '.join(breaches)[:200]}")
    return {
        "sql_attacks": sum(map(len, tried.values())),
        "sql_attacks_through": successes.total(),
        "sql_attacks_by_engine": {engine: len(attacks) for engine, attacks in tried.items()},
        "sql_attacks_through_by_kind": dict(successes),
        "sql_attacks_s": round(time.perf_counter() - started, 1),
    }


def hostile_batch(questions: Questions) -> dict[str, Any]:
    """The extra seconds of a batch in which every tenth reply never ends or would fill the memory."""
    task = TASKS["sql"]
    endless = [attack.sql for attack in ATTACKS.values() if attack.kind in ENDLESS]
    honest_seconds, hostile_seconds, lost = [], [], 0
    grade_batch(task, questions.replies(2, MIX))
    for repeat in range(REPEATS):
        replies = questions.replies(BATCH // REPLIES_A_PROMPT, MIX)
        _, clock, _ = timed(lambda replies=replies: grade_batch(task, replies))
        honest_seconds.append(clock)
        replies = questions.replies(BATCH // REPLIES_A_PROMPT, MIX)
        rng = random.Random(repeat)
        chosen = set(rng.sample(range(len(replies)), round(HOSTILE * len(replies))))
        mixed = [
            (f"{rng.choice(endless)} -- {next(NUMBERS)}", facts) if place in chosen else (reply, facts)
            for place, (reply, facts) in enumerate(replies)
        ]
        grades, clock, _ = timed(lambda mixed=mixed: grade_batch(task, mixed))
        hostile_seconds.append(clock)
        again = grade_batch(task, [replies[place] for place in range(len(replies)) if place not in chosen])
        honest = [grade.score for place, grade in enumerate(grades) if place not in chosen]
        lost += sum(mine != other.score for mine, other in zip(honest, again, strict=True))
    pairs = list(zip(honest_seconds, hostile_seconds, strict=True))
    return {
        "hostile_batch_extra_s": round(median(hostile - honest for honest, hostile in pairs), 2),
        "hostile_batch_s": round(median(hostile_seconds), 2),
        "honest_batch_s": round(median(honest_seconds), 2),
        "hostile_batch_honest_scores_changed": lost,
        "hostile_batch_graded_at_once": task.prepare is not None,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parts = ("extract", "sql", "attacks", "batch")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--olist", type=Path, help="the folder with the published files of Olist")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts, help="the parts to run (default: all)")
    args = parser.parse_args(arguments)
    figures: dict[str, Any] = {"cores": len(os.sched_getaffinity(0)), "load": round(os.getloadavg()[0], 1)}
    with tempfile.TemporaryDirectory(prefix="vitrine-rewards-") as name:
        folder = Path(name)
        example_config = sample(folder)
        if "extract" in args.only:
            with one_core():
                figures |= printed(extract_rates(example_config))
        if "sql" in args.only:
            with one_core():
                figures |= printed(sql_rates(Questions(example_config, folder / "for_rates", 950), ""))
        if "attacks" in args.only:
            figures |= printed(run_attacks(example_config, folder / "attacked"))
        if "batch" in args.only:
            figures |= printed(
                hostile_batch(Questions(example_config, folder / "for_batches", 2 * REPEATS * BATCH // REPLIES_A_PROMPT + 2))
            )
        if args.olist and "sql" in args.only:
            full = published(args.olist.absolute(), folder / "published")
            with one_core():
                figures |= printed(sql_rates(Questions(full, folder / "for_published", 300), "_olist"))
    print(json.dumps(figures))


def printed(figures: dict[str, Any]) -> dict[str, Any]:
    print("\n".join(f"{name:40}{value}" for name, value in figures.items()), flush=True)
    return figures


if __name__ == "__main__":
    main()
