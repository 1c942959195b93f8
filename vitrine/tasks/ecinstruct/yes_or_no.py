"""ec_pm, ec_psi, ec_ap -- read what is told, answer yes or no.

    Determine whether the two products are the same …
    {"product 1": {…}, "product 2": {…}}          ->  no

PM whether two records are one product, PSI whether a product is a substitute for what was searched for, AP whether reviews settle
a question. Right earns 1, anything else 0: of two words one is right half of the time, and more than that must be read.

F1 is that of `yes`. The published evaluation drops a reply that is not exactly yes or no; strictly it counts as the wrong one.
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
LONGEST = 80  # characters; the answer is one word, and an essay that holds it somewhere is none


def gold_facts(example: Example) -> dict[str, Any]:
    return {"yes": example["output"].lower() == "yes", "ood": example["ood"]}


def grade(reply: str, facts: Facts) -> Grade:
    answer, said = answer_of(reply), NEITHER
    if len(answer) <= LONGEST:
        with contextlib.suppress(ParseError):
            said = YES if labels.find(answer, ("yes", "no")) == "yes" else NO
    right = said == float(facts["yes"])
    components = {
        "said": said,
        "true": float(facts["yes"]),
        "official": {"yes": YES, "no": NO}.get(answer.lower(), NEITHER),
        "valid": float(said != NEITHER),
        "ood": float(facts["ood"]),
    }
    return Grade(score=float(right), components=components)


def _strict(parts: Parts) -> float:
    said = [NO + YES - part["true"] if part["said"] == NEITHER else part["said"] for part in parts]
    return classes.f1(said, [part["true"] for part in parts], YES)


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
