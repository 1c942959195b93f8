"""extract -- read a review and its order, answer with one JSON object of exactly ten fields.

    Pedido: {"nota": 1, "dias": 12, "prazo": 20, "categoria": "cama_mesa_banho", "estado": "SP"}
    Avaliação: Chegou quebrado, quero a troca.

    {"nota": 1, "atrasado": false, "dias": 12, "categoria": "cama_mesa_banho", "estado": "SP", "problema": "defeito",
     "elogio": "nenhum", "pede_troca": true, "recomenda": "nao_diz", "recompra": false}

Five fields repeat or compare order facts, five follow the text rules of `vitrine.facts.reviews`. An object earns 0.1
if it has exactly these keys with values of the right type, and 0.9 * F1 over (field, value) pairs. A key that was not
asked for counts as a wrong pair and halves the F1: padding costs, and so does handing back the order, which is an object
too. Anything that is not one JSON object earns 0.
"""

import json
from collections.abc import Mapping
from statistics import fmean
from typing import Any

from vitrine.errors import ParseError
from vitrine.facts import reviews
from vitrine.tasks.task import Example, Facts, Grade, Places, Task
from vitrine.verifiers import json_object

PROMPT = """[EXTRAIR] Leia o pedido e a avaliação e responda com um objeto JSON.
Pedido: {order}
Avaliação: {text}"""

FIELDS: dict[str, type] = {
    "nota": int,
    "atrasado": bool,
    "dias": int,
    "categoria": str,
    "estado": str,
    "problema": str,
    "elogio": str,
    "pede_troca": bool,
    "recomenda": str,
    "recompra": bool,
}


def prompt(example: Example) -> str:
    names = {"nota": "score", "dias": "days", "prazo": "promised", "categoria": "category", "estado": "state"}
    order = {name: example[column] for name, column in names.items()}
    return PROMPT.format(order=json.dumps(order, ensure_ascii=False), text=example["text"])


def record(example: Example) -> dict[str, Any]:
    """The ten fields as they are."""
    return {
        "nota": example["score"],
        "atrasado": example["late"],
        "dias": example["days"],
        "categoria": example["category"],
        "estado": example["state"],
        **reviews.rules(example["text"]),
    }


def grade(reply: str, facts: Facts) -> Grade:
    try:
        said = json_object.find(reply)
    except ParseError:
        return Grade(score=0.0, components={"parses": 0.0, "schema": 0.0, "f1": 0.0})
    schema = said.keys() == FIELDS.keys() and all(type(said[name]) is kind for name, kind in FIELDS.items())
    right = sum(_same(said[name], facts[name]) for name in FIELDS if name in said)
    f1 = 2 * right / (len(said) + len(FIELDS)) * (1.0 if said.keys() <= FIELDS.keys() else 0.5)
    return Grade(score=0.1 * schema + 0.9 * f1, components={"parses": 1.0, "schema": float(schema), "f1": f1})


def _same(said: Any, true: Any) -> bool:
    if isinstance(said, str) and isinstance(true, str):
        return said.strip().casefold() == true.casefold()
    return type(said) is type(true) and bool(said == true)


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    parts = [answer["components"] for answer in answers]
    return {
        "field_f1": fmean(part["f1"] for part in parts),
        "exact": fmean(part["f1"] == 1.0 for part in parts),
        "parse_rate": fmean(part["parses"] for part in parts),
    }


def examples(places: Places, *, limit: int, seed: int) -> list[dict[str, Any]]:
    return reviews.examples(places.clean, limit=limit, seed=seed)


TASK = Task(
    name="extract",
    language="pt",
    source="olist",
    examples=examples,
    prompt=prompt,
    gold=lambda example: json.dumps(record(example), ensure_ascii=False),
    facts=record,
    grade=grade,
    headline=headline,
    max_tokens=128,
)
