"""churn -- read a customer's profile at one date and answer with the risk that they never buy again and a reason.

    Perfil: estado SP; categoria cama_mesa_banho; parcelas 3; pedidos 1; gasto 139,77; dias sem comprar 320; nota 4

    {"risco": 0.9, "motivo": "Está há 320 dias sem comprar e fez só 1 pedido."}

The risk is graded on one fact: whether the customer came back. A profile holds nothing from after its date. The score is a
product, so that neither part earns much without the other:

    nearness of the risk * (0.75 + 0.25 reason)      halved if the object has any other key

nearness   0.9 * side + 0.1 * brier
side       0 for a risk of 0.5 or on the wrong side of it. It rises to 1 at 0.52 if the customer churned, at 0.48 if they returned
brier      1 minus the squared error of the risk, scaled to 1 at the best risk (0.9 if the customer churned, 0.1 if they returned)
           and to 0 at the opposite one. Risks beyond 0.1 and 0.9 count as 0.1 and 0.9
reason     grounded * coverage * language * shape
grounded   the share of the reason's numbers that are in the profile, to the rounding they are written with, in the field that the
           neighbouring words name: "45 dias" must be a number of days
coverage   0.5 for a fact that distinguishes this customer (money, days) and 0.25 for each of two distinct facts; a number without
           words that name its field is no fact
language   1 for Portuguese, falling to 0 for anything else
shape      falls outside 5-30 words, for repeated phrases and for copying the profile

A reason that denies a number ("Nunca gastou R$ 139,77", "é falso que …") earns nothing. "sem comprar" is not a denial.

Half of the customers return, so 0.5 is the best risk without reading: it earns 0.07 at most. A constant 0.52 earns 0.52 on
average. With Brier alone, a constant 0.5 would earn 0.7, and no proper score from 0 (sure and wrong) to 1 (sure and right) can
give it less than 0.5. With this score, stating the believed risk earns most, unless it lies between 0.48 and 0.52.

A risk that is no JSON number from 0 to 1 ("90%", true, 1.7) earns 0. The reason need not be the cause of the churn: it states in
true numbers what the risk rests on.
"""

import re
from collections.abc import Iterator, Mapping
from statistics import fmean
from typing import Any

from pydantic import Field

from vitrine.errors import ParseError
from vitrine.facts import churn_profiles
from vitrine.tasks.task import Example, Facts, Grade, Input, Task, Text
from vitrine.verifiers import denied_numbers, grounding, json_object, language, overlap, risks

PROMPT = """[CHURN] Metade dos clientes da lista volta a comprar nos meses seguintes. Responda em JSON: "risco" de este \
não voltar (0 a 1) e "motivo", com números do perfil.
Perfil: {profile}"""
KEYS = {"risco", "motivo"}
HIGHEST_RISK, UNDECIDED = 0.9, 0.5
SIDE_MARGIN = 0.02  # a risk at least this far from UNDECIDED is fully on one side
WORDS = (5, 30)
MAX_REASON_CHARS = 400  # a longer reason earns nothing
UNPARSED = -1.0
DISTINCTIVE = {"gasto", "frete", "dias sem comprar", "dias de cliente", "dias de entrega"}
N = r"(?<![\d.,])\d+(?:[.,]\d+)*(?:\s?mil\b)?"
FIELDS_BY_PATTERN = {  # a number with its neighbouring words -> the fields that it may state
    rf"R\$\s?{N}|{N}\s+reais": ("gasto", "frete"),
    rf"{N}\s+dias?\b": ("dias sem comprar", "dias de cliente", "dias de entrega"),
    rf"{N}\s+(?:(?:pedido|entrega|compra)s?\s+)?(?:com\s+atraso|atras)": ("atrasos",),
    rf"{N}\s+(?:pedido|compra)": ("pedidos",),
    rf"{N}\s+(?:ite[mn]|produto)": ("itens",),
    rf"{N}\s?(?:parcela|x\b)|em\s+{N}\s+vezes": ("parcelas",),
    rf"\bnotas?\s+(?:média\s+)?(?:de\s+)?{N}": ("nota", "nota média"),
}
CITED = re.compile("|".join(f"({words})" for words in FIELDS_BY_PATTERN), re.IGNORECASE)


