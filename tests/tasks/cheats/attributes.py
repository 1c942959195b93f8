"""attributes: what must be read is the value of each attribute that is asked for, or that it is not told."""

import json
import re

from vitrine.verifiers.values import normalize


def said(record):
    return json.dumps(record, ensure_ascii=False)


def pieces(case):
    return len(case.facts["true"])


def spoiled(case, wrong):
    """Those attributes with another listing's value, or one denied where there is none."""
    return said(
        {name: another(case, name) if place in wrong else value for place, (name, value) in enumerate(case.facts["true"].items())}
    )


def another(case, name):
    """The value of this attribute, or else of any, in another example."""
    mine = {normalize(one) for one in listed(case.facts["true"][name])}
    values = [(key == name, one) for gold in case.others for key, value in json.loads(gold).items() for one in listed(value)]
    others = [(same, one) for same, one in values if normalize(one) not in ("", *mine)]
    return max(others, key=lambda one: one[0])[1]


def listed(value):
    return value if isinstance(value, list) else [value]


def right(case, count):
    """The record with `count` right values and others that are wrong."""
    return {name: value if place < count else "?!x" for place, (name, value) in enumerate(case.facts["true"].items())}


def words(case):
    return case.example["fields"]["product title"].split()


MADE = [
    {
        "id": "spellings",
        "made": True,
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

USUAL = {"colour": "black", "size": "5x7", "material": "wool"}  # as benchmarks/cheats.py has found them
CHEATS = {
    "a usual value for each attribute": lambda case: said({name: USUAL.get(name) for name in case.facts["true"]}),
    "the third word of the listing": lambda case: said(
        dict.fromkeys(case.facts["true"], words(case)[min(2, len(words(case)) - 1)])
    ),
    "every attribute n/d": lambda case: said(dict.fromkeys(case.facts["true"], "n/d")),
    "every attribute null": lambda case: said(dict.fromkeys(case.facts["true"])),
    "every attribute the title": lambda case: said(dict.fromkeys(case.facts["true"], case.example["fields"]["product title"])),
    "every attribute every word of the title": lambda case: said(
        {name: case.example["fields"]["product title"].split() for name in case.facts["true"]}
    ),
    "every attribute true": lambda case: said(dict.fromkeys(case.facts["true"], True)),
    "every attribute an object": lambda case: said({name: {"value": "steel"} for name in case.facts["true"]}),
    "the listing": lambda case: said(case.example["fields"]),
    "forty invented attributes": lambda case: said({f"attribute {i}": i for i in range(40)}),
    "all right and forty invented": lambda case: said(case.facts["true"] | {f"attribute {i}": i for i in range(40)}),
    "all right, with thirty guesses each": lambda case: said(
        {name: [value, *map(str, range(30))] for name, value in case.facts["true"].items()}
    ),
    "all right, in a list": lambda case: f"[{case.gold}]",
    "all right, twice": lambda case: f"{case.gold}\n{case.gold}",
    "all right, and an empty object": lambda case: f"{case.gold} {{}}",
    "all right, inside an object": lambda case: said({"answer": case.facts["true"]}),
    "each key twice": lambda case: case.gold[:-1] + ", " + case.gold[1:],
    "keys without values": lambda case: ", ".join(case.facts["true"]),
    "ECInstruct's own form": lambda case: str(case.example["output"]),
}
BY_CHANCE = {  # now and then nothing is told, or in a word, or the usual
    *("every attribute null", "every attribute n/d", "every attribute every word of the title"),
    *("a usual value for each attribute", "the third word of the listing"),
}

LADDERS = {
    "one more right value": lambda case: [said(right(case, count)) for count in range(len(case.facts["true"]) + 1)],
    "one invented attribute less": lambda case: [
        said(case.facts["true"] | {f"attribute {i}": i for i in range(invented)}) for invented in range(9, -1, -1)
    ],
}

SAME = {
    "fenced": lambda case: f"```json\n{case.gold}\n```",
    "spread over lines": lambda case: json.dumps(case.facts["true"], indent=2),
    "in capitals": lambda case: said({k: v.upper() if isinstance(v, str) else v for k, v in case.facts["true"].items()}),
    "n/a for null": lambda case: said({k: "N/A" if v is None else v for k, v in case.facts["true"].items()}),
    "a list of one": lambda case: said(
        {k: v if v is None or isinstance(v, list) else [v] for k, v in case.facts["true"].items()}
    ),
    "absent in Portuguese": lambda case: said({k: "Não informado" if v is None else v for k, v in case.facts["true"].items()}),
    "without blanks beside digits": lambda case: said(
        {k: re.sub(r"(?<=\d) (?=\D)", "", v) if isinstance(v, str) else v for k, v in case.facts["true"].items()}
    ),
    "in another order": lambda case: said(dict(reversed(case.facts["true"].items()))),
    "after thinking": lambda case: f"<think>none?</think>\n{case.gold}",
}


def told(case):
    """How many attributes have a value."""
    return float(sum(value is not None for value in case.facts["true"].values()))


PARTS = {
    "one of several spellings": (
        lambda case: said({name: listed(value)[-1] for name, value in case.facts["true"].items()}),
        lambda case: {"tp": told(case), "fp": 0.0, "fn": 0.0, "exact": 1.0, "values": 1.0, "names": 1.0},
    ),
    "one more name": (
        lambda case: said(case.facts["true"] | {"guess": None}),
        lambda case: {"values": 1.0, "fp": 0.0, "exact": 0.0, "names": 2 * pieces(case) / (2 * pieces(case) + 1)},
    ),
    "gold": (lambda case: case.gold, lambda case: {"tp": told(case), "fp": 0.0, "fn": 0.0, "exact": 1.0, "parses": 1.0}),
    "a guess beside": (
        lambda case: json.dumps(case.facts["true"] | {"guess": "v"}),
        lambda case: {"tp": told(case), "fp": 1.0, "fn": 0.0, "exact": 0.0},
    ),
    "nothing": (lambda case: "", lambda case: {"tp": 0.0, "fp": 0.0, "fn": told(case), "exact": 0.0, "parses": 0.0}),
}


def formula(parts):
    """What the docstring of the page says."""
    return parts["values"] * parts["names"]
