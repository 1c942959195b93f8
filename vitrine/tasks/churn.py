"""churn -- read a customer's profile at one moment, answer with the risk that they never buy again and a reason.

    Perfil: estado SP; categoria cama_mesa_banho; parcelas 3; pedidos 1; gasto 139,77; dias sem comprar 320; nota 4

    {"risco": 0.9, "motivo": "Está há 320 dias sem comprar e fez só 1 pedido."}

Whether they came back is known and is all that the risk is held against; nothing that a customer did after the moment stands
in a profile. The score is a product, so that neither part can be had without the other:

    nearness of the risk * (0.75 + 0.25 reason)      halved by any other key

nearness   0.9 * side + 0.1 * brier
side       0 for a risk of 0.5 or on the wrong side of it, rising to 1 at 0.52 for one who stayed away, at 0.48 for one who
           returned
brier      1 less the squared distance of the risk from what happened, scaled so that 0.9 for one who stayed away and 0.1 for one
           who returned earn 1, and the opposite 0. Nobody is surer than that: a risk beyond counts as 0.9 or 0.1
reason     grounded * coverage * language * shape
grounded   the share of its numbers that stand in the profile, to the rounding they are written with, under the field that
           the words beside them name: "45 dias" must be days
coverage   half for a fact that tells this customer from others (money, days), half for two distinct facts; a number without
           words that name its field is no fact
language   1 for Portuguese, falling to 0 for anything else
shape      falls outside 5-30 words, for repeated phrases and for copying the profile

A reason that denies a number ("Nunca gastou R$ 139,77", "é falso que …") earns nothing; "sem comprar" denies none.

Half of the customers asked about return, so 0.5 is what can be said without reading: it earns 0.07 at most, and 0.52 for everyone
earns 0.52. Brier alone would pay 0.5 for everyone 0.7; a proper score in [0, 1] that pays sure and right 1, sure and wrong 0,
cannot pay it less than 0.5. As it is, to say what one believes pays best, unless that lies between 0.48 and 0.52.

A risk that is no JSON number from 0 to 1 ("90%", true, 1.7) is none, and earns 0. That the reason is why the customer stays
away is not claimed by anyone: it says what the risk rests on, in numbers that are true.
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
SUREST, UNDECIDED = 0.9, 0.5
A_SIDE = 0.02  # from the undecided risk on, a risk is on a side for certain
WORDS = (5, 30)
LONGEST = 400  # characters of a reason that is read at all
UNSAID = -1.0
TELLING = {"gasto", "frete", "dias sem comprar", "dias de cliente", "dias de entrega"}
N = r"(?<![\d.,])\d+(?:[.,]\d+)*(?:\s?mil\b)?"
BESIDE = {  # a number and the words beside it -> the fields that it can be
    rf"R\$\s?{N}|{N}\s+reais": ("gasto", "frete"),
    rf"{N}\s+dias?\b": ("dias sem comprar", "dias de cliente", "dias de entrega"),
    rf"{N}\s+(?:(?:pedido|entrega|compra)s?\s+)?(?:com\s+atraso|atras)": ("atrasos",),
    rf"{N}\s+(?:pedido|compra)": ("pedidos",),
    rf"{N}\s+(?:ite[mn]|produto)": ("itens",),
    rf"{N}\s?(?:parcela|x\b)|em\s+{N}\s+vezes": ("parcelas",),
    rf"\bnotas?\s+(?:média\s+)?(?:de\s+)?{N}": ("nota", "nota média"),
}
CITED = re.compile("|".join(f"({words})" for words in BESIDE), re.IGNORECASE)


class Customer(Input):
    """A customer as the shop knew them at one moment. What is left out is unknown, and no part of the profile."""

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
        """As a reader sees it: {"estado": "SP", …, "gasto": "139,77"}."""
        return churn_profiles.profile(dict(self))


def grade(reply: str, facts: Facts) -> Grade:
    churned = bool(facts["churned"])
    known = {"returned": float(not churned), "baseline": facts["baseline"], "base_rate": facts["base_rate"]}
    try:
        said = json_object.find(reply)
    except ParseError:
        said = {}
    risk = said.get("risco")
    if isinstance(risk, bool) or not isinstance(risk, int | float) or not 0 <= risk <= 1:
        return Grade(score=0.0, components=known | {"risk": UNSAID, "near": 0.0, "grounded": 0.0, "reason": 0.0})
    motive = said.get("motivo")
    grounded, reason = _reason(motive, facts["profile"]) if isinstance(motive, str) else (0.0, 0.0)
    near = nearness(risk, churned)
    score = near * (0.75 + 0.25 * reason) * (1.0 if said.keys() <= KEYS else 0.5)
    return Grade(score=score, components=known | {"risk": float(risk), "near": near, "grounded": grounded, "reason": reason})


def nearness(risk: float, churned: bool) -> float:
    towards = risk - UNDECIDED if churned else UNDECIDED - risk
    side = min(1.0, max(0.0, towards / A_SIDE))
    surest, least = SUREST**2, (1 - SUREST) ** 2
    said = min(SUREST, max(1 - SUREST, risk))
    brier = min(1.0, max(0.0, (surest - (said - churned) ** 2) / (surest - least)))
    return 0.9 * side + 0.1 * brier


def _reason(reason: str, profile: Mapping[str, str]) -> tuple[float, float]:
    """The share of its numbers that are grounded, and what the reason earns."""
    if len(reason) > LONGEST or denied_numbers.denies(reason):
        return 0.0, 0.0
    facts = {name: float(profile[name].replace(",", ".")) for name in churn_profiles.NUMBERS if name in profile}
    rest = grounding.check(CITED.sub(" ", reason), list(facts.values()))  # without words that name a field: any field will do
    cited, supported = rest.cited, rest.supported
    named: set[tuple[tuple[str, ...], float]] = set()
    tells = False
    for words, fields in _by_field(reason):
        found = grounding.check(words, [facts[name] for name in fields if name in facts])
        cited, supported = cited + found.cited, supported + found.supported
        own = [name for name in fields if name in facts and grounding.check(words, [facts[name]]).supported]
        named |= {(fields, facts[name]) for name in own}
        tells = tells or not TELLING.isdisjoint(own)
    grounded = supported / cited if cited else 0.0
    coverage = 0.5 * tells + 0.25 * min(2, len(named))
    fluent = min(1.0, language.portuguese_score(reason) / 0.8)
    return grounded, grounded * coverage * fluent * _shape(reason, "; ".join(f"{k} {v}" for k, v in profile.items()))


def _by_field(reason: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each number beside words that name its field, with the fields that these can be."""
    for match in CITED.finditer(reason):
        yield match[0], list(BESIDE.values())[(match.lastindex or 1) - 1]


