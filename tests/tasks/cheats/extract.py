"""extract: the ten fields are the items to read, five in the order and five in the text."""

import json
from collections import Counter

from vitrine.tasks.extract import FIELDS, TEXT_FIELDS

OTHER = {
    "categoria": ("outra", "mais uma"),
    "estado": ("AC", "TO"),
    "problema": ("incompleto", "errado"),
    "elogio": ("atendimento", "preco"),
    "recomenda": ("nao", "sim"),
}
ORDER = ("nota", "atrasado", "dias", "categoria", "estado")


def label(case):
    """The five text fields: most texts fill none or praise the delivery, and guessing so must not pay."""
    return tuple(case.facts[name] for name in TEXT_FIELDS)


def count_items(case):
    return len(FIELDS)


def with_errors(case, wrong):
    """The gold record; a wrong field has another record's value, or the opposite if it is a boolean."""
    return to_json(case.facts | {name: another(case, name) for place, name in enumerate(FIELDS) if place in wrong})


def another(case, name):
    if isinstance(case.facts[name], bool):
        return not case.facts[name]
    values = (json.loads(other)[name] for other in case.others)
    return next((value for value in values if value != case.facts[name]), None)


def text_misread(case):
    """Right in every order field, wrong in every text field."""
    return to_json(case.facts | {name: wrong(case, name) for name in FIELDS if name not in ORDER})


def to_json(record):
    return json.dumps(record, ensure_ascii=False)


def wrong(case, name):
    """A value of the right type that is not the true one."""
    true = case.facts[name]
    if isinstance(true, bool):
        return not true
    if isinstance(true, int):
        return true % 5 + 1
    return next(value for value in OTHER[name] if value != true)


def pairs(case):
    """The total weight of the gold pairs: the five order fields weigh 0.25 together, each pair from the text 1."""
    return 0.05 * len(ORDER) + sum(case.facts[name] != default for name, default in TEXT_FIELDS.items())


def misread(case):
    """The number of wrong values from `wrong` that are not the field's default, and so count as pairs."""
    return sum(wrong(case, name) != default for name, default in TEXT_FIELDS.items())


def commonest(case):
    """Each field's most common value."""
    records = [json.loads(other) for other in case.others]
    return {name: Counter(record[name] for record in records).most_common(1)[0][0] for name in FIELDS}


def usual_text(case):
    """Each text field's most common value that is not its default."""
    records = [json.loads(other) for other in case.others]
    filled = {name: [record[name] for record in records if record[name] != default] for name, default in TEXT_FIELDS.items()}
    return {name: Counter(values).most_common(1)[0][0] for name, values in filled.items() if values}


def guessed(case):
    """The most common praise if the score is above 3, otherwise the most common problem."""
    usual = usual_text(case)
    return {"elogio": usual["elogio"]} if case.facts["nota"] > 3 else {"problema": usual["problema"]}


def guessed_for_each_score(case):
    """A guess of the text fields from the score alone."""
    by_score = {1: {"problema": "nao_recebido"}, 4: {"elogio": "entrega"}, 5: {"elogio": "entrega"}}
    return by_score.get(case.facts["nota"], {})


def object_of(value):
    return lambda case: to_json(dict.fromkeys(FIELDS, value))


CHEATS = {
    "the order, and defaults for the text": lambda case: to_json(text_defaults(case)),
    "the order, and the usual things in the text": lambda case: to_json(case.facts | usual_text(case)),
    "the order, and the text guessed from the score": lambda case: to_json(text_defaults(case) | guessed(case)),
    "the order, and the text guessed for each score": lambda case: to_json(text_defaults(case) | guessed_for_each_score(case)),
    "the order and nothing else": lambda case: to_json({name: case.facts[name] for name in ORDER}),
    "the majority": lambda case: to_json(commonest(case)),
    "every field null": object_of(None),
    "every field 1": object_of(1),
    "every field true": object_of(True),
    "every field empty": object_of(""),
    "every field a list of guesses": object_of([1, 2, 3, 4, 5, True, False, "nenhum", "sim", "SP"]),
    "every field an object": object_of({"valor": 1}),
    "no field of ten, and forty invented": lambda case: to_json({f"campo_{i}": i for i in range(40)}),
    "three right fields and forty invented": lambda case: to_json(
        {name: case.facts[name] for name in ORDER[:3]} | {f"campo_{i}": i for i in range(40)}
    ),
    "all right fields and forty invented": lambda case: to_json(case.facts | {f"campo_{i}": i for i in range(40)}),
    "all right fields and their guesses beside": lambda case: to_json(
        case.facts | {f"{name}_{i}": value for name, value in case.facts.items() for i in range(3)}
    ),
    "all right, in a list": lambda case: f"[{case.gold}]",
    "all right, inside an object": lambda case: f'{{"resposta": {case.gold}}}',
    "all right, twice": lambda case: f"{case.gold}\n{case.gold}",
    "all right, and an empty object": lambda case: f"{case.gold} {{}}",
    "two guesses": lambda case: to_json(case.facts | {"nota": 1}) + to_json(case.facts | {"nota": 5}),
    "each key twice": lambda case: case.gold[:-1] + ", " + case.gold[1:],
    "an object for each field": lambda case: "\n".join(to_json({name: value}) for name, value in case.facts.items()),
    "keys without values": lambda case: ", ".join(FIELDS),
    "all right, cut off": lambda case: case.gold[:-1],
    "not a number": lambda case: to_json(case.facts | {"dias": float("nan")}),
    "the order handed back": lambda case: case.prompt.split("Pedido: ")[1].split("\n")[0],
    "lines instead of JSON": lambda case: "\n".join(f"{name}: {value}" for name, value in case.facts.items()),
}

