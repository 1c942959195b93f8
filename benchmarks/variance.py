"""How many groups of replies teach nothing, paid by the reward and paid by right or wrong.

python -m benchmarks.variance                      # of models/sft, as `make repro` leaves it: half a minute
python -m benchmarks.variance --model models/grpo --prompts 125 --replies 8

A group is all replies to one held-out prompt, sampled as GRPO does it; it teaches nothing where all of them earn the same.
Intervals are of 95 %, by bootstrap over prompts. The last line is one JSON object.
"""

import argparse
import json
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from vitrine import tables
from vitrine.engines.local import Local
from vitrine.evaluation import groups
from vitrine.evaluation.passing import passing
from vitrine.evaluation.statistics import interval
from vitrine.stage import composition
from vitrine.tables.chat import CHAT
from vitrine.tasks import GRADED, TASKS


def share(flat: list[float]) -> list[float]:
    """A mean and its interval."""
    found = interval(flat, seed=7)
    return [round(number, 3) for number in (found.mean, found.low, found.high)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("models/sft"))
    parser.add_argument("--test", type=Path, default=Path("data/chat/test.parquet"))
    parser.add_argument("--prompts", type=int, default=40, help="of each task")
    parser.add_argument("--replies", type=int, default=8, help="to each prompt, which are one group")
    asked = parser.parse_args()
    temperature = float(composition([])["grpo"]["temperature"])
    rows = sorted((row for row in tables.read(asked.test, CHAT) if row["task"] in GRADED), key=itemgetter("task"))
    chosen = [row for _, some in groupby(rows, itemgetter("task")) for row in list(some)[: asked.prompts]]
    engine = Local.load(asked.model, batch=128)
    scored = passing(engine, chosen, samples=dict.fromkeys(GRADED, asked.replies), temperature=temperature, seed=7)
    found: dict[str, Any] = {}
    flats: dict[str, list[float]] = {"reward": [], "right_or_wrong": []}
    for name, some in groupby(scored, itemgetter("task")):
        samples = [row["samples"] for row in some]
        paid = {
            "reward": samples,
            "right_or_wrong": [groups.binary(scores, TASKS[name].solved) for scores in samples],
        }
        of_task = {how: [groups.of_samples([scores], asked.replies) for scores in all_] for how, all_ in paid.items()}
        found[name] = {how: share(flat) for how, flat in of_task.items()} | {"n": len(samples)}
        for how, flat in of_task.items():
            flats[how] += flat
        print(f"{name:12}{found[name]}", flush=True)
    every = {how: share(flat) for how, flat in flats.items()} | {"n": len(scored)}
    asked_for = {"model": str(asked.model), "replies": asked.replies, "temperature": temperature}
    print(json.dumps(asked_for | {"tasks": found, "all": every}))


if __name__ == "__main__":
    main()