def _shape(reason: str, profile: str) -> float:
    words, (fewest, most) = len(reason.split()), WORDS
    length = min(1.0, words / fewest, max(0.0, 2 - words / most))
    return length * (1 - overlap.repeated_share(reason)) * min(1.0, 1.5 * (1 - overlap.copied_share(profile, reason)))


def gold(example: Example) -> str:
    churned, profile = example["churned"], Customer.of(example).profile
    return f'{{"risco": {SUREST if churned else round(1 - SUREST, 1)}, "motivo": "{_motive(profile, churned)}"}}'


def _motive(profile: Mapping[str, str], churned: bool) -> str:
    """A reason as a template writes it: of the true facts, those that speak for what happened."""
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


def _counted(number: str, what: str) -> str:
    return f"{number} {what}" if number == "1" else f"{number} {what}s"


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    """Of those who return: PR-AUC, lift. Of the risk: Brier. A reply without a risk counts as surely wrong."""
    parts = [answer["components"] for answer in answers]
    returned = [part["returned"] == 1.0 for part in parts]
    said = [part["risk"] if part["risk"] != UNSAID else part["returned"] for part in parts]
    figures = {"": said, "baseline_": [part["baseline"] for part in parts]}
    found = {name + key: value for name, risk in figures.items() for key, value in _figures(returned, risk).items()}
    return found | {
        "returning": fmean(returned),
        "base_rate": fmean(part["base_rate"] for part in parts),
        "grounded_rate": fmean(part["grounded"] for part in parts),
        "parse_rate": fmean(part["risk"] != UNSAID for part in parts),
    }


def _figures(returned: list[bool], risk: list[float]) -> dict[str, float]:
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
    solved=0.9,  # a risk that is on the right side, by more than doubt (0.52), with a true reason
    max_tokens=80,
)
