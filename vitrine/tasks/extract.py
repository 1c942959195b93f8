"""extract -- read a review and its order, answer with one JSON object of exactly ten fields.

    Pedido: {"nota": 1, "dias": 12, "prazo": 20, "categoria": "cama_mesa_banho", "estado": "SP"}
    Avaliação: Chegou quebrado, quero a troca.

    {"nota": 1, "atrasado": false, "dias": 12, "categoria": "cama_mesa_banho", "estado": "SP", "problema": "defeito",
     "elogio": "nenhum", "pede_troca": true, "recomenda": "nao_diz", "recompra": false}

Five fields repeat or compare order facts, five follow the text rules of `vitrine.facts.reviews`. The score is

    0.1 * schema + 0.9 * F1 over (field, value) pairs      times 0.4 if a key was not asked for

A pair that is read out of the text weighs 1, a pair of the order 0.05: copying the order is easy, and a reply that copies it and
finds nothing in a text that says one thing earns 0.1 + 0.9 * 0.5 / 1.5 = 0.4.

schema   1 for exactly these keys, each with a value that its field may have (FIELDS), in an object that is JSON as it stands
F1       2 * right / (pairs given + pairs there are), by weight: a wrong value counts against both precision and recall, a field
         left out against recall. Text is compared without case and spaces around it, 12.0 is 12; 12 is not "12", and 0 is not
         false. "nenhum", "nao_diz" and false, read out of a text, are no pairs: nine reviews in ten ask for nothing, and saying
         so to all of them must not pay

An object that had to be repaired (single quotes, a trailing comma: `json_object.find_or_repair`) is read and so earns at most 0.9. A key
that was not asked for counts as a wrong pair as well: padding costs, and so does handing back the order, which is an object too.
Anything that is not one object, in a list, twice or broken off, earns 0.
"""

import json
import unicodedata
from collections.abc import Callable, Mapping
from statistics import fmean
from typing import Any, Literal, get_args

from pydantic import Field

from vitrine.errors import ParseError
from vitrine.facts import reviews
from vitrine.tasks.sentiment import Review
from vitrine.tasks.task import Facts, Grade, Task, Text
from vitrine.verifiers import json_object

PROMPT = """[EXTRAIR] Leia o pedido e a avaliação e responda com um objeto JSON.
Pedido: {order}
Avaliação: {text}"""

State = Literal[
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA",
    "PB", "PE", "PI", "PR", "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
]  # fmt: skip
MAX_EMPTY_SHARE = 1 / 8  # of the examples say nothing that the rules read; of published reviews four in ten, and "nothing" would pay
ORDER_PAIR = 0.05  # weight of a pair of the order; one out of the text weighs 1
UNASKED = 0.4  # of its F1 is left to an object with other keys
RIGHT, WRONG, UNSAID = 1.0, 0.0, -1.0  # what a reply did with a field


def _one_of(*values: str) -> Callable[[Any], bool]:
    allowed = frozenset(values) | {_plain(value) for value in values}
    return lambda value: isinstance(value, str) and (value in allowed or _plain(value) in allowed)


def _whole(least: int, most: float) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _bool(value: Any) -> bool:
    return type(value) is bool


FIELDS: dict[str, Callable[[Any], bool]] = {  # whether a value is one that the field may have
    "nota": _whole(1, 5),
    "atrasado": _bool,
    "dias": _whole(0, 9_999),
    "categoria": lambda value: isinstance(value, str) and bool(value.strip()),  # the shop's own list, which grows
    "estado": _one_of(*get_args(State)),
    "problema": _one_of(*reviews.PROBLEMS, reviews.NO),
    "elogio": _one_of(*reviews.PRAISES, reviews.NO),
    "pede_troca": _bool,
    "recomenda": _one_of("sim", "nao", "nao_diz"),
    "recompra": _bool,
}
READ = reviews.EMPTY_FIELDS  # the fields read out of the text, with what they hold where it says nothing
SHOWN = tuple(name for name in FIELDS if name not in READ)  # in the order
NOTHING = {"parses": 0.0, "clean": 0.0, "schema": 0.0, "f1": 0.0, "told": 0.0, "telling": 0.0} | dict.fromkeys(FIELDS, UNSAID)


