"""ec_prp, ec_sa, ec_sr, ec_mpc -- read an input and answer with one of the options.

    Predict the relation of the two products …
    {"Product 1:": "…", "Product 2:": "…"}
    options: ["A: Users who buy product 1 may also buy product 2.", "B: …", "C: …"]          ->  A

PRP: how two products are related. SA: a review's sentiment on five levels. SR: the next purchase, out of twenty products. MPC: a
product's relevance to a query. The right option earns 1, anything else 0. SA's levels are ordered: an option d of four steps off
earns (1 - d/4) ** 5. That is 0.24 for a neighbour, so little that always answering "neutral" does not pay.

The published evaluation takes the first character of a reply as its answer if it is one of A to E ("Because …" counts as B). For
SR it takes the whole reply if it is one of A to T. It drops all other replies.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from vitrine.errors import ParseError
from vitrine.tasks.ecinstruct import published
from vitrine.tasks.ecinstruct.published import Parts
from vitrine.tasks.task import Example, Facts, Grade, Task
from vitrine.verifiers import classes, options
from vitrine.verifiers.replies import answer_of

NONE = -1.0  # no option was named
STEEPNESS = 5
FIVE, TWENTY = "ABCDE", "ABCDEFGHIJKLMNOPQRST"


def gold_facts(example: Example) -> dict[str, Any]:
    return {"options": example["option_list"], "true": _place(example["output"]), "ood": example["ood"]}


def grade(name: str, reply: str, facts: Facts) -> Grade:
    try:
        predicted = float(options.find(reply, facts["options"]))
    except ParseError:
        predicted = NONE
    components = {
        "said": predicted,
        "true": float(facts["true"]),
        "official": _official(name, answer_of(reply)),
        "valid": float(predicted != NONE),
        "ood": float(facts["ood"]),
    }
    return Grade(score=_score(name, predicted, facts), components=components)


def _score(name: str, predicted: float, facts: Facts) -> float:
    if predicted == NONE or predicted == facts["true"]:
        return float(predicted != NONE)
    if name == "ec_sa":
        return float((1 - abs(predicted - facts["true"]) / (len(facts["options"]) - 1)) ** STEEPNESS)
    return 0.0


def _official(name: str, reply: str) -> float:
    """The option as the published evaluation parses it."""
    if name == "ec_sr":
        return float(_place(reply)) if reply in tuple(TWENTY) else NONE
    return float(_place(reply)) if reply[:1] in tuple(FIVE) else NONE


def _place(letter: str) -> int:
    return ord(letter[0]) - ord("A")


def _strict(metric: Any, parts: Parts) -> float:
    predicted = [None if part["said"] == NONE else part["said"] for part in parts]
    return float(metric(predicted, [part["true"] for part in parts]))


def _headline(metrics: Mapping[str, Any]) -> Any:
    headlines = [
        published.headline(name, partial(_strict, metric), partial(published.official, metric))
        for name, metric in metrics.items()
    ]
    return lambda answers: {name: value for headline in headlines for name, value in headline(answers).items()}


MACRO_F1, ACCURACY = {"macro_f1": classes.macro_f1}, {"accuracy": classes.accuracy}
METRICS = {"prp": MACRO_F1, "sa": MACRO_F1, "sr": {"recall_at_1": classes.accuracy}, "mpc": ACCURACY | MACRO_F1}

TASKS = tuple(
    Task(
        name=f"ec_{code}",
        language="en",
        sources=("ecinstruct",),
        examples=published.examples(code.upper()),
        template=published.WITH_OPTIONS,
        input=published.PublishedChoice,
        gold=published.gold,
        gold_facts=gold_facts,
        grade=partial(grade, f"ec_{code}"),
        headline=_headline(metrics),
        max_tokens=32,
    )
    for code, metrics in METRICS.items()
)
