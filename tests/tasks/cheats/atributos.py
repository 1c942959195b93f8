"""atributos: each requested attribute is an item to read, with its value or null."""

import json

from vitrine.tasks.atributos import reply_of
from vitrine.verifiers.values_pt import predicted


def to_json(attributes):
    return json.dumps(attributes, ensure_ascii=False)


def count_items(case):
    return len(case.facts["true"])


def with_errors(case, wrong):
    """The gold record with another listing's value for the attributes `wrong`."""
    true = case.facts["true"]
    return reply_of(
        {name: other_items(case, name) if place in wrong else items for place, (name, items) in enumerate(true.items())}
    )


def other_items(case, name):
    """A value of this attribute in another example, or of any attribute if there is none."""
    own = {text for item in case.facts["true"][name] for text in predicted(name, item)}
    values = [(key == name, value) for gold in case.others for key, value in json.loads(gold).items() if value]
    others = [(same, value) for same, value in values if not predicted(name, value) & own]
    chosen = max(others, key=lambda pair: pair[0])[1]
    return chosen if isinstance(chosen, list) else [chosen]


def right(case, count):
    """The gold record with only its first `count` values right."""
    return {name: items if place < count else "?!x" for place, (name, items) in enumerate(case.facts["true"].items())}


def words(case):
    return case.example["title"].split()


EXTRA_EXAMPLES = [
    {
        "id": "alternatives",
        "extra": True,
        "entity": "tv aurivale",
        "type": "TV",
        "title": "Smart TV Aurivale 50 polegadas 4K com Wi-Fi e HDMI",
        "description": "Voltagem 127 V",
        "attributes": ["marca", "resolucao", "conectividade", "voltagem", "cor"],
        "values": {
            "marca": "Aurivale",
            "resolucao": "4K / Ultra HD",
            "conectividade": "[HDMI, Wi-Fi]",
            "voltagem": "110V",
            "cor": "",
        },
    }
]

USUAL = {
    "cor": "Branco",
    "voltagem": "220V",
    "material_da_estrutura": "MDF",
    "quantidade_de_portas": "6 Portas",
    "tamanho": "Casal",
}
CHEATS = {
    "a usual value for each attribute": lambda case: to_json({name: USUAL.get(name) for name in case.facts["true"]}),
    "the third word of the title": lambda case: to_json(
        dict.fromkeys(case.facts["true"], words(case)[min(2, len(words(case)) - 1)])
    ),
    "every attribute null": lambda case: to_json(dict.fromkeys(case.facts["true"])),
    "every attribute Não informado": lambda case: to_json(dict.fromkeys(case.facts["true"], "Não informado")),
    "every attribute the title": lambda case: to_json(dict.fromkeys(case.facts["true"], case.example["title"])),
    "every attribute every word of the title": lambda case: to_json(dict.fromkeys(case.facts["true"], words(case))),
    "every attribute the title with commas": lambda case: to_json(dict.fromkeys(case.facts["true"], ", ".join(words(case)))),
    "every attribute the title with slashes": lambda case: to_json(dict.fromkeys(case.facts["true"], " / ".join(words(case)))),
    "every attribute true": lambda case: to_json(dict.fromkeys(case.facts["true"], True)),
    "every attribute an object": lambda case: to_json({name: {"valor": "Branco"} for name in case.facts["true"]}),
    "the listing": lambda case: to_json({"título": case.example["title"], "descrição": case.example["description"]}),
    "forty invented attributes": lambda case: to_json({f"atributo {i}": i for i in range(40)}),
    "all right and forty invented": lambda case: to_json(case.facts["true"] | {f"atributo {i}": i for i in range(40)}),
    "all right, with thirty guesses each": lambda case: to_json(
        {name: [*items, *map(str, range(30))] for name, items in case.facts["true"].items()}
    ),
    "all right, in a list": lambda case: f"[{case.gold}]",
    "all right, twice": lambda case: f"{case.gold}\n{case.gold}",
    "all right, and an empty object": lambda case: f"{case.gold} {{}}",
    "all right, inside an object": lambda case: to_json({"resposta": case.facts["true"]}),
    "each key twice": lambda case: case.gold[:-1] + ", " + case.gold[1:],
    "keys without values": lambda case: ", ".join(case.facts["true"]),
}
RIGHT_BY_CHANCE = {"a usual value for each attribute", "the third word of the title"}  # some listings state a usual value alone

ORDERED_REPLIES = {
    "one more right value": lambda case: [to_json(right(case, count)) for count in range(len(case.facts["true"]) + 1)],
    "one invented attribute less": lambda case: [
        to_json(case.facts["true"] | {f"atributo {i}": i for i in range(invented)}) for invented in range(9, -1, -1)
    ],
}

GOLD_EQUIVALENTS = {
    "fenced": lambda case: f"```json\n{case.gold}\n```",
    "in capitals": lambda case: to_json({name: [item.upper() for item in items] for name, items in case.facts["true"].items()}),
    "absent in Portuguese": lambda case: to_json({name: items or "Não informado" for name, items in case.facts["true"].items()}),
    "a dash for absent": lambda case: to_json({name: items or "-" for name, items in case.facts["true"].items()}),
    "não se aplica for absent": lambda case: to_json(
        {name: items or "Não se aplica" for name, items in case.facts["true"].items()}
    ),
    "empty for absent": lambda case: to_json({name: items or "" for name, items in case.facts["true"].items()}),
    "items joined by commas": lambda case: to_json({name: ", ".join(items) for name, items in case.facts["true"].items()}),
    "as annotators write lists": lambda case: to_json(
        {name: f"[{', '.join(items)}]" for name, items in case.facts["true"].items()}
    ),
    "items backwards": lambda case: to_json({name: items[::-1] for name, items in case.facts["true"].items()}),
    "names with blanks": lambda case: to_json(
        {name.replace("_", " ").capitalize(): items for name, items in case.facts["true"].items()}
    ),
    "in another order": lambda case: to_json(dict(reversed(case.facts["true"].items()))),
    "after thinking": lambda case: f"<think>nenhum?</think>\n{case.gold}",
}


def count_stated(case):
    """The number of (attribute, item) pairs."""
    return float(sum(map(len, case.facts["true"].values())))


EXACT_COMPONENTS = {
    "gold": (lambda case: case.gold, lambda case: {"tp": count_stated(case), "fp": 0.0, "fn": 0.0, "exact": 1.0, "parses": 1.0}),
    "one more name": (
        lambda case: to_json(case.facts["true"] | {"palpite": None}),
        lambda case: {"values": 1.0, "fp": 0.0, "exact": 0.0, "names": 2 * count_items(case) / (2 * count_items(case) + 1)},
    ),
    "a guess beside": (
        lambda case: to_json(case.facts["true"] | {"palpite": "v"}),
        lambda case: {"tp": count_stated(case), "fp": 1.0, "fn": 0.0, "exact": 0.0},
    ),
    "nothing": (lambda case: "", lambda case: {"tp": 0.0, "fp": 0.0, "fn": count_stated(case), "exact": 0.0, "parses": 0.0}),
}


def score_formula(parts):
    """The formula in the task's docstring."""
    return parts["values"] * parts["names"]