class ReviewedOrder(Review):
    """A review and the order that it is about."""

    score: int = Field(ge=1, le=5, description="score given by the customer", examples=[1])
    days: int = Field(ge=0, le=9_999, description="whole days from purchase to delivery", examples=[12])
    promised: int = Field(ge=0, le=9_999, description="whole days from purchase to the promised delivery", examples=[20])
    category: Text = Field(default="sem_categoria", description="category of the first item", examples=["cama_mesa_banho"])
    state: State = Field(description="state of the customer", examples=["SP"])

    def prompt(self) -> str:
        order = {"nota": self.score, "dias": self.days, "prazo": self.promised, "categoria": self.category, "estado": self.state}
        return PROMPT.format(order=json.dumps(order, ensure_ascii=False), text=self.text)

    def facts(self) -> dict[str, Any]:
        """The ten fields as they are: all of them follow from the input."""
        return {
            "nota": self.score,
            "atrasado": self.days > self.promised,
            "dias": self.days,
            "categoria": self.category,
            "estado": self.state,
            **reviews.text_fields(self.text),
        }


def grade(reply: str, facts: Facts) -> Grade:
    try:
        found = json_object.find_or_repair(reply)
    except ParseError:
        return Grade(score=0.0, components=NOTHING | {"to_tell": float(_telling(facts))})
    said = found.value
    fields = {name: (RIGHT if _same(said[name], facts[name]) else WRONG) if name in said else UNSAID for name in FIELDS}
    told = sum(fields[name] == RIGHT and facts[name] != nothing for name, nothing in READ.items())
    right = told + ORDER_PAIR * sum(fields[name] == RIGHT for name in SHOWN)
    given = _telling(said) + ORDER_PAIR * sum(name in said for name in SHOWN) + len(said.keys() - FIELDS.keys())
    true = _telling(facts) + ORDER_PAIR * len(SHOWN)
    f1 = 2 * right / (given + true) * (1.0 if said.keys() <= FIELDS.keys() else UNASKED)
    clean = not found.repairs
    schema = clean and said.keys() == FIELDS.keys() and all(allowed(said[name]) for name, allowed in FIELDS.items())
    parts = {"parses": 1.0, "clean": float(clean), "schema": float(schema), "f1": f1, "told": float(told)}
    counts = {"telling": float(_telling(said)), "to_tell": float(_telling(facts))}
    return Grade(score=0.1 * schema + 0.9 * f1, components=parts | counts | fields)


def _telling(record: Mapping[str, Any]) -> int:
    """How many of the fields that are read out of the text say something: most reviews praise and ask for nothing."""
    return sum(not _same(record.get(name, nothing), nothing) for name, nothing in READ.items())


def _same(said: Any, true: Any) -> bool:
    if isinstance(said, bool) or isinstance(true, bool):
        return said is true
    if isinstance(said, str) and isinstance(true, str):
        return said == true or _plain(said) == _plain(true)
    return isinstance(said, int | float) and isinstance(true, int | float) and said == true


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    """A wrong value is one false positive and one false negative, a field left out one false negative.

    `text_f1` counts only what is said of the text beside "nenhum", "nao_diz" and false, which alone are right nine times in ten.
    """
    parts = [answer["components"] for answer in answers]
    by_field = {name: [part[name] for part in parts] for name in FIELDS}
    of_fields = {name: _f1(found) for name, found in by_field.items()}
    return {
        "field_f1": fmean(of_fields.values()),
        "micro_f1": _f1([value for found in by_field.values() for value in found]),
        "text_f1": 2 * sum(p["told"] for p in parts) / max(1.0, sum(p["telling"] + p["to_tell"] for p in parts)),
        "exact": fmean(all(part[name] == RIGHT for name in FIELDS) for part in parts),
        "parse_rate": fmean(part["parses"] for part in parts),
        "clean_rate": fmean(part["clean"] for part in parts),
        "schema_rate": fmean(part["schema"] for part in parts),
        **{f"f1_{name}": value for name, value in of_fields.items()},
    }


def _f1(found: list[float]) -> float:
    return 2 * found.count(RIGHT) / (2 * len(found) - found.count(UNSAID))


TASK = Task(
    name="extract",
    language="pt",
    sources=("olist",),
    examples=lambda config, *, limit, seed: reviews.examples(config.clean, limit=limit, seed=seed, max_empty_share=MAX_EMPTY_SHARE),
    template=PROMPT,
    input=ReviewedOrder,
    gold=lambda example: json.dumps(ReviewedOrder.of(example).facts(), ensure_ascii=False),
    grade=grade,
    headline=headline,
    max_tokens=128,
)
