"""attributes: each requested attribute is an item to read, with its value or null."""

import json
import re

from vitrine.verifiers.values import normalize


def to_json(record):
    return json.dumps(record, ensure_ascii=False)


def count_items(case):
    return len(case.facts["true"])


def with_errors(case, wrong):
    """The gold record with another listing's value for the attributes `wrong`."""
    return to_json(
        {
            name: other_value(case, name) if place in wrong else value
            for place, (name, value) in enumerate(case.facts["true"].items())
        }
    )


def other_value(case, name):
    """A value of this attribute in another example, or of any attribute if there is none."""
    own = {normalize(spelling) for spelling in spellings(case.facts["true"][name])}
    records = [json.loads(gold) for gold in case.others]
    values = [(key == name, text) for record in records for key, value in record.items() for text in spellings(value)]
    others = [(same, text) for same, text in values if normalize(text) not in ("", *own)]
    return max(others, key=lambda pair: pair[0])[1]


def spellings(value):
    return value if isinstance(value, list) else [value]


def right(case, count):
    """The gold record with only its first `count` values right."""
    return {name: value if place < count else "?!x" for place, (name, value) in enumerate(case.facts["true"].items())}


def words(case):
    return case.example["fields"]["product title"].split()


EXTRA_EXAMPLES = [
    {
        "id": "spellings",
        "extra": True,
        "entity": "northbay bottle",
        "fields": {"product title": "Northbay bottle, 750 ml (0.75 l), steel"},
        "values": [
            {"attribute": name, "value": value, "source": "product title"}
            for name, value in (("size", "750 ml"), ("size", "0.75 l"), ("material", "steel"), ("colour", "n/a"))
        ],
        "attributes": ["size", "material", "colour"],
        "listing": {"title": "Northbay bottle, 750 ml (0.75 l), steel"},
        "output": "[]",
    }
]

USUAL = {"colour": "black", "size": "5x7", "material": "wool"}  # chosen by benchmarks/cheats.py
CHEATS = {
    "a usual value for each attribute": lambda case: to_json({name: USUAL.get(name) for name in case.facts["true"]}),
    "the third word of the listing": lambda case: to_json(
        dict.fromkeys(case.facts["true"], words(case)[min(2, len(words(case)) - 1)])
    ),
    "every attribute n/d": lambda case: to_json(dict.fromkeys(case.facts["true"], "n/d")),
    "every attribute null": lambda case: to_json(dict.fromkeys(case.facts["true"])),
    "every attribute the title": lambda case: to_json(dict.fromkeys(case.facts["true"], case.example["fields"]["product title"])),
    "every attribute every word of the title": lambda case: to_json(
        {name: case.example["fields"]["product title"].split() for name in case.facts["true"]}
    ),
    "every attribute true": lambda case: to_json(dict.fromkeys(case.facts["true"], True)),
    "every attribute an object": lambda case: to_json({name: {"value": "steel"} for name in case.facts["true"]}),
    "the listing": lambda case: to_json(case.example["fields"]),
    "forty invented attributes": lambda case: to_json({f"attribute {i}": i for i in range(40)}),
    "all right and forty invented": lambda case: to_json(case.facts["true"] | {f"attribute {i}": i for i in range(40)}),
    "all right, with thirty guesses each": lambda case: to_json(
        {name: [value, *map(str, range(30))] for name, value in case.facts["true"].items()}
    ),
    "all right, in a list": lambda case: f"[{case.gold}]",
    "all right, twice": lambda case: f"{case.gold}\n{case.gold}",
    "all right, and an empty object": lambda case: f"{case.gold} {{}}",
    "all right, inside an object": lambda case: to_json({"answer": case.facts["true"]}),
    "each key twice": lambda case: case.gold[:-1] + ", " + case.gold[1:],
    "keys without values": lambda case: ", ".join(case.facts["true"]),
    "ECInstruct's own form": lambda case: str(case.example["output"]),
}
RIGHT_BY_CHANCE = {  # some listings state no value, one of a single word, or a usual one
    *("every attribute null", "every attribute n/d", "every attribute every word of the title"),
    *("a usual value for each attribute", "the third word of the listing"),
}

ORDERED_REPLIES = {
    "one more right value": lambda case: [to_json(right(case, count)) for count in range(len(case.facts["true"]) + 1)],
    "one invented attribute less": lambda case: [
        to_json(case.facts["true"] | {f"attribute {i}": i for i in range(invented)}) for invented in range(9, -1, -1)
    ],
}

GOLD_EQUIVALENTS = {
    "fenced": lambda case: f"```json\n{case.gold}\n```",
    "spread over lines": lambda case: json.dumps(case.facts["true"], indent=2),
    "in capitals": lambda case: to_json({k: v.upper() if isinstance(v, str) else v for k, v in case.facts["true"].items()}),
    "n/a for null": lambda case: to_json({k: "N/A" if v is None else v for k, v in case.facts["true"].items()}),
    "a list of one": lambda case: to_json(
        {k: v if v is None or isinstance(v, list) else [v] for k, v in case.facts["true"].items()}
    ),
    "absent in Portuguese": lambda case: to_json({k: "Não informado" if v is None else v for k, v in case.facts["true"].items()}),
    "without blanks beside digits": lambda case: to_json(
        {k: re.sub(r"(?<=\d) (?=\D)", "", v) if isinstance(v, str) else v for k, v in case.facts["true"].items()}
    ),
    "in another order": lambda case: to_json(dict(reversed(case.facts["true"].items()))),
    "after thinking": lambda case: f"<think>none?</think>\n{case.gold}",
}


def count_stated(case):
    """The number of attributes with a value."""
    return float(sum(value is not None for value in case.facts["true"].values()))


EXACT_COMPONENTS = {
    "one of several spellings": (
        lambda case: to_json({name: spellings(value)[-1] for name, value in case.facts["true"].items()}),
        lambda case: {"tp": count_stated(case), "fp": 0.0, "fn": 0.0, "exact": 1.0, "values": 1.0, "names": 1.0},
    ),
    "one more name": (
        lambda case: to_json(case.facts["true"] | {"guess": None}),
        lambda case: {"values": 1.0, "fp": 0.0, "exact": 0.0, "names": 2 * count_items(case) / (2 * count_items(case) + 1)},
    ),
    "gold": (lambda case: case.gold, lambda case: {"tp": count_stated(case), "fp": 0.0, "fn": 0.0, "exact": 1.0, "parses": 1.0}),
    "a guess beside": (
        lambda case: json.dumps(case.facts["true"] | {"guess": "v"}),
        lambda case: {"tp": count_stated(case), "fp": 1.0, "fn": 0.0, "exact": 0.0},
    ),
    "nothing": (lambda case: "", lambda case: {"tp": 0.0, "fp": 0.0, "fn": count_stated(case), "exact": 0.0, "parses": 0.0}),
}


def score_formula(parts):
    """The formula in the task's docstring."""
    return parts["values"] * parts["names"]
