"""Reports written by hand for `insights`: good ones, and hostile ones that cite the right numbers without reporting them.

good()[0].report, good()[0].facts    the arguments of the grader
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
    rows = yaml.safe_load((HERE / "good.yaml").read_text(encoding="utf-8"))
    return [Good(row["report"], facts(row["subject"], dict(zip(FIGURES, row["figures"], strict=True)))) for row in rows]


def facts(subject, figures):
    return {"facts": figures, "subject": subject, "table": "; ".join(f"{name} {value}" for name, value in figures.items())}


@cache
def hostile(kind):
    return yaml.safe_load((HERE / "hostile.yaml").read_text(encoding="utf-8"))[kind]


def filled(template, facts):
    return template.format(subject=facts["subject"], **facts["facts"])


def mislabelled(figures, every=7):
    """Yield permutations of the values in which no figure has its own value or an equal one; every `every`-th permutation."""
    for order in list(permutations(FIGURES))[::every]:
        if all(figures[name] != figures[other] for name, other in zip(FIGURES, order, strict=True)):
            yield {name: figures[other] for name, other in zip(FIGURES, order, strict=True)}
