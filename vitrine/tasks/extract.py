"""extract -- read a review and its order and answer with one JSON object of exactly ten fields.

    Pedido: {"nota": 1, "dias": 12, "prazo": 20, "categoria": "cama_mesa_banho", "estado": "SP"}
    Avaliação: Chegou quebrado, quero a troca.

    {"nota": 1, "atrasado": false, "dias": 12, "categoria": "cama_mesa_banho", "estado": "SP", "problema": "defeito",
     "elogio": "nenhum", "pede_troca": true, "recomenda": "nao_diz", "recompra": false}

Five fields repeat or compare order facts, five follow the text rules of `vitrine.facts.reviews`. The score is

    0.1 * schema + 0.9 * F1 over (field, value) pairs      the F1 times 0.4 if the object has any other key

A pair read from the text has weight 1, a pair of the order 0.05, because copying the order is easy. A reply that copies it and
misses the only pair of a text earns 0.1 + 0.9 * 0.5 / 1.5 = 0.4.

schema   1 for exactly these keys, each with a value that its field allows (FIELDS), in valid JSON
F1       2 * right / (pairs in the reply + gold pairs), by weight: a wrong value costs precision and recall, a missing field costs
         recall. Text is compared without case and surrounding spaces; 12.0 equals 12; 12 is not "12", and 0 is not false.
         "nenhum", "nao_diz" and false in a field read from the text do not count as pairs: nine reviews in ten request nothing,
         and a reply that says so for every review must not earn a reward

An object that needs repair (single quotes, a trailing comma: `json_object.find_or_repair`) still counts but has no
valid schema, so it earns at most 0.9. An extra key also counts as a wrong pair: padding costs, and so does repeating the order,
which is an object too. A list, two objects, a truncated object and anything else that is not one object earn 0.
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
MAX_EMPTY_SHARE = 1 / 8  # of the examples fill no text field; of published reviews 4 in 10 do, and "nothing" would pay
ORDER_PAIR_WEIGHT = 0.05  # a pair read from the text has weight 1
EXTRA_KEY_FACTOR = 0.4  # multiplies the F1 of an object with other keys
RIGHT, WRONG, MISSING = 1.0, 0.0, -1.0  # verdict on one field


def _one_of(*values: str) -> Callable[[Any], bool]:
    allowed = frozenset(values) | {_plain(value) for value in values}
    return lambda value: isinstance(value, str) and (value in allowed or _plain(value) in allowed)


def _integer(least: int, most: float) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _is_bool(value: Any) -> bool:
    return type(value) is bool


FIELDS: dict[str, Callable[[Any], bool]] = {  # field -> whether a value is allowed
    "nota": _integer(1, 5),
    "atrasado": _is_bool,
    "dias": _integer(0, 9_999),
    "categoria": lambda value: isinstance(value, str) and bool(value.strip()),  # the shop's own categories, an open list
    "estado": _one_of(*get_args(State)),
    "problema": _one_of(*reviews.PROBLEMS, reviews.NO),
    "elogio": _one_of(*reviews.PRAISES, reviews.NO),
    "pede_troca": _is_bool,
    "recomenda": _one_of("sim", "nao", "nao_diz"),
    "recompra": _is_bool,
}
TEXT_FIELDS = reviews.EMPTY_FIELDS  # fields read from the text -> value if the text says nothing
ORDER_FIELDS = tuple(name for name in FIELDS if name not in TEXT_FIELDS)  # fields that repeat or compare order facts
UNPARSED = {"parses": 0.0, "clean": 0.0, "schema": 0.0, "f1": 0.0, "told": 0.0, "telling": 0.0} | dict.fromkeys(FIELDS, MISSING)


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
        """The ten gold fields: all of them follow from the input."""
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
        match = json_object.find_or_repair(reply)
    except ParseError:
        return Grade(score=0.0, components=UNPARSED | {"to_tell": float(_count_informative(facts))})
    predicted = match.value
    fields = {name: _verdict(name, predicted, facts) for name in FIELDS}
    text_hits = sum(fields[name] == RIGHT and facts[name] != default for name, default in TEXT_FIELDS.items())
    right = text_hits + ORDER_PAIR_WEIGHT * sum(fields[name] == RIGHT for name in ORDER_FIELDS)
    extra_keys = len(predicted.keys() - FIELDS.keys())
    given = _count_informative(predicted) + ORDER_PAIR_WEIGHT * sum(name in predicted for name in ORDER_FIELDS) + extra_keys
    true = _count_informative(facts) + ORDER_PAIR_WEIGHT * len(ORDER_FIELDS)
    f1 = 2 * right / (given + true) * (EXTRA_KEY_FACTOR if extra_keys else 1.0)
    clean = not match.repairs
    schema = clean and predicted.keys() == FIELDS.keys() and all(allowed(predicted[name]) for name, allowed in FIELDS.items())
    parts = {"parses": 1.0, "clean": float(clean), "schema": float(schema), "f1": f1, "told": float(text_hits)}
    counts = {"telling": float(_count_informative(predicted)), "to_tell": float(_count_informative(facts))}
    return Grade(score=0.1 * schema + 0.9 * f1, components=parts | counts | fields)


def _count_informative(record: Mapping[str, Any]) -> int:
    """The number of text fields whose value is not the default ("nenhum", "nao_diz" or false)."""
    return sum(not _same(record.get(name, default), default) for name, default in TEXT_FIELDS.items())


def _verdict(name: str, predicted: Mapping[str, Any], facts: Facts) -> float:
    if name not in predicted:
        return MISSING
    return RIGHT if _same(predicted[name], facts[name]) else WRONG


def _same(predicted: Any, true: Any) -> bool:
    if isinstance(predicted, bool) or isinstance(true, bool):
        return predicted is true
    if isinstance(predicted, str) and isinstance(true, str):
        return predicted == true or _plain(predicted) == _plain(true)
    return isinstance(predicted, int | float) and isinstance(true, int | float) and predicted == true


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    """A wrong value is a false positive and a false negative; a missing field is a false negative.

    `text_f1` leaves out the values "nenhum", "nao_diz" and false of text fields, which are right nine times in ten.
    """
    parts = [answer["components"] for answer in answers]
    by_field = {name: [part[name] for part in parts] for name in FIELDS}
    field_f1 = {name: _f1(verdicts) for name, verdicts in by_field.items()}
    return {
        "field_f1": fmean(field_f1.values()),
        "micro_f1": _f1([verdict for verdicts in by_field.values() for verdict in verdicts]),
        "text_f1": 2 * sum(p["told"] for p in parts) / max(1.0, sum(p["telling"] + p["to_tell"] for p in parts)),
        "exact": fmean(all(part[name] == RIGHT for name in FIELDS) for part in parts),
        "parse_rate": fmean(part["parses"] for part in parts),
        "clean_rate": fmean(part["clean"] for part in parts),
        "schema_rate": fmean(part["schema"] for part in parts),
        **{f"f1_{name}": value for name, value in field_f1.items()},
    }


def _f1(verdicts: list[float]) -> float:
    return 2 * verdicts.count(RIGHT) / (2 * len(verdicts) - verdicts.count(MISSING))


TASK = Task(
    name="extract",
    language="pt",
    sources=("olist",),
    examples=lambda config, *, limit, seed: reviews.examples(
        config.clean, limit=limit, seed=seed, max_empty_share=MAX_EMPTY_SHARE
    ),
    template=PROMPT,
    input=ReviewedOrder,
    gold=lambda example: json.dumps(ReviewedOrder.of(example).facts(), ensure_ascii=False),
    grade=grade,
    headline=headline,
    max_tokens=128,
)
