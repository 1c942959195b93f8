"""Code that the ten tasks share: the prompt of a published row, and headlines for the two domains.

PublishedChoice(instruction="Pick the option …", input="{…}", options='["A: …"]').prompt()
->  Pick the option …
    {…}
    options: ["A: …"]

Instructions, inputs and options are the publisher's, in many wordings. Only their arrangement is the same in every prompt.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field

from vitrine.facts import ecinstruct
from vitrine.tasks.task import Example, Examples, Input, Text

ARRANGEMENT = "{instruction}\n{input}"
WITH_OPTIONS = ARRANGEMENT + "\noptions: {options}"

Parts = list[Mapping[str, float]]  # the components of each answer
Headline = Callable[[list[Mapping[str, Any]]], dict[str, float]]


class PublishedRow(Input):
    """A row as ECInstruct publishes it."""

    instruction: Text = Field(description="what to do", examples=["Predict the relation of the two products."])
    input: Text = Field(
        description="what to do it with: JSON, or plain text for some tasks",
        examples=['{"Product 1:": "Desk Lamp", "Product 2:": "Light Bulb"}'],
    )
    options: str | None = Field(default=None, description="answers to choose from: a JSON list", examples=['["A: yes", "B: no"]'])

    def prompt(self) -> str:
        return (WITH_OPTIONS if self.options else ARRANGEMENT).format(**dict(self))


class PublishedChoice(PublishedRow):
    """A row with options."""

    options: Text = Field(description="answers to choose from: a JSON list", examples=['["A: bought together", "B: similar"]'])


def examples(task: str) -> Examples:
    """`Task.examples` of one task, given by its published short name."""
    return lambda config, *, limit, seed: ecinstruct.examples(config.clean, task, limit=limit, seed=seed)


def gold(example: Example) -> str:
    return str(example["output"])


def mean(name: str, parts: Parts) -> float:
    return sum(part[name] for part in parts) / len(parts)


def official(metric: Callable[[list[float], list[float]], float], parts: Parts) -> float:
    """A metric over the replies that the published evaluation can parse. The others have a value below 0 and are dropped."""
    parsed = [part for part in parts if part["official"] >= 0]
    return metric([part["official"] for part in parsed], [part["true"] for part in parsed])


def headline(metric: str, strict: Callable[[Parts], float], official: Callable[[Parts], float]) -> Headline:
    """A `Task.headline` with one metric over all answers, and its strict and official variants for each domain."""

    def compute(answers: list[Mapping[str, Any]]) -> dict[str, float]:
        parts: Parts = [answer["components"] for answer in answers]
        metrics = {metric: strict(parts), "invalid": sum(not part["valid"] for part in parts) / len(parts)}
        for name, ood in (("", 0.0), ("ood_", 1.0)):
            if domain := [part for part in parts if part["ood"] == ood]:
                metrics |= {f"{name}{metric}_strict": strict(domain), f"{name}{metric}_official": official(domain)}
        return metrics

    return compute
