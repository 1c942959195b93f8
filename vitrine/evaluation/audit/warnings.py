"""The warnings of a reward audit, as sentences, from the numbers of `evaluation.audit`.

model_warnings("sql", "sft", numbers)
->  ["sql, sft: 96% of 125 answers earn 1.0, so the reward has little left to teach; use harder prompts"]
"""

from collections.abc import Mapping
from typing import Any

from vitrine.tables.answers import SCORE_TOLERANCE

FEWEST = 20  # answers; with fewer, no statement about a reward is made
MOSTLY = 0.9  # share of answers with the highest or the lowest score
LOW_CORRELATION = 0.5  # if the whole interval is below, reward and metric disagree
COSTLY = 0.3  # share of zero-variance groups
NOT_REWARDED = "finished"  # a component that the runner adds; no reward uses it


def model_warnings(task: str, model: str, numbers: Mapping[str, Any]) -> list[str]:
    """Warnings about the scores of one model's answers to one task."""
    who, n = f"{task}, {model}", numbers["n"]
    if n < FEWEST:
        return [f"{who}: {n} answers are too few to say anything about a reward; at least {FEWEST} are needed"]
    warnings = []
    if numbers["ceiling"] >= MOSTLY:
        warnings.append(
            f"{who}: {numbers['ceiling']:.0%} of {n} answers earn 1.0, so the reward has little left to teach; use harder prompts"
        )
    if numbers["floor"] >= MOSTLY:
        warnings.append(
            f"{who}: {numbers['floor']:.0%} of {n} answers earn 0, so hardly any reply is better than another; "
            "train the format first with SFT, or give partial credit"
        )
    constant = [name for name, part in numbers["components"].items() if part["spread"] < SCORE_TOLERANCE and name != NOT_REWARDED]
    if constant:
        warnings.append(f"{who}: {', '.join(constant)} {'are' if constant[1:] else 'is'} the same in all {n} answers")
    return warnings + _of_metric(who, numbers["metric"])


def prompt_warnings(task: str, numbers: Mapping[str, Any], group: int) -> list[str]:
    """A warning if too many groups of a task would have zero variance."""
    if numbers["continuous"] < COSTLY:
        return []
    few = f", from only {numbers['replies']} replies per prompt, which overestimates it" if numbers["replies"] < group else ""
    return [
        f"{task}: {numbers['continuous']:.0%} of the groups of {group} would have zero variance{few} "
        f"({numbers['binary']:.0%} with binary rewards): they cost as much as others and teach nothing"
    ]


def _of_metric(who: str, metric: Mapping[str, Any] | None) -> list[str]:
    if metric is None or metric["rho"] is None:
        return []
    numbers = f"rank correlation {metric['rho']:.2f} [{metric['low']:.2f}, {metric['high']:.2f}], n {metric['n']}"
    if metric["high"] < LOW_CORRELATION:
        return [f"{who}: reward and {metric['name']} disagree ({numbers}): training may raise one without the other"]
    if metric["low"] <= 0:
        return [f"{who}: it is not shown that reward and {metric['name']} agree ({numbers})"]
    return []
