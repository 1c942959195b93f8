"""churn: the side of the risk and each number of the reason are items to read."""

import json
import re

from vitrine.tasks.churn import HIGHEST_RISK
from vitrine.verifiers import language, overlap


def reply(risk, motive):
    return json.dumps({"risco": risk, "motivo": motive}, ensure_ascii=False)


def right_side(case):
    return 0.65 if case.facts["churned"] else 0.35


# The numbers in a gold reason.
NUMBER = re.compile(r"\d+(?= dias?)|(?<=R\$ )[\d,]+|\d+(?= pedidos?)|\d+(?= atrasos?)|(?<=nota )\d")


def label(case):
    return case.facts["churned"]


def count_items(case):
    return 1 + len(NUMBER.findall(case.gold))


def with_errors(case, wrong):
    """The gold reply with the opposite risk (item 0) and with numbers of other customers' reasons."""
    gold, place = json.loads(case.gold), iter(range(1, count_items(case)))
    motive = NUMBER.sub(lambda number: other_number(case, number) if next(place) in wrong else number[0], gold["motivo"])
    return reply(round(1 - gold["risco"], 1) if 0 in wrong else gold["risco"], motive)


def other_number(case, number):
    """A different number of the same kind from another customer's reason."""
    kind = kind_of(number)
    reasons = [json.loads(gold)["motivo"] for gold in case.others]
    numbers = (other[0] for reason in reasons for other in NUMBER.finditer(reason) if kind_of(other) == kind)
    return next((other for other in numbers if other != number[0]), f"{number[0]}7")


def kind_of(number):
    """The kind of a number, by the word before or after it."""
    before, after = number.string[: number.start()], number.string[number.end() :]
    return "money" if before.endswith("R$ ") else "nota" if before.endswith("nota ") else after.strip()[:4]


def one_number(case):
    """A risk on the right side of 0.5, with a reason that cites one true number."""
    return reply(right_side(case), f"O cliente está há {case.facts['profile']['dias sem comprar']} dias sem comprar na loja.")


def copied_reason(case):
    facts = case.facts["profile"]
    return f"Está há {facts['dias sem comprar']} dias sem comprar, depois de {facts['pedidos']} pedidos de R$ {facts['gasto']}."


def profile(case):
    return "; ".join(f"{name} {value}" for name, value in case.facts["profile"].items())


CHEATS = {
    "sure that they stay away": lambda case: reply(1.0, ""),
    "sure that they return": lambda case: reply(0.0, ""),
    "one half, no reason": lambda case: '{"risco": 0.5}',
    "one half, a reason without numbers": lambda case: reply(0.5, "O cliente parece satisfeito com a loja e pode voltar."),
    "one half, the gold's reason": lambda case: reply(0.5, json.loads(case.gold)["motivo"]),
    "sure that they stay away, a reason copied from the profile": lambda case: reply(0.9, copied_reason(case)),
    "hardly sure that they stay away, a reason copied from the profile": lambda case: reply(0.52, copied_reason(case)),
    "sure that they return, a reason copied from the profile": lambda case: reply(0.1, copied_reason(case)),
    "one half, the profile": lambda case: reply(0.5, profile(case)),
    "wrong side, a true reason": lambda case: reply(
        0.05 if case.facts["churned"] else 0.95, f"Está há {case.facts['profile']['dias sem comprar']} dias sem comprar."
    ),
    "invented numbers": lambda case: reply(0.5, "O cliente está há 98765 dias sem comprar e gastou R$ 98765,43 em 777 pedidos."),
    "every number there is": lambda case: reply(0.5, "São " + ", ".join(map(str, range(1, 40))) + " dias sem comprar."),
    "numbers only": lambda case: reply(0.5, " ".join(case.facts["profile"].values())),
    "risk as text": lambda case: json.dumps(json.loads(case.gold) | {"risco": "90%"}),
    "risk as truth": lambda case: json.dumps(json.loads(case.gold) | {"risco": True}),
    "risk beyond one": lambda case: json.dumps(json.loads(case.gold) | {"risco": 90}),
    "two risks": lambda case: json.dumps(json.loads(case.gold) | {"risco": [0.1, 0.9]}),
    "both answers": lambda case: reply(0.1, "volta") + reply(0.9, "não volta"),
    "forty keys besides": lambda case: json.dumps(json.loads(case.gold) | {f"campo_{i}": i for i in range(40)}),
    "in a list": lambda case: f"[{case.gold}]",
    "a reason in English": lambda case: reply(0.5, "The customer has not bought anything for 45 days and will not be back."),
    "a reason, over and over": lambda case: reply(0.5, "dias sem comprar na loja " * 20),
    "the words of the label": lambda case: "não volta a comprar",
}


def at(case, risk):
    return json.dumps(json.loads(case.gold) | {"risco": risk}, ensure_ascii=False)


RIGHT_BY_CHANCE = {name for name in CHEATS if name.startswith(("sure that they", "hardly sure that they"))}

ORDERED_REPLIES = {
    "a nearer risk": lambda case: [
        at(case, risk if case.facts["churned"] else round(1 - risk, 1)) for risk in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    ],
    "a reason, then a true one": lambda case: [
        reply(json.loads(case.gold)["risco"], ""),
        reply(json.loads(case.gold)["risco"], f"Está há {case.facts['profile']['dias sem comprar']} dias sem comprar."),
        case.gold,
    ],
}

GOLD_EQUIVALENTS = {
    "fenced": lambda case: f"```json\n{case.gold}\n```",
    "spaces around": lambda case: f"\n {case.gold} \n",
    "keys turned round": lambda case: json.dumps(dict(reversed(json.loads(case.gold).items()))),
    "after thinking": lambda case: f"<think>0.5?</think>{case.gold}",
}


