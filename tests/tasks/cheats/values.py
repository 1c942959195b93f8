"""ec_ave: each record is an item to read: a value with its source, or null."""

import json

from vitrine.verifiers.values import normalize


def count_items(case):
    return len(case.facts["true"])


def with_errors(case, wrong):
    """The gold records; the `wrong` ones have value and source of another example."""
    return json.dumps([another(case, record) if place in wrong else record for place, record in enumerate(case.facts["true"])])


def another(case, true):
    """The record with another example's value for its attribute, or for any attribute if there is none."""
    records = [
        one for gold in case.others for one in json.loads(gold) if normalize(one["value"]) not in ("", normalize(true["value"]))
    ]
    other = max(records, key=lambda record: record["attribute"] == true["attribute"])
    return true | {"value": other["value"], "source": other["source"]}


def has_values(case):
    """Whether the listing states any value."""
    return any(normalize(record["value"]) for record in case.facts["true"])


def misplaced(case):
    """Every value right, every source wrong."""
    return json.dumps([record | {"source": "product page"} for record in case.facts["true"]])


def names(case):
    return list(dict.fromkeys(record["attribute"] for record in case.facts["true"]))


def record(attribute, value="None", source="None"):
    return {"attribute": attribute, "value": value, "source": source}


USUAL = {"colour": ("black", "product description"), "size": ("5x7", "product feature")}  # chosen by benchmarks/cheats.py
CHEATS = {
    "a usual value and source for each attribute": lambda case: json.dumps(
        [record(name, *USUAL.get(name, ())) for name in names(case)]
    ),
    "every attribute null": lambda case: json.dumps([record(name) for name in names(case)]),
    "the title for a value": lambda case: json.dumps(
        [record(name, case.example["fields"]["product title"], "product title") for name in names(case)]
    ),
    "every word of the title for a value": lambda case: json.dumps(
        [
            record(name, word, "product title")
            for name in names(case)
            for word in case.example["fields"]["product title"].lower().split()
        ]
    ),
    "attributes alone": lambda case: json.dumps([{"attribute": name} for name in names(case)]),
    "values alone": lambda case: json.dumps([{"value": record["value"]} for record in case.facts["true"]]),
    "sources alone": lambda case: json.dumps([{"source": record["source"]} for record in case.facts["true"]]),
    "the listing": lambda case: case.example["input"],
    "the listing in a list": lambda case: f"[{case.example['input']}]",
    "gold twice": lambda case: f"{case.gold}\n{case.gold}",
    "gold, then an empty list": lambda case: f"{case.gold} []",
    "gold in a list": lambda case: f"[{case.gold}]",
    "gold in an object without a list": lambda case: json.dumps(dict(enumerate(case.facts["true"]))),
    "gold and sixty guesses": lambda case: json.dumps(
        case.facts["true"] + [record(name, f"{i} inch", "product title") for name in names(case) for i in range(60)]
    ),
    "gold, cut off": lambda case: case.gold[:-1],
}
RIGHT_BY_CHANCE = {
    "every attribute null",
    "a usual value and source for each attribute",
}  # some listings state no value, or a usual one

EXACT_SCORES = {
    "every value, and a wrong place for it": (misplaced, lambda case: 0.5 if has_values(case) else 1.0),
    "the values and one name too many": (
        lambda case: json.dumps([*case.facts["true"], record("guess")]),
        lambda case: 2 * len(names(case)) / (2 * len(names(case)) + 1),
    ),
    "every value twice": (
        lambda case: json.dumps(case.facts["true"] * 2),
        lambda case: 2 / 3 if has_values(case) else 1.0,
    ),
}

ORDERED_REPLIES = {
    "the attribute, its value, its source": lambda case: [
        "[]",
        json.dumps([record(gold["attribute"], "?", "?") for gold in case.facts["true"]]),
        misplaced(case),
        case.gold,
    ],
}

GOLD_EQUIVALENTS = {
    "fenced": lambda case: f"```json\n{case.gold}\n```",
    "spread over lines": lambda case: json.dumps(case.facts["true"], indent=2),
    "in another order": lambda case: json.dumps(case.facts["true"][::-1]),
    "in capitals": lambda case: json.dumps([record | {"value": record["value"].upper()} for record in case.facts["true"]]),
    "after thinking": lambda case: f"<think>[]</think>\n{case.gold}",
}


def all_of(case, **parts):
    """The gold records with some keys overwritten, as JSON."""
    return json.dumps([record | parts for record in case.facts["true"]])


def longer(case, part):
    return json.dumps([record | {part: f"{record[part]} and more"} for record in case.facts["true"]])


def hits(case, *, partly):
    """Expected official hits. A partial match counts only on out-of-domain rows and for records with a value."""
    stated = [record for record in case.facts["true"] if record["value"] is not None and isinstance(record["source"], str)]
    return {"official_hits": float(len(stated) if partly and case.facts["ood"] else 0)}


EXACT_COMPONENTS = {
    "gold": (
        lambda case: all_of(case),
        lambda case: dict.fromkeys(("hits", "said", "true", "official_hits", "official_said"), float(len(case.facts["true"]))),
    ),
    "more than the value": (lambda case: longer(case, "value"), lambda case: hits(case, partly=True)),
    "more than the source": (lambda case: longer(case, "source"), lambda case: hits(case, partly=True)),
    "another value": (lambda case: all_of(case, value="zzz"), lambda case: hits(case, partly=False)),
    "another source": (lambda case: all_of(case, source="zzz"), lambda case: hits(case, partly=False)),
    "another attribute": (lambda case: all_of(case, attribute="zzz"), lambda case: hits(case, partly=False)),
    "a number for a source": (lambda case: all_of(case, source=7), lambda case: hits(case, partly=False)),
    "nothing of it": (lambda case: all_of(case, attribute="z", value="z", source="z"), lambda case: hits(case, partly=False)),
    "no list": (lambda case: '{"attribute": "a"}', lambda case: {"official_said": 0.0, "valid": 0.0}),
    "records of several kinds": (lambda case: '[1, {"value": "x"}, {"attribute": "a"}]', lambda case: {"official_said": 1.0}),
}


def score_formula(parts):
    """The formula in the task's docstring."""
    return parts["told"] * parts["names"]
