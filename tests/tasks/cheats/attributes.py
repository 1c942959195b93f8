"""attributes: honest and weak is every value that is asked for, and one that is not."""

import json


def said(record):
    return json.dumps(record, ensure_ascii=False)


def weak(case):
    return said(case.facts["true"] | {"price": "$1.00"})


def right(case, count):
    """The record with `count` right values and others that are wrong."""
    return {name: value if place < count else "?!x" for place, (name, value) in enumerate(case.facts["true"].items())}


CHEATS = {
    "every attribute null": lambda case: said(dict.fromkeys(case.facts["true"])),
    "every attribute the title": lambda case: said(dict.fromkeys(case.facts["true"], case.example["told"]["product title"])),
    "every attribute every word of the title": lambda case: said(
        {name: case.example["told"]["product title"].split() for name in case.facts["true"]}
    ),
    "every attribute true": lambda case: said(dict.fromkeys(case.facts["true"], True)),
    "every attribute an object": lambda case: said({name: {"value": "steel"} for name in case.facts["true"]}),
    "the listing": lambda case: said(case.example["told"]),
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
BY_CHANCE = {"every attribute null", "every attribute every word of the title"}  # now and then nothing is told, or in a word

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
    "in another order": lambda case: said(dict(reversed(case.facts["true"].items()))),
    "after thinking": lambda case: f"<think>none?</think>\n{case.gold}",
}


def told(case):
    """How many values are told."""
    values = [value if isinstance(value, list) else [value] for value in case.facts["true"].values()]
    return float(sum(one is not None for some in values for one in some))


PARTS = {
    "gold": (lambda case: case.gold, lambda case: {"tp": told(case), "fp": 0.0, "fn": 0.0, "exact": 1.0, "parses": 1.0}),
    "a guess beside": (
        lambda case: json.dumps(case.facts["true"] | {"guess": "v"}),
        lambda case: {"tp": told(case), "fp": 1.0, "fn": 0.0, "exact": 0.0},
    ),
    "nothing": (lambda case: "", lambda case: {"tp": 0.0, "fp": 0.0, "fn": told(case), "exact": 0.0, "parses": 0.0}),
}
EQUIVALENT = {"grade: both * parses -> both": "where nothing parses nothing was said, and something is always true"}
