"""describe -- read a product title, write its description.

    Stainless Steel Water Bottle 750ml Blue   ->  Keep drinks cold with this blue bottle. …

The seller's own text is the only reference, so the score is a regression signal, not a judgement of quality. ROUGE-L alone pays
for function words, which stand in any text; so the words that say something (all but those of `tokens.STOP_WORDS`) count as much:

    sqrt(ROUGE-L * content) * fresh² * length * dense * (0.2 + 0.8 own) * (0.4 + 0.6 about)

content  F1 of the content words that reply and reference share, each as often as both have it
fresh    falls with every phrase that stands in the text before: endless text does not pay, nor does the same text twice
length   1 up to a quarter longer than the reference, 0 from two and a quarter times its length on
own      falls for a text whose content words are mostly the title's: the title among function words is no description
dense    falls for a text with far fewer content words among its words than the reference
about    how many of the title's content words it takes up: a description of just any product takes up none

`own`, `dense` and `about` ask no more of a reply than the reference itself does: a seller whose text never names the product asks
nothing.
"""

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from statistics import fmean
from typing import Any

from pydantic import Field

from vitrine.facts import listings
from vitrine.tasks.task import Facts, Grade, Input, Task, Text
from vitrine.verifiers import overlap, tokens
from vitrine.verifiers.labels import normalize
from vitrine.verifiers.replies import answer_of

PROMPT = "[DESCRIBE] Please describe this product: {title}"
WORD = re.compile(r"\w+")
FUNCTION_WORDS = tokens.STOP_WORDS | {"a", "an", "the"}
DENSE = 0.8  # of the reference's share of content words: an honest text may have so much less
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
    words, true, given = _content(said), _content(content), set(_content(title))
    parts = {
        "content": tokens.words_f1(true, words),
        "fresh": _at_least(1 - overlap.repeated_share(said), 1 - overlap.repeated_share(content)),
        "length": _length(len(said.split()), max(FEWEST, len(content.split()))),
        "own": _at_least(_own(given, words), _own(given, true)),
        "dense": _at_least(_dense(words, said), DENSE * _dense(true, content)),
        "about": _at_least(len(given & set(words)), len(given & set(true))),
    }
    likeness = math.sqrt(_at_least(rouge["rougeL"], _most(content)) * parts["content"])
    scale = parts["fresh"] ** 2 * parts["length"] * parts["dense"] * (0.2 + 0.8 * parts["own"]) * (0.4 + 0.6 * parts["about"])
    return Grade(score=likeness * scale, components=rouge | parts)


def _at_least(said: float, reference: float) -> float:
    """1 for a reply that does as well as the reference, less in proportion."""
    return min(1.0, said / reference) if reference else 1.0


def _length(words: int, reference: int) -> float:
    return min(1.0, max(0.0, 2.25 - words / reference))


def _content(text: str) -> list[str]:
    """The words that say something."""
    return [word for word in WORD.findall(normalize(text)) if word not in FUNCTION_WORDS]


def _dense(words: Sequence[str], text: str) -> float:
    """The share of content words among the words of a text."""
    return len(words) / len(WORD.findall(text)) if words else 0.0


def _own(given: set[str], words: Sequence[str]) -> float:
    """1 for a text that is at least half other words than the title's, 0 for the title in any order."""
    return min(1.0, 2 * sum(word not in given for word in words) / len(words)) if words else 0.0


@lru_cache
def _most(content: str) -> float:
    """ROUGE-L of the reference with itself: less than 1 for a text longer than is read, or of other letters than Latin ones."""
    return overlap.rouge(content, content)["rougeL"]


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    return {name: fmean(answer["components"][name] for answer in answers) for name in ("rougeL", "rouge1", "rouge2", "rougeLsum")}


TASK = Task(
    name="describe",
    language="en",
    sources=("amazon_titles",),
    examples=lambda config, *, limit, seed: listings.described(config.clean, limit=limit, seed=seed, choice=config.listings),
    template=PROMPT,
    input=ProductToDescribe,
    gold=lambda example: str(example["content"]),
    gold_facts=lambda example: {"content": example["content"]},
    grade=grade,
    headline=headline,
    max_tokens=96,
)
