"""attributes -- read a listing and answer with one JSON object of the requested attributes.

    Attributes: material, size
    title: Northbay Pencil Case
    feature: Material: Nylon                ->  {"material": "nylon", "size": null}

The gold values come from ECInstruct (AVE), one record for each part of the listing that states a value. The score is a product:

    values * names

values   F1 over the values that are not null. A null that should be null is not a hit; a value that should be null is a false
         positive. If the listing states none of the values: 1 if the reply gives none, 0 otherwise
names    F1 over the attribute names. A name left out is a false negative, so `{}` earns nothing; a name that was not requested is
         a false positive

So a reply of nulls earns nothing if the listing states any value. A list in the gold holds several spellings of one value, as
parts of a listing write it or as the publisher lists them (WDC-PAVE): any of them is right, and so are several. Spellings are
compared by `vitrine.verifiers.values`: `220 V` equals `220v`, and `n/a`, `Não informado`, `-` and an empty text are null.

The headline's micro F1 sums values over all answers, as published evaluations of extractors do: a wrong value is a false positive
and a false negative, a right null does not count.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from vitrine.errors import ParseError
from vitrine.facts import ecinstruct
from vitrine.tasks.task import Example, ExampleConfig, Facts, Grade, Input, Task, Text
from vitrine.verifiers import json_object, records
from vitrine.verifiers.values import normalize

PROMPT = (
    "[EXTRACT] Answer with a JSON object of the attributes, null where a value is not told.\nAttributes: {attributes}\n{listing}"
)
TARGET_ATTRIBUTES = "target attributes"  # the only part of a published input that is not the listing


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
    """Map each attribute to its value, to a list of spellings if parts of the listing differ, or to null."""
    by_name: dict[str, list[str]] = {}
    for published in example["values"]:
        value = str(published["value"])
        values = by_name.setdefault(str(published["attribute"]), [])
        if normalize(value) not in ("", *map(normalize, values)):
            values.append(value)
    return {name: None if not values else values[0] if len(values) == 1 else values for name, values in by_name.items()}


def grade(reply: str, facts: Facts) -> Grade:
    true = {name: [frozenset(values)] if values else [] for name, values in _values(facts["true"]).items()}
    try:
        predicted, parses = _values(json_object.find(reply)), 1.0
    except ParseError:
        predicted, parses = {}, 0.0
    return compare(true, predicted, parses)


def compare(true: Mapping[str, Sequence[frozenset[str]]], predicted: Mapping[str, set[str]], parses: float) -> Grade:
    """The grade of predicted values. `true` has for each attribute its values, and for each value its spellings."""
    stated = sum(map(len, true.values()))
    hits = sum(bool(spellings & predicted.get(name, set())) for name, values in true.items() for spellings in values)
    extra = sum(len(values - frozenset().union(*true.get(name, ()))) for name, values in predicted.items())
    values = records.f1(hits, predicted=hits + extra, gold=stated)
    names = records.f1(len(predicted.keys() & true.keys()), predicted=len(predicted), gold=len(true))
    components = {
        "parses": parses,
        "values": values,
        "names": names,
        "tp": float(hits),
        "fp": float(extra),
        "fn": float(stated - hits),
        "exact": float(predicted.keys() == true.keys() and not extra and hits == stated),
    }
    return Grade(score=values * names, components=components)


def _values(attributes: Mapping[str, Any]) -> dict[str, set[str]]:
    """Map each attribute to the normalized spellings of its value; an empty set if it is null."""
    values: dict[str, set[str]] = {}
    for name, value in attributes.items():
        spellings = map(normalize, value if isinstance(value, list) else [value])
        values.setdefault(normalize(name), set()).update(filter(None, spellings))
    return values


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    parts = [answer["components"] for answer in answers]
    tp, fp, fn = (sum(part[name] for part in parts) for name in ("tp", "fp", "fn"))
    rates = {name: sum(part[key] for part in parts) / len(parts) for name, key in (("exact", "exact"), ("parse_rate", "parses"))}
    return {"micro_f1": records.f1(tp, predicted=tp + fp, gold=tp + fn)} | rates


def examples(config: ExampleConfig, *, limit: int, seed: int) -> list[dict[str, Any]]:
    rows = ecinstruct.examples(config.clean, "AVE", limit=limit, seed=seed)
    return [example | {"attributes": list(record(example)), "listing": _listing(example["fields"])} for example in rows]


def _listing(fields: Mapping[str, Any]) -> dict[str, str]:
    parts = {name: part for name, part in fields.items() if part is not None and name != TARGET_ATTRIBUTES}
    return {name.removeprefix("product "): str(part) for name, part in parts.items()}


TASK = Task(
    name="attributes",
    language="en",
    sources=("ecinstruct",),
    examples=examples,
    template=PROMPT,
    input=Listing,
    gold=lambda example: json.dumps(record(example), ensure_ascii=False),
    gold_facts=lambda example: {"true": record(example)},
    grade=grade,
    headline=headline,
    max_tokens=96,
)
