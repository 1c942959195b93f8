"""general -- follow an ordinary instruction, so that learning the shop's tasks does not cost everything else.

    Give the opposite of this word. / hot   ->  cold

No reward: answers are open. The benchmark reports the loss on held-out ones, which shows forgetting.
"""

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from vitrine.facts import listings
from vitrine.tasks.task import Example, Places, Task


def prompt(example: Example) -> str:
    return f"{example['instruction']}\n{example['input']}" if example["input"] else str(example["instruction"])


def examples(places: Places, *, limit: int, seed: int) -> list[dict[str, Any]]:
    return listings.general(places.clean, limit=limit, seed=seed)


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    return {"loss": fmean(answer["components"]["loss"] for answer in answers)}


TASK = Task(
    name="general",
    language="en",
    sources=("alpaca",),
    examples=examples,
    template="{instruction}\n{input}",
    prompt=prompt,
    gold=lambda example: str(example["output"]),
    facts=lambda example: {},
    grade=None,
    headline=headline,
    max_tokens=64,
)