# Right if a text fills no field, as in one review in eight.
RIGHT_BY_CHANCE = {
    "the order, and defaults for the text",
    "the order and nothing else",
    "the order, and the usual things in the text",
    "the order, and the text guessed from the score",
    "the order, and the text guessed for each score",
}

EXACT_SCORES = {
    "the order, and the text misread": (text_misread, lambda case: 0.1 + 0.9 * 2 * 0.25 / (0.25 + misread(case) + pairs(case))),
    "the order and nothing else": (
        lambda case: to_json({name: case.facts[name] for name in ORDER}),
        lambda case: 0.9 * 2 * 0.25 / (0.25 + pairs(case)),
    ),
    "the order, and defaults for the text": (
        lambda case: to_json({name: case.facts[name] for name in ORDER} | TEXT_FIELDS),
        lambda case: 0.1 + 0.9 * 2 * 0.25 / (0.25 + pairs(case)),
    ),
    "single quotes": (lambda case: str(case.facts), 0.9),
    "a comma too many": (lambda case: case.gold[:-1] + ",}", 0.9),
    "one invented field": (
        lambda case: to_json(case.facts | {"campo": 1}),
        lambda case: 0.9 * 0.4 * 2 * pairs(case) / (2 * pairs(case) + 1),
    ),
}

ORDERED_REPLIES = {
    "one more right field": lambda case: [
        to_json({name: case.facts[name] if place < right else wrong(case, name) for place, name in enumerate(FIELDS)})
        for right in range(len(FIELDS) + 1)
    ],
    "one more field given": lambda case: [to_json(dict(list(case.facts.items())[:given])) for given in range(1, len(FIELDS) + 1)],
    "one invented field less": lambda case: [
        to_json(case.facts | {f"campo_{i}": i for i in range(invented)}) for invented in range(12, -1, -1)
    ],
    "the right types": lambda case: [
        to_json({name: [] for name in FIELDS}),
        to_json({name: wrong(case, name) for name in FIELDS}),
        case.gold,
    ],
}

GOLD_EQUIVALENTS = {
    "fenced": lambda case: f"```json\n{case.gold}\n```",
    "in a sentence": lambda case: f"Claro! Aqui está: {case.gold}",
    "spread over lines": lambda case: json.dumps(case.facts, ensure_ascii=False, indent=2),
    "escaped": lambda case: json.dumps(case.facts),
    "in capitals": lambda case: to_json({name: v.upper() if isinstance(v, str) else v for name, v in case.facts.items()}),
    "spaces around": lambda case: f"\n  {case.gold}  \n",
    "after thinking": lambda case: f"<think>são dez campos</think>\n{case.gold}",
    "in another order": lambda case: to_json(dict(reversed(case.facts.items()))),
}


def text_defaults(case):
    return case.facts | TEXT_FIELDS


EXACT_COMPONENTS = {
    "gold": (
        lambda case: case.gold,
        lambda case: (
            dict.fromkeys(("told", "telling", "to_tell"), to_tell(case)) | {"parses": 1.0, "clean": 1.0, "schema": 1.0, "f1": 1.0}
        ),
    ),
    "nothing out of the text": (
        lambda case: to_json(text_defaults(case)),
        lambda case: {"told": 0.0, "telling": 0.0, "to_tell": to_tell(case), "schema": 1.0},
    ),
    "a value that no field may have": (lambda case: to_json(case.facts | {"problema": "azul"}), lambda case: {"schema": 0.0}),
    "one for true": (
        lambda case: to_json(case.facts | {"pede_troca": int(case.facts["pede_troca"])}),
        lambda case: {"pede_troca": 0.0},
    ),
}


def to_tell(case):
    return float(sum(case.facts[name] != nothing for name, nothing in TEXT_FIELDS.items()))
