"""ec_ave -- find the value of each attribute that is asked for, and the part of the listing that tells it.

    {"product title": "Northbay Pencil Case", "product feature": "Material: Nylon", …, "target attributes": "Material"}
    ->  [{"attribute": "material", "value": "nylon", "source": "product feature"}]

The score is the mean of two F1: over (attribute, value), and over (attribute, value, source). They are compared as they stand
but for case and blanks, each stands once, and what was not asked for or is told twice is one too many.

Micro F1 counts over the whole test set. As published, a triple is a hit where all three texts are equal, on OOD rows also where
value and source contain the true ones or stand in them; a reply that is not a JSON list is an empty one. Strictly no true triple
is hit twice, and part of a value is no value.
"""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from vitrine.errors import ParseError
from vitrine.tasks.ecinstruct import published
from vitrine.tasks.ecinstruct.published import Parts
from vitrine.tasks.task import Example, Facts, Grade, Task
from vitrine.verifiers import records
from vitrine.verifiers.labels import plain
from vitrine.verifiers.replies import answer_of

PARTS = ("attribute", "value", "source")


def truth(example: Example) -> dict[str, Any]:
    return {"true": example["values"], "ood": example["ood"]}


def grade(reply: str, facts: Facts) -> Grade:
    true = facts["true"]
    try:
        said, valid = records.find(reply), True
    except ParseError:
        said, valid = [], False
    triples = records.shared(_plain(said, PARTS), _plain(true, PARTS))
    pairs = records.shared(_plain(said, PARTS[:2]), _plain(true, PARTS[:2]))
    official = _officially_said(answer_of(reply))
    components = {
        "hits": float(triples),
        "said": float(len(said)),
        "true": float(len(true)),
        "official_hits": float(sum(_hit(one, other, ood=facts["ood"]) for other in true for one in official)),
        "official_said": float(sum("attribute" in one for one in official)),
        "valid": float(valid),
        "ood": float(facts["ood"]),
    }
    both = [records.f1(hits, said=len(said), true=len(true)) for hits in (triples, pairs)]
    return Grade(score=sum(both) / 2 if valid else 0.0, components=components)


def _plain(found: list[dict[str, Any]], parts: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [tuple(plain(str(record.get(part, ""))) for part in parts) for record in found]


def _officially_said(reply: str) -> list[dict[str, Any]]:
    try:
        said = json.loads(reply)
    except (ValueError, RecursionError):
        return []
    return [record for record in said if isinstance(record, dict)] if isinstance(said, list) else []


def _hit(said: Mapping[str, Any], true: Mapping[str, Any], *, ood: bool) -> bool:
    """As the published evaluation has it."""
    if not all(part in said for part in PARTS):
        return False
    if all(said[part] == true[part] for part in PARTS):
        return True
    if not ood or said["attribute"] != true["attribute"] or said["value"] is None or not isinstance(said["source"], str):
        return False
    values, sources = (str(said["value"]), str(true["value"])), (said["source"], str(true["source"]))
    return all(one in other or other in one for one, other in (values, sources))


def _micro_f1(hits: str, said: str, parts: Parts) -> float:
    summed = {name: sum(part[name] for part in parts) for name in (hits, said, "true")}
    return records.f1(summed[hits], said=summed[said], true=summed["true"])


TASK = Task(
    name="ec_ave",
    language="en",
    sources=("ecinstruct",),
    examples=published.examples("AVE"),
    template=published.ARRANGEMENT,
    input=published.PublishedRow,
    gold=published.gold,
    truth=truth,
    grade=grade,
    headline=published.headline(
        "micro_f1", partial(_micro_f1, "hits", "said"), partial(_micro_f1, "official_hits", "official_said")
    ),
    max_tokens=192,
)
