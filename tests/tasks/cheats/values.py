"""ec_ave: what must be read is each value and the part of the listing that tells it, or that none does."""

import json

from vitrine.verifiers.values import normalize


def pieces(case):
    return len(case.facts["true"])


def spoiled(case, wrong):
    """Those records with the value and source of another example."""
    return json.dumps([another(case, one) if place in wrong else one for place, one in enumerate(case.facts["true"])])


def another(case, true):
    """The record with another value for its attribute, or else of any."""
    records = [one for gold in case.others for one in json.loads(gold) if normalize(one["value"]) not in ("", normalize(true["value"]))]
    other = max(records, key=lambda one: one["attribute"] == true["attribute"])
    return true | {"value": other["value"], "source": other["source"]}


def told(case):
    """Whether any value is."""
    return any(normalize(one["value"]) for one in case.facts["true"])


def misplaced(case):
    """Every value, and a wrong place for it."""
    return json.dumps([record | {"source": "product page"} for record in case.facts["true"]])


def names(case):
    return list(dict.fromkeys(record["attribute"] for record in case.facts["true"]))


def record(attribute, value="None", source="None"):
    return {"attribute": attribute, "value": value, "source": source}


USUAL = {"colour": ("black", "product description"), "size": ("5x7", "product feature")}  # as benchmarks/cheats.py has found
CHEATS = {
    "a usual value and source for each attribute": lambda case: json.dumps(
        [record(name, *USUAL.get(name, ())) for name in names(case)]
    ),
    "nothing is told": lambda case: json.dumps([record(name) for name in names(case)]),
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
    "values alone": lambda case: json.dumps([{"value": one["value"]} for one in case.facts["true"]]),
    "sources alone": lambda case: json.dumps([{"source": one["source"]} for one in case.facts["true"]]),
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
BY_CHANCE = {"nothing is told", "a usual value and source for each attribute"}  # now and then nothing is, or the usual

WORTH = {
    "every value, and a wrong place for it": (misplaced, lambda case: 0.5 if told(case) else 1.0),
    "the values and one name too many": (
        lambda case: json.dumps([*case.facts["true"], record("guess")]),
        lambda case: 2 * len(names(case)) / (2 * len(names(case)) + 1),
    ),
    "every value twice": (
        lambda case: json.dumps(case.facts["true"] * 2),
        lambda case: 2 / 3 if told(case) else 1.0,
    ),
}

LADDERS = {
    "the attribute, its value, its source": lambda case: [
        "[]",
        json.dumps([record(one["attribute"], "?", "?") for one in case.facts["true"]]),
        misplaced(case),
        case.gold,
    ],
}

SAME = {
    "fenced": lambda case: f"```json\n{case.gold}\n```",
    "spread over lines": lambda case: json.dumps(case.facts["true"], indent=2),
    "in another order": lambda case: json.dumps(case.facts["true"][::-1]),
    "in capitals": lambda case: json.dumps([record | {"value": record["value"].upper()} for record in case.facts["true"]]),
    "after thinking": lambda case: f"<think>[]</think>\n{case.gold}",
}


def all_of(case, **parts):
    """The true records, changed, as JSON."""
    return json.dumps([record | parts for record in case.facts["true"]])


def longer(case, part):
    return json.dumps([record | {part: f"{record[part]} and more"} for record in case.facts["true"]])


def hits(case, *, partly):
    """Where part of a value counts: on rows of the foreign domain that tell one."""
    told = [record for record in case.facts["true"] if record["value"] is not None and isinstance(record["source"], str)]
    return {"official_hits": float(len(told) if partly and case.facts["ood"] else 0)}


PARTS = {
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


def formula(parts):
    """What the docstring of the page says."""
    return parts["told"] * parts["names"]
