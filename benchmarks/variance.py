"""How many GRPO groups have equal rewards, with the graded reward and with a right-or-wrong reward.

python -m benchmarks.variance                      # models/sft from `make repro`: half a minute
python -m benchmarks.variance --model models/grpo --prompts 125 --replies 8

A group is all replies to one held-out prompt, sampled as in GRPO. If all rewards in a group are equal, the group has no gradient.
Intervals are 95 % bootstrap intervals over prompts. The last line is one JSON object.
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
    """The share of prompts with equal rewards, by kind of reward. The rows have the marks of the stage `prompts`."""
    zero_variance = {"reward": [row["flat"] for row in rows], "right_or_wrong": [row["mark"] != "sometimes" for row in rows]}
    intervals = {reward: interval([float(flag) for flag in flags]) for reward, flags in zero_variance.items()}
    return {reward: [round(number, 3) for number in own[:3]] for reward, own in intervals.items()} | {"n": len(rows)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("models/sft"), help="the folder with the model (default: models/sft)")
    parser.add_argument(
        "--test", type=Path, default=Path("data/chat/test.parquet"), help="a table of prompts (default: data/chat/test.parquet)"
    )
    parser.add_argument("--prompts", type=int, default=40, help="prompts per task (default: 40)")
    parser.add_argument("--replies", type=int, default=8, help="replies per group (default: 8)")
    args = parser.parse_args()
    temperature = float(composition([])["grpo"]["temperature"])
    rows = sorted((row for row in tables.read(args.test, CHAT) if row["task"] in GRADED), key=itemgetter("task"))
    chosen = [row for _, some in groupby(rows, itemgetter("task")) for row in list(some)[: args.prompts]]
    engine = Transformers(name="transformers", batch=128).open(args.model, Load())
    scored = estimate_pass_rates(engine, chosen, samples=dict.fromkeys(GRADED, args.replies), temperature=temperature, seed=7)
    by_task = {name: shares(list(some)) for name, some in groupby(scored, itemgetter("task"))}
    for name, own in by_task.items():
        print(f"{name:12}{own}", flush=True)
    settings = {"model": str(args.model), "replies": args.replies, "temperature": temperature}
    print(json.dumps(settings | {"tasks": by_task, "all": shares(scored)}))


if __name__ == "__main__":
    main()