class Customer(Input):
    """A customer as the shop knew them at one date. Fields left out are unknown and not part of the profile."""

    state: Text | None = Field(default=None, description="state of the last delivery address", examples=["SP"])
    category: Text | None = Field(default=None, description="category of most items", examples=["cama_mesa_banho"])
    payment_type: Text | None = Field(
        default=None, description="credit_card, debit_card, boleto, voucher or another", examples=["credit_card"]
    )
    installments: int | None = Field(default=None, ge=0, description="largest number in any payment", examples=[3])
    orders: int = Field(ge=1, description="orders so far", examples=[1])
    items: int | None = Field(default=None, ge=0, description="items in all orders", examples=[2])
    spend: float = Field(ge=0, description="reais spent so far, without freight", examples=[139.77])
    freight: float | None = Field(default=None, ge=0, description="reais paid for freight", examples=[21.9])
    recency_days: int = Field(ge=0, description="days since the last purchase", examples=[320])
    tenure_days: int | None = Field(default=None, ge=0, description="days since the first purchase", examples=[320])
    delivery_days: float | None = Field(default=None, ge=0, description="mean days from purchase to delivery", examples=[12.0])
    late: int | None = Field(default=None, ge=0, description="orders that arrived late", examples=[0])
    last_score: int | None = Field(default=None, ge=1, le=5, description="score of the last review", examples=[4])
    reviews: int = Field(default=0, ge=0, description="reviews so far", examples=[1])
    mean_score: float | None = Field(default=None, ge=1, le=5, description="mean score of all reviews", examples=[4.0])

    def prompt(self) -> str:
        return PROMPT.format(profile="; ".join(f"{name} {value}" for name, value in self.profile.items()))

    def facts(self) -> dict[str, Any]:
        return {"profile": self.profile}

    @property
    def profile(self) -> dict[str, str]:
        """The profile as the prompt shows it: {"estado": "SP", …, "gasto": "139,77"}."""
        return churn_profiles.profile(dict(self))


def grade(reply: str, facts: Facts) -> Grade:
    churned = bool(facts["churned"])
    known = {"returned": float(not churned), "baseline": facts["baseline"], "base_rate": facts["base_rate"]}
    try:
        predicted = json_object.find(reply)
    except ParseError:
        predicted = {}
    risk = predicted.get("risco")
    if isinstance(risk, bool) or not isinstance(risk, int | float) or not 0 <= risk <= 1:
        return Grade(score=0.0, components=known | {"risk": UNPARSED, "near": 0.0, "grounded": 0.0, "reason": 0.0})
    text = predicted.get("motivo")
    grounded, reason = _reason_scores(text, facts["profile"]) if isinstance(text, str) else (0.0, 0.0)
    near = nearness(risk, churned)
    score = near * (0.75 + 0.25 * reason) * (1.0 if predicted.keys() <= KEYS else 0.5)
    return Grade(score=score, components=known | {"risk": float(risk), "near": near, "grounded": grounded, "reason": reason})


def nearness(risk: float, churned: bool) -> float:
    """The score of the risk alone, in [0, 1]."""
    margin = risk - UNDECIDED if churned else UNDECIDED - risk
    side = min(1.0, max(0.0, margin / SIDE_MARGIN))
    largest, smallest = HIGHEST_RISK**2, (1 - HIGHEST_RISK) ** 2  # squared errors of the worst and the best risk
    clipped = min(HIGHEST_RISK, max(1 - HIGHEST_RISK, risk))
    brier = min(1.0, max(0.0, (largest - (clipped - churned) ** 2) / (largest - smallest)))
    return 0.9 * side + 0.1 * brier


def _reason_scores(reason: str, profile: Mapping[str, str]) -> tuple[float, float]:
    """The share of the reason's numbers that are grounded, and the score of the reason."""
    if len(reason) > MAX_REASON_CHARS or denied_numbers.denies(reason):
        return 0.0, 0.0
    facts = {name: float(profile[name].replace(",", ".")) for name in churn_profiles.NUMBERS if name in profile}
    rest = grounding.check(CITED.sub(" ", reason), list(facts.values()))  # without a field's name: any field
    cited, supported = rest.cited, rest.supported
    named: set[tuple[tuple[str, ...], float]] = set()
    distinctive = False
    for words, fields in _by_field(reason):
        here = grounding.check(words, [facts[name] for name in fields if name in facts])
        cited, supported = cited + here.cited, supported + here.supported
        matching = [name for name in fields if name in facts and grounding.check(words, [facts[name]]).supported]
        named |= {(fields, facts[name]) for name in matching}
        distinctive = distinctive or not DISTINCTIVE.isdisjoint(matching)
    grounded = supported / cited if cited else 0.0
    coverage = 0.5 * distinctive + 0.25 * min(2, len(named))
    fluent = min(1.0, language.portuguese_score(reason) / 0.8)
    return grounded, grounded * coverage * fluent * _shape(reason, "; ".join(f"{k} {v}" for k, v in profile.items()))


