"""ec_ave -- find the value of each requested attribute, and the part of the listing that states it.

    {"product title": "Northbay Pencil Case", "product feature": "Material: Nylon", …, "target attributes": "Material"}
    ->  [{"attribute": "material", "value": "nylon", "source": "product feature"}]

The score is a product:

    told * names

told     the mean of two F1 over records with a value: F1 of (attribute, value) and of (attribute, value, source). A null that
         should be null is no hit; a repeated, unrequested or invented value is a false positive. If the listing states none of
         the values: 1 if the reply gives none, 0 otherwise
names    F1 over the attribute names: `[]` does not state that they are null

So a list of nulls earns nothing if the listing states any value. Spellings are compared by `vitrine.verifiers.values`.

Micro F1 counts over the whole test set. In the official variant a triple is a hit if all three texts are equal; on OOD rows also
if value and source contain the true ones or are contained in them. A reply that is not a JSON list counts as an empty one. In the
strict variant no true triple is hit twice, and a part of a value is not a hit.
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
        predicted, valid = records.find(reply), True
    except ParseError:
        predicted, valid = [], False
    official = _official_records(answer_of(reply))
    components = {
        "told": _values_f1(predicted, true),
        "names": _names_f1(predicted, true),
        "hits": float(records.count_matches(_plain(predicted), _plain(true))),
        "said": float(len(predicted)),
        "true": float(len(true)),
        "official_hits": float(sum(_official_hit(record, gold, ood=facts["ood"]) for gold in true for record in official)),
        "official_said": float(sum("attribute" in record for record in official)),
        "valid": float(valid),
        "ood": float(facts["ood"]),
    }
    return Grade(score=components["told"] * components["names"], components=components)


def _values_f1(predicted: Records, true: Records) -> float:
    """The mean of two F1 over records with a value: without and with the source."""
    given, gold = ([record for record in rows if spellings.normalize(record.get("value"))] for rows in (predicted, true))
    hits = [records.count_matches(_normalized(given, parts), _normalized(gold, parts)) for parts in (PARTS[:2], PARTS)]
    return sum(records.f1(count, predicted=len(given), gold=len(gold)) for count in hits) / len(hits)


def _normalized(rows: Records, parts: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [tuple(spellings.normalize(record.get(part)) for part in parts) for record in rows]


def _names_f1(predicted: Records, true: Records) -> float:
    """F1 of the attribute names. A record without the key "value" does not count; one with a null value does."""
    named, gold = (
        {spellings.normalize(record.get("attribute")) for record in rows if "value" in record} for rows in (predicted, true)
    )
    return records.f1(len(named & gold), predicted=len(named), gold=len(gold))


def _plain(rows: Records) -> list[tuple[str, ...]]:
    return [tuple(normalize(str(record.get(part, ""))) for part in PARTS) for record in rows]


def _official_records(reply: str) -> list[dict[str, Any]]:
    try:
        parsed = json.loads(reply)
    except (ValueError, RecursionError):
        return []
    return [record for record in parsed if isinstance(record, dict)] if isinstance(parsed, list) else []


def _official_hit(predicted: Mapping[str, Any], true: Mapping[str, Any], *, ood: bool) -> bool:
    """Whether the published evaluation counts a record as a hit."""
    if not all(part in predicted for part in PARTS):
        return False
    if all(predicted[part] == true[part] for part in PARTS):
        return True
    if not ood or predicted["attribute"] != true["attribute"] or predicted["value"] is None:
        return False
    if not isinstance(predicted["source"], str):
        return False
    values, sources = (str(predicted["value"]), str(true["value"])), (predicted["source"], str(true["source"]))
    return all(text in gold or gold in text for text, gold in (values, sources))


def _micro_f1(hits: str, predicted: str, parts: Parts) -> float:
    sums = {name: sum(part[name] for part in parts) for name in (hits, predicted, "true")}
    return records.f1(sums[hits], predicted=sums[predicted], gold=sums["true"])


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
