"""Scores of this checkout's models on published texts, compared with their scores on the generated training sample's test split.

python -m benchmarks.real_text --olist ../shared/data/olist                             # extract and sentiment on real reviews
python -m benchmarks.real_text --olist ../shared/data/olist --titles ../shared/data/amazontitles        # also describe

A model answers up to `--n` held-out prompts of the sample (data/chat/test.parquet) and as many prompts made of published rows,
greedily, and the task grades both. Two controls on the published prompts: the best constant reply (the best of the commonest gold
replies, chosen on the same prompts, which favours it), and the model's own replies shuffled among the prompts. The last line is
one JSON object; `tasks` holds the scores of the last model, `models` those of all.
"""

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.real import as_listings, options
from stages.benchmark import Benchmark
from vitrine import tables
from vitrine.cleaning import run as cleaning
from vitrine.cleaning.by_source import CLEANERS
from vitrine.errors import VitrineError
from vitrine.evaluation.scores.runner import run
from vitrine.params import composition
from vitrine.settings import parse
from vitrine.sources import SOURCES
from vitrine.sources.landing import land
from vitrine.tables.chat import CHAT
from vitrine.tasks import TASKS
from vitrine.tasks.task import ExampleConfig, chat_rows, grade_batch

REVIEWS = ("extract", "sentiment")
CONSTANTS = 20  # the commonest gold replies, each tried as a constant reply
Rows = list[dict[str, Any]]


def published(source: str, files: Path, folder: Path) -> None:
    """Ingest and clean a source with the default options, into `folder`/`source`."""
    land(SOURCES[source], SOURCES[source].read(files), folder / "raw" / source)
    cleaning.clean(CLEANERS[source](getattr(options(), source)), folder / "raw" / source, folder / source)


def real_prompts(olist: Path, titles: Path | None, folder: Path, n: int, seed: int) -> dict[str, Rows]:
    published("olist", olist, folder)
    tasks = REVIEWS
    if titles:
        files = folder / "files"
        files.mkdir()
        as_listings(titles.parent, files)
        published("amazon_titles", files, folder)
        tasks = (*REVIEWS, "describe")
    example_config = ExampleConfig(clean=folder, facts=folder)
    return {name: chat_rows(TASKS[name], example_config, limit=n, seed=seed) for name in tasks}


def sample_prompts(chat: Path, tasks: Sequence[str], n: int, seed: int) -> dict[str, Rows]:
    rows = tables.read(
        chat / "test.parquet", CHAT, why_needed="the sample's held-out prompts are scored besides the published ones"
    )
    rng = random.Random(seed)
    prompts = {}
    for name in tasks:
        own = [row for row in rows if row["task"] == name]
        prompts[name] = rng.sample(own, min(n, len(own)))
    return prompts


def scores(replies: Sequence[str], rows: Rows) -> list[float]:
    task = TASKS[rows[0]["task"]]
    facts = [task.benchmark_facts(json.loads(row["facts"])) for row in rows]
    return [grade.score for grade in grade_batch(task, list(zip(replies, facts, strict=True)))]


def best_constant(rows: Rows) -> float:
    commonest = [gold for gold, _ in Counter(row["gold"] for row in rows).most_common(CONSTANTS)]
    return max(fmean(scores([gold] * len(rows), rows)) for gold in commonest)


def shuffled(answers: Rows, rows: Rows, seed: int) -> float:
    """The mean score if each reply is given to another prompt."""
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    replies = [""] * len(rows)
    for own, other in zip(order, [*order[1:], *order[:1]], strict=True):
        replies[other] = answers[own]["answer"]
    return fmean(scores(replies, rows))


def measure(name: str, engine: Any, sample: dict[str, Rows], real: dict[str, Rows], seed: int) -> dict[str, dict[str, float]]:
    figures = {}
    for task, rows in real.items():
        on_sample, on_real = (
            run(name, engine, prompts, samples=0, temperature=1.0, seed=seed) for prompts in (sample[task], rows)
        )
        figures[task] = {
            "sample": fmean(answer["score"] for answer in on_sample) if on_sample else float("nan"),
            "real": fmean(answer["score"] for answer in on_real),
            "constant": best_constant(rows),
            "shuffled": shuffled(on_real, rows, seed),
            "n": len(rows),
            "sample_n": len(on_sample),
        }
        headline = TASKS[task].headline
        if headline and on_sample:
            for origin, answers in (("sample", on_sample), ("real", on_real)):
                parsed = [answer | {"components": json.loads(answer["components"])} for answer in answers]
                figures[task] |= {f"{origin}_{key}": value for key, value in headline(parsed).items() if key in HEADLINES}
    return figures


HEADLINES = ("text_f1", "exact", "macro_f1", "accuracy")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--olist", type=Path, required=True, help="the folder with the published files of Olist")
    parser.add_argument("--titles", type=Path, help="the folder with the published rows of AmazonTitles (default: no describe)")
    parser.add_argument("--models", type=Path, default=Path("models"), help="the folder with the models (default: models)")
    parser.add_argument("--chat", type=Path, default=Path("data/chat"), help="the folder with test.parquet")
    parser.add_argument("--names", nargs="+", default=["sft", "grpo"], help="names of the models (default: sft grpo)")
    parser.add_argument("--n", type=int, default=300, help="prompts per task (default: 300)")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args(arguments)
    settings = parse(Benchmark, "benchmark", composition([])["benchmark"])
    try:
        with tempfile.TemporaryDirectory(prefix="vitrine-real-text-") as folder:
            real = real_prompts(args.olist.absolute(), args.titles and args.titles.absolute(), Path(folder), args.n, args.seed)
        sample = sample_prompts(args.chat, list(real), args.n, args.seed)
        models = {
            name: measure(name, settings.engine.open(args.models / name, settings.load), sample, real, args.seed)
            for name in args.names
        }
    except VitrineError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{'':18}{'sample':>9}{'real':>9}{'constant':>10}{'shuffled':>10}{'n':>6}")
    for name, tasks in models.items():
        for task, own in tasks.items():
            columns = f"{own['sample']:>9.3f}{own['real']:>9.3f}{own['constant']:>10.3f}{own['shuffled']:>10.3f}"
            print(f"{name + ' ' + task:18}{columns}{own['n']:>6}")
    rounded = {
        name: {task: {key: round(value, 4) for key, value in own.items()} for task, own in tasks.items()}
        for name, tasks in models.items()
    }
    print(json.dumps({"tasks": rounded[args.names[-1]], "models": rounded}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
