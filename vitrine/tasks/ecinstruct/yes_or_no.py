"""ec_pm, ec_psi, ec_ap -- read an input and answer yes or no.

    Determine whether the two products are the same …
    {"product 1": {…}, "product 2": {…}}          ->  no

PM: whether two records are the same product. PSI: whether a product is a substitute for the searched one. AP: whether reviews
answer a question. The right word earns 1, anything else 0, so guessing earns 0.5.

F1 is the F1 of `yes`. The official variant drops a reply that is not exactly yes or no; the strict one counts it as wrong.
"""

import contextlib
from functools import partial
from typing import Any

from vitrine.errors import ParseError
from vitrine.tasks.ecinstruct import published
from vitrine.tasks.ecinstruct.published import Parts
from vitrine.tasks.task import Example, Facts, Grade, Task
from vitrine.verifiers import classes, labels
from vitrine.verifiers.replies import answer_of

NO, YES, NEITHER = 0.0, 1.0, -1.0
LONGEST = 80  # characters; the answer is one word, so a long text that contains it is no answer


def gold_facts(example: Example) -> dict[str, Any]:
    return {"yes": example["output"].lower() == "yes", "ood": example["ood"]}


def grade(reply: str, facts: Facts) -> Grade:
    answer, predicted = answer_of(reply), NEITHER
    if len(answer) <= LONGEST:
        with contextlib.suppress(ParseError):
            predicted = YES if labels.find(answer, ("yes", "no")) == "yes" else NO
    right = predicted == float(facts["yes"])
    components = {
        "said": predicted,
        "true": float(facts["yes"]),
        "official": {"yes": YES, "no": NO}.get(answer.lower(), NEITHER),
        "valid": float(predicted != NEITHER),
        "ood": float(facts["ood"]),
    }
    return Grade(score=float(right), components=components)


def _strict(parts: Parts) -> float:
    predicted = [NO + YES - part["true"] if part["said"] == NEITHER else part["said"] for part in parts]
    return classes.f1(predicted, [part["true"] for part in parts], YES)


HEADLINE = partial(published.headline, strict=_strict, official=partial(published.official, partial(classes.f1, label=YES)))

TASKS = tuple(
    Task(
        name=f"ec_{code}",
        language="en",
        sources=("ecinstruct",),
        examples=published.examples(code.upper()),
        template=published.ARRANGEMENT,
        input=published.PublishedRow,
        gold=published.gold,
        gold_facts=gold_facts,
        grade=grade,
        headline=HEADLINE("f1"),
        max_tokens=8,
    )
    for code in ("pm", "psi", "ap")
)