def _by_field(reason: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each number with the words that name its field, and the fields that they may mean."""
    for match in CITED.finditer(reason):
        yield match[0], list(FIELDS_BY_PATTERN.values())[(match.lastindex or 1) - 1]


def _shape(reason: str, profile: str) -> float:
    words, (fewest, most) = len(reason.split()), WORDS
    length = min(1.0, words / fewest, max(0.0, 2 - words / most))
    return length * (1 - overlap.repeated_share(reason)) * min(1.0, 1.5 * (1 - overlap.copied_share(profile, reason)))


def gold(example: Example) -> str:
    churned, profile = example["churned"], Customer.of(example).profile
    return f'{{"risco": {HIGHEST_RISK if churned else round(1 - HIGHEST_RISK, 1)}, "motivo": "{_gold_reason(profile, churned)}"}}'


def _gold_reason(profile: Mapping[str, str], churned: bool) -> str:
    """A reason written from a template. It cites the true facts that support the outcome."""
    away, spent = _counted(profile["dias sem comprar"], "dia"), f"R$ {profile['gasto']}"
    late, orders, mark = profile.get("atrasos", "0"), profile["pedidos"], profile.get("nota")
    if not churned:
        if orders != "1":
            return f"Já fez {orders} pedidos, de {spent} ao todo, e comprou há {away}."
        return f"Gastou {spent} e deu nota {mark}." if mark in ("4", "5") else f"Gastou {spent} e comprou há {away}."
    if late != "0":
        return f"Está há {away} sem comprar e teve {_counted(late, 'atraso')} na entrega."
    if mark in ("1", "2", "3"):
        return f"Está há {away} sem comprar e deu nota {mark}."
    return f"Está há {away} sem comprar, depois de {_counted(orders, 'pedido')} de {spent}."


def _counted(number: str, noun: str) -> str:
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    """PR-AUC and lift of returning customers; Brier of the risk. A reply without a risk counts as certain and wrong."""
    parts = [answer["components"] for answer in answers]
    returned = [part["returned"] == 1.0 for part in parts]
    predicted = [part["risk"] if part["risk"] != UNPARSED else part["returned"] for part in parts]
    risks_by_prefix = {"": predicted, "baseline_": [part["baseline"] for part in parts]}
    metrics = {prefix + key: value for prefix, risk in risks_by_prefix.items() for key, value in _metrics(returned, risk).items()}
    return metrics | {
        "returning": fmean(returned),
        "base_rate": fmean(part["base_rate"] for part in parts),
        "grounded_rate": fmean(part["grounded"] for part in parts),
        "parse_rate": fmean(part["risk"] != UNPARSED for part in parts),
    }


def _metrics(returned: list[bool], risk: list[float]) -> dict[str, float]:
    staying = [1 - value for value in risk]
    rare = {
        "pr_auc": risks.average_precision(returned, staying),
        "balanced_accuracy": risks.balanced_accuracy(returned, [value < 0.5 for value in risk]),
        "lift_at_10_percent": risks.lift(returned, staying, share=0.1),
    }
    brier = fmean((value - (not back)) ** 2 for value, back in zip(risk, returned, strict=True))
    return {"brier": brier} | {name: value for name, value in rare.items() if value is not None}


TASK = Task(
    name="churn",
    language="pt",
    sources=("olist",),
    examples=lambda config, *, limit, seed: churn_profiles.examples(config.facts / "churn.parquet", limit=limit, seed=seed),
    template=PROMPT,
    input=Customer,
    gold=gold,
    gold_facts=lambda example: {name: example[name] for name in ("churned", "baseline", "base_rate")},
    grade=grade,
    headline=headline,
    solved=0.9,  # a risk clearly on the right side, with a true reason
    max_tokens=80,
)
