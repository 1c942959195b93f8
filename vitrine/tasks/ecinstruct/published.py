"""What the ten tasks share: how a published row is asked, and the two domains that a headline tells apart.

prompt({"instruction": "Pick the option …", "input": "{…}", "options": '["A: …"]'})
->  Pick the option …
    {…}
    options: ["A: …"]

Instructions, inputs and options are the publisher's, each with its own wording: only their arrangement is constant.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from vitrine.facts import ecinstruct
from vitrine.tasks.task import Example, Examples, Places

ARRANGEMENT = "{instruction}\n{input}"
WITH_OPTIONS = ARRANGEMENT + "\noptions: {options}"

Parts = list[Mapping[str, float]]  # the components of each answer
Headline = Callable[[list[Mapping[str, Any]]], dict[str, float]]


def prompt(example: Example) -> str:
    return (WITH_OPTIONS if example["options"] else ARRANGEMENT).format(**example)


def examples(task: str) -> Examples:
    """`Task.examples` for the rows of one task, by its short name."""
    return partial(_examples, task)


def _examples(task: str, places: Places, *, limit: int, seed: int) -> list[dict[str, Any]]:
    return ecinstruct.examples(places.clean, task, limit=limit, seed=seed)


def gold(example: Example) -> str:
    return str(example["output"])


def headline(metric: str, strict: Callable[[Parts], float], official: Callable[[Parts], float]) -> Headline:
    """`Task.headline` that says one metric for all answers, and strictly and officially for each domain."""

    def told(answers: list[Mapping[str, Any]]) -> dict[str, float]:
        parts: Parts = [answer["components"] for answer in answers]
        found = {metric: strict(parts), "invalid": sum(not part["valid"] for part in parts) / len(parts)}
        for name, ood in (("", 0.0), ("ood_", 1.0)):
            if domain := [part for part in parts if part["ood"] == ood]:
                found |= {f"{name}{metric}_strict": strict(domain), f"{name}{metric}_official": official(domain)}
        return found

    return told
