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
from vitrine.engines.settings import Transformers
from vitrine.evaluation.pass_rates import estimate_pass_rates
from vitrine.evaluation.scores.statistics import interval
from vitrine.lm.settings import Load
from vitrine.params import composition
from vitrine.tables.chat import CHAT
from vitrine.tasks import GRADED


def shares(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Of prompts as the stage `prompts` marks them, those that teach nothing: paid by the reward, paid by right or wrong."""
    flat = {"reward": [row["flat"] for row in rows], "right_or_wrong": [row["mark"] != "sometimes" for row in rows]}
    found = {how: interval([float(one) for one in some]) for how, some in flat.items()}
    return {how: [round(number, 3) for number in one[:3]] for how, one in found.items()} | {"n": len(rows)}


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
    engine = Transformers(name="transformers", batch=128).open(asked.model, Load())
    scored = estimate_pass_rates(engine, chosen, samples=dict.fromkeys(GRADED, asked.replies), temperature=temperature, seed=7)
    found = {name: shares(list(some)) for name, some in groupby(scored, itemgetter("task"))}
    for name, of_task in found.items():
        print(f"{name:12}{of_task}", flush=True)
    asked_for = {"model": str(asked.model), "replies": asked.replies, "temperature": temperature}
    print(json.dumps(asked_for | {"tasks": found, "all": shares(scored)}))


if __name__ == "__main__":
    main()
