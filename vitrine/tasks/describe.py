"""describe -- read a product title, write its description.

    Stainless Steel Water Bottle 750ml Blue   ->  Keep drinks cold with this blue bottle. …

The seller's own text is the only reference, so the score is ROUGE-L with it: a regression signal, not a judgement of
quality. Function words alone earn some of that, so it is scaled down by what makes a text none of this product:

    ROUGE-L * fresh² * length * own * (0.4 + 0.6 about)

fresh    falls with every phrase that stands in the text before: endless text does not pay, nor does the same text twice
length   1 up to a quarter longer than the reference, 0 from two and a quarter times its length on
own      falls for a text that is mostly the title
about    how many of the title's words it takes up: a description of just any product takes up none

`own` and `about` ask no more of a reply than the reference itself does: a seller whose text never names the product asks nothing.
"""

import re
from collections.abc import Mapping
from statistics import fmean
from typing import Any

from pydantic import Field

from vitrine.facts import listings
from vitrine.tasks.task import Facts, Grade, Input, Task, Text
from vitrine.verifiers import overlap
from vitrine.verifiers.labels import plain
from vitrine.verifiers.replies import answer_of

PROMPT = "[DESCRIBE] Please describe this product: {title}"
WORD = re.compile(r"\w{3,}")  # shorter ones tell no product from another
FEWEST = 20  # words: a reference shorter than this allows as much as one of this length


class ProductToDescribe(Input):
    """A product to describe."""

    title: Text = Field(description="title of the product", examples=["Stainless Steel Water Bottle 750ml Blue"])

    def prompt(self) -> str:
        return PROMPT.format(title=self.title)

    def facts(self) -> dict[str, Any]:
        return {"title": self.title}


def grade(reply: str, facts: Facts) -> Grade:
    said, title, content = answer_of(reply), facts["title"], facts["content"]
    rouge = overlap.rouge(content, said)
    parts = {
        "fresh": _at_least(1 - overlap.looping(said), 1 - overlap.looping(content)),
        "length": _length(len(said.split()), max(FEWEST, len(content.split()))),
        "own": _at_least(_own(title, said), _own(title, content)),
        "about": _at_least(_about(title, said), _about(title, content)),
    }
    scale = parts["fresh"] ** 2 * parts["length"] * parts["own"] * (0.4 + 0.6 * parts["about"])
    return Grade(score=rouge["rougeL"] * scale, components=rouge | parts)


def _at_least(said: float, reference: float) -> float:
    """1 for a reply that does as well as the reference, less in proportion."""
    return min(1.0, said / reference) if reference else 1.0


def _length(words: int, reference: int) -> float:
    return min(1.0, max(0.0, 2.25 - words / reference))


def _own(title: str, text: str) -> float:
    """1 for a text that is at least half other words than the title's, 0 for the title in any order."""
    words, given = WORD.findall(plain(text)), set(WORD.findall(plain(title)))
    return min(1.0, 2 * sum(word not in given for word in words) / len(words)) if words else 0.0


def _about(title: str, text: str) -> int:
    """How many of the title's words the text takes up."""
    return len(set(WORD.findall(plain(title))) & set(WORD.findall(plain(text))))


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    return {name: fmean(answer["components"][name] for answer in answers) for name in ("rougeL", "rouge1", "rouge2", "rougeLsum")}


TASK = Task(
    name="describe",
    language="en",
    sources=("amazon_titles",),
    examples=lambda places, *, limit, seed: listings.described(places.clean, limit=limit, seed=seed, choice=places.listings),
    template=PROMPT,
    input=ProductToDescribe,
    gold=lambda example: str(example["content"]),
    truth=lambda example: {"content": example["content"]},
    grade=grade,
    headline=headline,
    max_tokens=96,
)
