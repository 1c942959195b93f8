"""describe -- read a product title and write its description.

    Stainless Steel Water Bottle 750ml Blue   ->  Keep drinks cold with this blue bottle. …

The seller's own text is the only reference, so the score measures similarity, not quality. ROUGE-L alone rewards function words,
which any text has, so content words (all but `tokens.STOP_WORDS` and articles) count as much:

    sqrt(ROUGE-L * content) * fresh² * length * dense * (0.2 + 0.8 own) * (0.4 + 0.6 about)

content  F1 over the content words of reply and reference, counting repeats
fresh    falls with each phrase that repeats earlier text: endless or duplicated text does not pay
length   1 up to 1.25 times the length of the reference, 0 from 2.25 times on
own      falls if most content words come from the title: the title padded with function words is no description
dense    falls if the share of content words is far below the reference's
about    share of the title's content words that the reply uses: a description of another product uses none

`fresh`, `own`, `dense` and `about` are relative to the reference: if the seller's text never names the product, `about` is 1.
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
DENSITY_TOLERANCE = 0.8  # an honest text may have this fraction of the reference's share of content words
MIN_REFERENCE_WORDS = 20  # a shorter reference allows replies as long as one of this length does


class ProductToDescribe(Input):
    """A product to describe."""

    title: Text = Field(description="title of the product", examples=["Stainless Steel Water Bottle 750ml Blue"])

    def prompt(self) -> str:
        return PROMPT.format(title=self.title)

    def facts(self) -> dict[str, Any]:
        return {"title": self.title}


def grade(reply: str, facts: Facts) -> Grade:
    answer, title, content = answer_of(reply), facts["title"], facts["content"]
    rouge = overlap.rouge(content, answer)
    words, true, given = _content(answer), _content(content), set(_content(title))
    parts = {
        "content": tokens.words_f1(true, words),
        "fresh": _relative(1 - overlap.repeated_share(answer), 1 - overlap.repeated_share(content)),
        "length": _length(len(answer.split()), max(MIN_REFERENCE_WORDS, len(content.split()))),
        "own": _relative(_own(given, words), _own(given, true)),
        "dense": _relative(_density(words, answer), DENSITY_TOLERANCE * _density(true, content)),
        "about": _relative(len(given & set(words)), len(given & set(true))),
    }
    similarity = math.sqrt(_relative(rouge["rougeL"], _highest_rouge(content)) * parts["content"])
    scale = parts["fresh"] ** 2 * parts["length"] * parts["dense"] * (0.2 + 0.8 * parts["own"]) * (0.4 + 0.6 * parts["about"])
    return Grade(score=similarity * scale, components=rouge | parts)


def _relative(value: float, reference: float) -> float:
    """The reply's value as a share of the reference's value, at most 1; 1 if the reference has 0."""
    return min(1.0, value / reference) if reference else 1.0


def _length(words: int, reference: int) -> float:
    return min(1.0, max(0.0, 2.25 - words / reference))


def _content(text: str) -> list[str]:
    """The content words of a text, without case and accents."""
    return [word for word in WORD.findall(normalize(text)) if word not in FUNCTION_WORDS]


def _density(words: Sequence[str], text: str) -> float:
    """The share of content words among all words of a text."""
    return len(words) / len(WORD.findall(text)) if words else 0.0


def _own(given: set[str], words: Sequence[str]) -> float:
    """1 if at least half of the words are not in the title; 0 if all are."""
    return min(1.0, 2 * sum(word not in given for word in words) / len(words)) if words else 0.0


@lru_cache
def _highest_rouge(content: str) -> float:
    """ROUGE-L of the reference with itself: below 1 if the text is longer than ROUGE reads or has non-Latin letters."""
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