FIRST = ("estado", "categoria", "pagamento")


def true_risk(case):
    return HIGHEST_RISK if case.facts["churned"] else round(1 - HIGHEST_RISK, 1)


def for_reasons(case, motive):
    return reply(true_risk(case), motive)


def expected_reason(case, motive, *, grounded=1.0, coverage):
    """The score of a reason by the formula in the task's docstring."""
    words = len(motive.split())
    length = min(1.0, words / 5, max(0.0, 2 - words / 30))
    own = min(1.0, 1.5 * (1 - overlap.copied_share(profile(case), motive)))
    fluent = min(1.0, language.portuguese_score(motive) / 0.8)
    return grounded * coverage * fluent * length * (1 - overlap.repeated_share(motive)) * own


def motives(case):
    """name -> a reason, the share of its numbers that are grounded, and its coverage."""
    facts = case.facts["profile"]
    away = f"O cliente está há {facts['dias sem comprar']} dias sem comprar na loja"
    orders = f"o cliente fez {facts['pedidos']} pedidos na loja"
    words = [f"{'bcdfglmnprst'[place % 12]}{'aeiou'[place // 12]}" for place in range(60)]
    return {
        "days alone": (f"{away}.", 1.0, 0.75),
        "orders alone": (f"{orders}.", 1.0, 0.25),
        "days and orders": (f"{away} e {orders}.", 1.0, 1.0),
        "days and an invented number": (f"{away} e gastou R$ 98765,43 no mês.", 0.5, 0.75),
        "four words": (f"Há {facts['dias sem comprar']} dias assim.", 1.0, 0.75),
        "a long one": (f"{away} e {' '.join(words[:34])}.", 1.0, 0.75),
        "too long": (f"{away} e {' '.join(words)}.", 1.0, 0.75),
        "a loop": (f"{away}; " * 2, 1.0, 0.75),
        "a broken one": (f"vendas loja mês {facts['dias sem comprar']} dias clientes prazo entrega", 1.0, 0.75),
        "the profile in part": (f"{away}, {'; '.join(f'{name} {facts[name]}' for name in FIRST)}.", 1.0, 0.75),
        "no number": ("O cliente gostou da loja e pode voltar.", 0.0, 0.0),
        "more than is read": (f"{away}. " + "de a o " * 70, 0.0, 0.0),
    }


def reason_case(name):
    def expected(case):
        motive, grounded, coverage = motives(case)[name]
        return {"grounded": grounded, "reason": expected_reason(case, motive, grounded=grounded, coverage=coverage)}

    return lambda case: for_reasons(case, motives(case)[name][0]), expected


NAMES = ("days alone", "orders alone", "days and orders", "days and an invented number", "four words", "a long one", "too long")
NAMES += ("a loop", "a broken one", "the profile in part", "no number", "more than is read")
EXACT_COMPONENTS = {name: reason_case(name) for name in NAMES} | {
    "known facts": (
        lambda case: "",
        lambda case: {"returned": float(not case.facts["churned"]), "risk": -1.0, "near": 0.0, "grounded": 0.0, "reason": 0.0},
    ),
    "one half": (lambda case: reply(0.5, ""), lambda case: {"near": 0.1 * (0.81 - 0.25) / 0.8, "risk": 0.5}),
    "hardly a side": (
        lambda case: reply(0.51 if case.facts["churned"] else 0.49, ""),
        lambda case: {"near": 0.9 * 0.5 + 0.1 * (0.81 - 0.49**2) / 0.8},
    ),
    "three tenths": (
        lambda case: reply(0.3, 7),
        lambda case: {
            "near": 0.1 * (0.81 - 0.49) / 0.8 if case.facts["churned"] else 0.9 + 0.1 * (0.81 - 0.09) / 0.8,
            "grounded": 0.0,
            "reason": 0.0,
        },
    ),
    "seven tenths too sure": (lambda case: reply(1.7, ""), lambda case: {"risk": -1.0, "near": 0.0}),
    "the wrong end": (lambda case: reply(0.0 if case.facts["churned"] else 1.0, ""), lambda case: {"near": 0.0}),
    "the right end": (lambda case: reply(1.0 if case.facts["churned"] else 0.0, ""), lambda case: {"near": 1.0}),
}
EXACT_SCORES = {
    "the risk alone": (lambda case: reply(true_risk(case), ""), 0.75),
    "the right side and no reason": (lambda case: reply(right_side(case), ""), 0.75 * (0.9 + 0.1 * (0.81 - 0.35**2) / 0.8)),
    "the risk and the profile": (lambda case: reply(true_risk(case), profile(case)), 0.75),
    "the risk and the profile's numbers": (lambda case: reply(true_risk(case), " ".join(case.facts["profile"].values())), 0.75),
    "one key too many": (lambda case: json.dumps(json.loads(case.gold) | {"x": 1}), 0.5),
    "the risk and a reason that denies": (
        lambda case: reply(
            true_risk(case),
            "Nunca gastou R$ {gasto} nem ficou {dias sem comprar} dias na casa da banana.".format_map(case.facts["profile"]),
        ),
        0.75,
    ),
    "the risk and a reason that calls its number false": (
        lambda case: reply(
            true_risk(case), f"É falso que o cliente esteja há {case.facts['profile']['dias sem comprar']} dias longe."
        ),
        0.75,
    ),
    "no risk": (lambda case: '{"motivo": "O cliente gostou."}', 0.0),
}
EQUIVALENT_MUTANTS = {
    "_by_field: 1 -> 2": "some group of the pattern always matches; the contract rejects the other mutant of this name"
}
