"""attributes -- read a listing, answer with one JSON object of the attributes that are asked for.

    Attributes: material, size
    title: Northbay Pencil Case
    feature: Material: Nylon                ->  {"material": "nylon", "size": null}

Gold from ECInstruct's attribute values (AVE), one line for each part of the listing; values that differ between parts are a list.
The score is the F1 over (attribute, value), null being a value: leaving an attribute out is not saying that it is not told,
so `{}` earns nothing, and a key that was not asked for is a wrong pair. Values are compared without case, accents, blanks and
closing punctuation; n/a, none, unknown and an empty text are null.

The micro F1 of the headline counts told values alone: null for null is no hit, a value where there is none is a miss.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from vitrine.errors import ParseError
from vitrine.facts import ecinstruct
from vitrine.tasks.task import Example, Facts, Grade, Input, Places, Task, Text
from vitrine.verifiers import json_object, records
from vitrine.verifiers.labels import plain

PROMPT = (
    "[EXTRACT] Answer with a JSON object of the attributes, null where a value is not told.\nAttributes: {attributes}\n{listing}"
)
ASKED = "target attributes"  # the one part of an input that is not the listing
ABSENT = ("", "n/a", "na", "none", "null", "nan", "unknown", "not specified", "not told")
EDGES = " .,;:!\"'"

Pair = tuple[str, str]


class Listing(Input):
    """A listing, and the attributes to look for in it."""

    attributes: tuple[Text, ...] = Field(
        min_length=1, description="names of the attributes to look for", examples=[["material", "size"]]
    )
    listing: dict[Text, str] = Field(
        min_length=1,
        description="parts of the listing by name, in the order shown",
        examples=[{"title": "Northbay Pencil Case", "feature": "Material: Nylon"}],
    )

    def prompt(self) -> str:
        listing = "\n".join(f"{name}: {text}" for name, text in self.listing.items())
        return PROMPT.format(attributes=", ".join(self.attributes), listing=listing)


def record(example: Example) -> dict[str, Any]:
    """Each attribute with its value, its values where the parts of the listing tell several, or null."""
    found: dict[str, list[str]] = {}
    for told in example["values"]:
        value = str(told["value"])
        values = found.setdefault(str(told["attribute"]), [])
        if _normal(value) not in (*ABSENT, *map(_normal, values)):
            values.append(value)
    return {name: None if not values else values[0] if len(values) == 1 else values for name, values in found.items()}


def grade(reply: str, facts: Facts) -> Grade:
    true = _pairs(facts["true"])
    try:
        said, parses = _pairs(json_object.find(reply)), 1.0
    except ParseError:
        said, parses = [], 0.0
    both = records.f1(records.shared(said, true), said=len(said), true=len(true))
    claimed, told = ([pair for pair in pairs if pair[1]] for pairs in (said, true))
    hits = records.shared(claimed, told)
    components = {
        "parses": parses,
        "tp": float(hits),
        "fp": float(len(claimed) - hits),
        "fn": float(len(told) - hits),
        "exact": float(sorted(said) == sorted(true)),
    }
    return Grade(score=both * parses, components=components)


def _pairs(found: Mapping[str, Any]) -> list[Pair]:
    """(attribute, value) with an empty text for null; a list is several values."""
    pairs = []
    for name, value in found.items():
        values = [_value(one) for one in (value if isinstance(value, list) else [value])]
        pairs += [(_normal(name), one) for one in values if one] or [(_normal(name), "")]
    return pairs


def _value(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    text = _normal("" if value is None else f"{value:.0f}" if whole else str(value))
    return "" if text in ABSENT else text


def _normal(text: str) -> str:
    return plain(text.strip(EDGES))


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    parts = [answer["components"] for answer in answers]
    tp, fp, fn = (sum(part[name] for part in parts) for name in ("tp", "fp", "fn"))
    rates = {name: sum(part[key] for part in parts) / len(parts) for name, key in (("exact", "exact"), ("parse_rate", "parses"))}
    return {"micro_f1": records.f1(tp, said=tp + fp, true=tp + fn)} | rates


def examples(places: Places, *, limit: int, seed: int) -> list[dict[str, Any]]:
    found = ecinstruct.examples(places.clean, "AVE", limit=limit, seed=seed)
    return [example | {"attributes": list(record(example)), "listing": _listing(example["told"])} for example in found]


def _listing(told: Mapping[str, Any]) -> dict[str, str]:
    return {name.removeprefix("product "): str(part) for name, part in told.items() if part is not None and name != ASKED}


TASK = Task(
    name="attributes",
    language="en",
    sources=("ecinstruct",),
    examples=examples,
    template=PROMPT,
    input=Listing,
    gold=lambda example: json.dumps(record(example), ensure_ascii=False),
    truth=lambda example: {"true": record(example)},
    grade=grade,
    headline=headline,
    max_tokens=96,
)
