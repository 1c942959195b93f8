"""classify -- read a product's title and answer with its path in Google's product taxonomy.

    Kestrel Glass Water Bottle, 24 oz   ->  Kitchen & Table > Drinkware > Water Bottles

The score is the hierarchical F1 of the predicted and the true path. A node is a whole path from the root, so a category is right
only if all its parents are right. A prefix of the true path earns more the deeper it goes; each wrong name after it costs.
A name that the taxonomy does not have is a wrong node too, and the reply keeps only 0.8 of its F1: an invented name never earns
more than a wrong one. Two paths, several lines, or a path deeper than the taxonomy cannot be parsed and earn 0.

The true path is the shop's own category of the product, mapped to the taxonomy by name (facts/categories.py). Products whose
category does not map are left out. Best-of-n is not a metric here: an answer is one path, and the pass rates of the prompts show
how much sampling helps.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from pydantic import Field

from vitrine.errors import ParseError
from vitrine.facts import categories
from vitrine.tables.published.taxonomy import SEPARATOR
from vitrine.tasks.task import ExampleConfig, Facts, Grade, Input, Task, Text
from vitrine.verifiers import classes
from vitrine.verifiers.taxonomy import Taxonomy, hierarchical_scores, shared_depth

PROMPT = """[CLASSIFY] Where does this product belong in the Google product taxonomy? Answer with one path: A > B > C
Product: {title}"""
INVENTED_NAME_FACTOR = 0.8  # multiplies the F1 of a path with a name that the taxonomy does not have
UNPARSED = -1.0

Parts = Mapping[str, float]


class ProductToClassify(Input):
    """A product to classify."""

    title: Text = Field(description="title of the product", examples=["Kestrel Glass Water Bottle, 24 oz"])

    def prompt(self) -> str:
        return PROMPT.format(title=self.title)


def grade(reply: str, facts: Facts) -> Grade:
    tree, true = Taxonomy.load(Path(facts["taxonomy"])), tuple(facts["path"])
    known = {"true": float(len(true)), "true_top": float(tree.root(true))}
    try:
        predicted = tree.parse(reply)
    except ParseError:
        return Grade(score=0.0, components=known | {"said": 0.0, "shared": 0.0, "valid": 0.0, "said_top": UNPARSED})
    right = shared_depth(predicted.path, true)
    score = hierarchical_scores(shared=right, predicted=predicted.name_count, gold=len(true)).f1
    score *= 1.0 if predicted.valid else INVENTED_NAME_FACTOR
    top = float(tree.root(predicted.path)) if predicted.path else UNPARSED
    parts = {"said": float(predicted.name_count), "shared": float(right), "valid": float(predicted.valid), "said_top": top}
    return Grade(score=score, components=known | parts)


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    """Sums nodes over all answers. An unparsed reply has no nodes: it costs recall and is wrong at each depth."""
    parts: list[Parts] = [answer["components"] for answer in answers]
    sums = {name: sum(part[name] for part in parts) for name in ("shared", "said", "true")}
    nodes = hierarchical_scores(shared=sums["shared"], predicted=sums["said"], gold=sums["true"])
    deepest = int(max(part["true"] for part in parts))
    by_depth = {depth: [part for part in parts if part["true"] >= depth] for depth in range(1, deepest + 1)}
    return {
        "hierarchical_f1": nodes.f1,
        "hierarchical_precision": nodes.precision,
        "hierarchical_recall": nodes.recall,
        "exact": fmean(part["shared"] == part["said"] == part["true"] for part in parts),
        "weighted_f1": weighted_f1([part["said_top"] for part in parts], [part["true_top"] for part in parts]),
        "validity": fmean(part["valid"] for part in parts),
        **{f"depth_{depth}": fmean(part["shared"] >= depth for part in deep) for depth, deep in by_depth.items()},
    }


def weighted_f1(predicted: Sequence[float], true: Sequence[float]) -> float:
    """The mean F1 of all classes, weighted by their number of true labels."""
    return sum(count * classes.f1(predicted, true, label) for label, count in Counter(true).items()) / len(true)


def examples(config: ExampleConfig, *, limit: int, seed: int) -> list[dict[str, Any]]:
    rows = categories.examples(config.clean, limit=limit, seed=seed)
    return [example | {"taxonomy": str(config.facts / "taxonomy.parquet")} for example in rows]


TASK = Task(
    name="classify",
    language="en",
    sources=("products", "taxonomy"),
    examples=examples,
    template=PROMPT,
    input=ProductToClassify,
    gold=lambda example: SEPARATOR.join(example["path"]),
    gold_facts=lambda example: {"path": example["path"], "taxonomy": example["taxonomy"]},
    grade=grade,
    headline=headline,
    max_tokens=104,
)
