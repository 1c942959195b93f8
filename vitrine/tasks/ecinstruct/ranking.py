"""ec_qpr -- order products by how well they serve a query.

    {"query": "gold metal desk lamp 20 inch", "product list": ["A: … Phone Case", "B: … Bath Towel", "C: … Desk Lamp, 20 Inch"]}
    ->  C,B,A

Each product is exact, a substitute, a complement or irrelevant, no two of a query alike, and gains 1, 0.1, 0.01 or 0. The score
is the NDCG of a reply that names each product once, stretched so that the worst order earns 0: by itself NDCG is 0.67 for the
worst order of an exact product and a substitute. A reply that leaves one out, or names one twice, earns 0.

Published rows hold the true order and not the labels. Those of the published test set, a file apart, are most often E and S of
two products and E, S and I of three: that is what an order of two or three is taken for. All four of four are certain.

The published evaluation ranks only what a reply names against the best order of just that: the best product alone scores 1.
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
LIKELY = {1: "E", 2: "ES", 3: "ESI", 4: "ESCI"}


def gold_facts(example: Example) -> dict[str, Any]:
    order = [ord(letter) - ord("A") for letter in example["output"] if letter.isalpha()]
    labels = LIKELY.get(len(order), "ESCI" + "I" * (len(order) - 4))
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
    """As the published evaluation has it: the first character of each part between commas, if it names a product."""
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
