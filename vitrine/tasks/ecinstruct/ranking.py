"""ec_qpr -- order products by their relevance to a query.

    {"query": "gold metal desk lamp 20 inch", "product list": ["A: … Phone Case", "B: … Bath Towel", "C: … Desk Lamp, 20 Inch"]}
    ->  C,B,A

Each product is exact (E), a substitute (S), a complement (C) or irrelevant (I), with a gain of 1, 0.1, 0.01 or 0. No two products
of a query have the same label. A reply must name each product once; otherwise it earns 0. The score is its NDCG, rescaled so that
the worst order earns 0: plain NDCG is 0.67 for the worst order of an exact product and a substitute.

Published rows hold the true order but no labels. The labels of the published test set are in a separate file: there two products
are most often E and S, and three are E, S and I. Orders of two and three products are given these labels. Four products must have
all four labels.

The published evaluation compares the products that a reply names with the best order of only these: the best product alone
scores 1.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from vitrine.errors import ParseError
from vitrine.tasks.ecinstruct import published
from vitrine.tasks.task import Example, Facts, Grade, Task
from vitrine.verifiers import ranking
from vitrine.verifiers.replies import answer_of

GAINS = {"E": 1.0, "S": 0.1, "C": 0.01, "I": 0.0}
LIKELY_LABELS = {1: "E", 2: "ES", 3: "ESI", 4: "ESCI"}


def gold_facts(example: Example) -> dict[str, Any]:
    order = [ord(letter) - ord("A") for letter in example["output"] if letter.isalpha()]
    labels = LIKELY_LABELS.get(len(order), "ESCI" + "I" * (len(order) - 4))
    gains = {place: GAINS[label] for place, label in zip(order, labels, strict=True)}
    return {"gains": [gains[place] for place in sorted(gains)], "ood": example["ood"]}


def grade(reply: str, facts: Facts) -> Grade:
    gains = facts["gains"]
    score, strict, valid = 0.0, 0.0, True
    try:
        order = ranking.find(reply, len(gains))
        score, strict = ranking.ndcg_above_worst(order, gains), ranking.ndcg(order, gains)
    except ParseError:
        valid = False
    components = {
        "ndcg": strict,
        "official": _official(answer_of(reply), gains),
        "valid": float(valid),
        "ood": float(facts["ood"]),
    }
    return Grade(score=score, components=components)


def _official(reply: str, gains: Sequence[float]) -> float:
    """NDCG as published: it reads the first character of each part between commas, if it names a product."""
    letters = [part[0] for part in reply.split(",") if part]
    named = [gains[ord(letter) - ord("A")] for letter in letters if 0 <= ord(letter) - ord("A") < len(gains)]
    best = ranking.dcg(sorted(named, reverse=True))
    return ranking.dcg(named) / best if best else 0.0


TASK = Task(
    name="ec_qpr",
    language="en",
    sources=("ecinstruct",),
    examples=published.examples("QPR"),
    template=published.ARRANGEMENT,
    input=published.PublishedRow,
    gold=published.gold,
    gold_facts=gold_facts,
    grade=grade,
    headline=published.headline("ndcg", partial(published.mean, "ndcg"), partial(published.mean, "official")),
    max_tokens=16,
)
