"""What a reward audit warns of, in plain sentences; the numbers are those of `evaluation.audit`.

model_warnings("sql", "sft", numbers)
->  ["sql, sft: 96% of 125 answers earn 1.0, so the reward has little left to teach; ask harder prompts"]
"""

from collections.abc import Mapping
from typing import Any

from vitrine.tables.answers import SCORE_TOLERANCE

FEWEST = 20  # answers; fewer say nothing about a reward
MOSTLY = 0.9  # of the answers at one end of the scale
LITTLE = 0.5  # a rank correlation that is surely below this is none to train on
COSTLY = 0.3  # of the groups without variance
NO_PART = "finished"  # the runner's own, which no reward counts


def model_warnings(task: str, model: str, numbers: Mapping[str, Any]) -> list[str]:
    """What is wrong with the scores that one model's answers to one task got."""
    who, n = f"{task}, {model}", numbers["n"]
    if n < FEWEST:
        return [f"{who}: {n} answers are too few to say anything about a reward; {FEWEST} are the least"]
    found = []
    if numbers["ceiling"] >= MOSTLY:
        found.append(
            f"{who}: {numbers['ceiling']:.0%} of {n} answers earn 1.0, so the reward has little left to teach; ask harder prompts"
        )
    if numbers["floor"] >= MOSTLY:
        found.append(
            f"{who}: {numbers['floor']:.0%} of {n} answers earn 0, so hardly a reply is better than another; "
            "train the form first, or pay for part of the way"
        )
    constant = [name for name, part in numbers["components"].items() if part["spread"] < SCORE_TOLERANCE and name != NO_PART]
    if constant:
        found.append(f"{who}: {', '.join(constant)} {'are' if constant[1:] else 'is'} the same in all {n} answers")
    return found + _of_metric(who, numbers["metric"])


def prompt_warnings(task: str, numbers: Mapping[str, Any], group: int) -> list[str]:
    """Whether too many groups of a task would have no variance."""
    if numbers["continuous"] < COSTLY:
        return []
    few = f", drawn from {numbers['replies']} replies each, which says too much" if numbers["replies"] < group else ""
    return [
        f"{task}: {numbers['continuous']:.0%} of the groups of {group} would earn the same throughout{few} "
        f"({numbers['binary']:.0%} if right or wrong were paid): they cost as much as others and teach nothing"
    ]


def _of_metric(who: str, metric: Mapping[str, Any] | None) -> list[str]:
    if metric is None or metric["rho"] is None:
        return []
    found = f"rank correlation {metric['rho']:.2f} [{metric['low']:.2f}, {metric['high']:.2f}], n {metric['n']}"
    if metric["high"] < LITTLE:
        return [f"{who}: reward and {metric['name']} disagree ({found}): training may raise the one without the other"]
    if metric["low"] <= 0:
        return [f"{who}: that reward and {metric['name']} agree is not shown ({found})"]
    return []
