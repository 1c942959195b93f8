"""Reports written by hand for `insights`: good ones, and hostile ones that cite the right numbers for nothing.

good()[0].report, good()[0].facts    what the grader takes
hostile("denied")                    name -> a template; `filled(template, facts)` is a report
"""

from dataclasses import dataclass
from functools import cache
from itertools import permutations
from pathlib import Path

import yaml

from vitrine.facts.insights import FIGURES

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Good:
    report: str
    facts: dict


@cache
def good():
    found = yaml.safe_load((HERE / "good.yaml").read_text(encoding="utf-8"))
    return [Good(row["report"], facts(row["subject"], dict(zip(FIGURES, row["figures"], strict=True)))) for row in found]


def facts(subject, figures):
    return {"facts": figures, "subject": subject, "table": "; ".join(f"{name} {value}" for name, value in figures.items())}


@cache
def hostile(kind):
    return yaml.safe_load((HERE / "hostile.yaml").read_text(encoding="utf-8"))[kind]


def filled(template, facts):
    return template.format(subject=facts["subject"], **facts["facts"])


def mislabelled(figures, every=7):
    """The figures under each other's names, none under its own and none with an equal value, in many orders."""
    for order in list(permutations(FIGURES))[::every]:
        if all(figures[one] != figures[other] for one, other in zip(FIGURES, order, strict=True)):
            yield {one: figures[other] for one, other in zip(FIGURES, order, strict=True)}
