"""ec_ave -- find the value of each attribute that is asked for, and the part of the listing that tells it.

    {"product title": "Northbay Pencil Case", "product feature": "Material: Nylon", …, "target attributes": "Material"}
    ->  [{"attribute": "material", "value": "nylon", "source": "product feature"}]

The score is a product:

    told * names

told     the mean of two F1 over the values that are told: of (attribute, value), and of (attribute, value, source). Null for
         null is no hit; what is told twice, was not asked for or is made up is one too many. Where the listing tells none of
         them, 1 if none is given and 0 otherwise
names    F1 over the attributes named: `[]` does not say that they are untold

So a list of nulls earns nothing where anything was to be found. Spellings are compared by `vitrine.verifiers.values`.

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
from vitrine.verifiers import values as spellings
from vitrine.verifiers.labels import normalize
from vitrine.verifiers.replies import answer_of

PARTS = ("attribute", "value", "source")

Records = list[dict[str, Any]]


def gold_facts(example: Example) -> dict[str, Any]:
    return {"true": example["values"], "ood": example["ood"]}


def grade(reply: str, facts: Facts) -> Grade:
    true = facts["true"]
    try:
        said, valid = records.find(reply), True
    except ParseError:
        said, valid = [], False
    official = _officially_said(answer_of(reply))
    components = {
        "told": _told(said, true),
        "names": _names(said, true),
        "hits": float(records.count_matches(_plain(said), _plain(true))),
        "said": float(len(said)),
        "true": float(len(true)),
        "official_hits": float(sum(_hit(one, other, ood=facts["ood"]) for other in true for one in official)),
        "official_said": float(sum("attribute" in one for one in official)),
        "valid": float(valid),
        "ood": float(facts["ood"]),
    }
    return Grade(score=components["told"] * components["names"], components=components)


def _told(said: Records, true: Records) -> float:
    """The mean F1 of the values that are told, with and without the part of the listing that tells them."""
    told, due = ([record for record in found if spellings.normalize(record.get("value"))] for found in (said, true))
    hits = [records.count_matches(_spelled(told, parts), _spelled(due, parts)) for parts in (PARTS[:2], PARTS)]
    return sum(records.f1(one, predicted=len(told), gold=len(due)) for one in hits) / len(hits)


def _spelled(found: Records, parts: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [tuple(spellings.normalize(record.get(part)) for part in parts) for record in found]


def _names(said: Records, true: Records) -> float:
    """F1 of the attributes that have a record with a value or with none; a record that does not mention one says nothing."""
    named, due = ({spellings.normalize(one.get("attribute")) for one in found if "value" in one} for found in (said, true))
    return records.f1(len(named & due), predicted=len(named), gold=len(due))


def _plain(found: Records) -> list[tuple[str, ...]]:
    return [tuple(normalize(str(record.get(part, ""))) for part in PARTS) for record in found]


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
    return records.f1(summed[hits], predicted=summed[said], gold=summed["true"])


TASK = Task(
    name="ec_ave",
    language="en",
    sources=("ecinstruct",),
    examples=published.examples("AVE"),
    template=published.ARRANGEMENT,
    input=published.PublishedRow,
    gold=published.gold,
    gold_facts=gold_facts,
    grade=grade,
    headline=published.headline(
        "micro_f1", partial(_micro_f1, "hits", "said"), partial(_micro_f1, "official_hits", "official_said")
    ),
    max_tokens=192,
)
