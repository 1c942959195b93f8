"""attributes -- read a listing, answer with one JSON object of the attributes that are asked for.

    Attributes: material, size
    title: Northbay Pencil Case
    feature: Material: Nylon                ->  {"material": "nylon", "size": null}

Gold from ECInstruct's attribute values (AVE), one line for each part of the listing. The score is a product:

    values * names

values   F1 over the values that are told. Null for null is no hit, a value where there is none is one too many. Where the
         listing tells none of them, 1 if none is given and 0 otherwise
names    F1 over the attributes named: one left out is not said to be untold, so `{}` earns nothing, and one that was not
         asked for is one too many

So a reply of nulls earns nothing where anything was to be found. A list in the gold is several spellings of one value, as parts
of a listing write it or as the publisher lists them (WDC-PAVE): any of them is right, and so are several. Spellings are compared
by `vitrine.verifiers.values`: `220 V` is `220v`, and `n/a`, `Não informado`, `-` and an empty text are null.

The micro F1 of the headline sums values over all answers, as published evaluations of extractors do: a wrong value is one too
many and one missed, a right null counts for nothing.
"""

import json
from collections.abc import Mapping
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
ASKED = "target attributes"  # the one part of an input that is not the listing


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
    """Each attribute with its value, several spellings where parts of the listing differ, or null."""
    found: dict[str, list[str]] = {}
    for told in example["values"]:
        value = str(told["value"])
        values = found.setdefault(str(told["attribute"]), [])
        if normalize(value) not in ("", *map(normalize, values)):
            values.append(value)
    return {name: None if not values else values[0] if len(values) == 1 else values for name, values in found.items()}


def grade(reply: str, facts: Facts) -> Grade:
    true = _values(facts["true"])
    try:
        said, parses = _values(json_object.find(reply)), 1.0
    except ParseError:
        said, parses = {}, 0.0
    told = sum(map(bool, true.values()))
    hits = sum(bool(values & said.get(name, set())) for name, values in true.items())
    extra = sum(len(values - true.get(name, set())) for name, values in said.items())
    values = records.f1(hits, predicted=hits + extra, gold=told)
    names = records.f1(len(said.keys() & true.keys()), predicted=len(said), gold=len(true))
    components = {
        "parses": parses,
        "values": values,
        "names": names,
        "tp": float(hits),
        "fp": float(extra),
        "fn": float(told - hits),
        "exact": float(said.keys() == true.keys() and not extra and hits == told),
    }
    return Grade(score=values * names, components=components)


def _values(found: Mapping[str, Any]) -> dict[str, set[str]]:
    """The spellings of each attribute's value; none where it is null."""
    values: dict[str, set[str]] = {}
    for name, value in found.items():
        spelled = map(normalize, value if isinstance(value, list) else [value])
        values.setdefault(normalize(name), set()).update(filter(None, spelled))
    return values


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    parts = [answer["components"] for answer in answers]
    tp, fp, fn = (sum(part[name] for part in parts) for name in ("tp", "fp", "fn"))
    rates = {name: sum(part[key] for part in parts) / len(parts) for name, key in (("exact", "exact"), ("parse_rate", "parses"))}
    return {"micro_f1": records.f1(tp, predicted=tp + fp, gold=tp + fn)} | rates


def examples(config: ExampleConfig, *, limit: int, seed: int) -> list[dict[str, Any]]:
    found = ecinstruct.examples(config.clean, "AVE", limit=limit, seed=seed)
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
    gold_facts=lambda example: {"true": record(example)},
    grade=grade,
    headline=headline,
    max_tokens=96,
)
