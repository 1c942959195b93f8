"""describe -- read a product title, write its description.

    Stainless Steel Water Bottle 750ml Blue   ->  Keep drinks cold with this blue bottle. …

The seller's own text is the only reference, so the score is ROUGE-L with it: a regression signal, not a judgement of
quality. Repeated phrases scale it down, so that endless text does not pay.
"""

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from vitrine.facts import listings
from vitrine.tasks.task import Facts, Grade, Places, Task
from vitrine.verifiers import overlap
from vitrine.verifiers.replies import answer_of

PROMPT = "[DESCRIBE] Please describe this product: {title}"


def grade(reply: str, facts: Facts) -> Grade:
    said = answer_of(reply)
    rouge = overlap.rouge(facts["content"], said)
    fresh = 1 - overlap.looping(said)
    return Grade(score=rouge["rougeL"] * fresh, components=rouge | {"fresh": fresh})


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    return {name: fmean(answer["components"][name] for answer in answers) for name in ("rouge1", "rouge2", "rougeL", "rougeLsum")}


def examples(places: Places, *, limit: int, seed: int) -> list[dict[str, Any]]:
    return listings.described(places.clean, limit=limit, seed=seed, choice=places.listings)


TASK = Task(
    name="describe",
    language="en",
    source="amazon_titles",
    examples=examples,
    prompt=lambda example: PROMPT.format(title=example["title"]),
    gold=lambda example: str(example["content"]),
    facts=lambda example: {"content": example["content"]},
    grade=grade,
    headline=headline,
    max_tokens=96,
)
