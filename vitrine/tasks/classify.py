"""classify -- read a product's title, answer with its path in Google's product taxonomy.

    Kestrel Glass Water Bottle, 24 oz   ->  Kitchen & Table > Drinkware > Water Bottles

The score is the hierarchical F1 of the path that is said and the one that is true: each of its nodes is a whole path from the
root, so that a category is only right below the right ones. A part of the true path earns more the deeper it goes, and any
wrong name after it costs. Names that the taxonomy does not have are wrong nodes too, and leave such a reply 0.8 of its F1: what
is made up never earns more than what is merely wrong. Two paths, several lines or a path deeper than any are no answer.

True is the category that the shop has the product in, mapped to the taxonomy by name (facts/categories.py): a product whose
category does not map is never asked about. The best of several samples is not a metric here: an answer is one path, and
what samples are worth is told by the pass rates of the prompts.
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
MADE_UP = 0.8  # of its F1 is left to a path that the taxonomy does not have to its end
UNSAID = -1.0

Parts = Mapping[str, float]


class ProductToClassify(Input):
    """A product to find the category of."""

    title: Text = Field(description="title of the product", examples=["Kestrel Glass Water Bottle, 24 oz"])

    def prompt(self) -> str:
        return PROMPT.format(title=self.title)


def grade(reply: str, facts: Facts) -> Grade:
    tree, true = Taxonomy.load(Path(facts["taxonomy"])), tuple(facts["path"])
    known = {"true": float(len(true)), "true_top": float(tree.root(true))}
    try:
        said = tree.parse(reply)
    except ParseError:
        return Grade(score=0.0, components=known | {"said": 0.0, "shared": 0.0, "valid": 0.0, "said_top": UNSAID})
    right = shared_depth(said.path, true)
    score = hierarchical_scores(shared=right, predicted=said.name_count, gold=len(true)).f1 * (1.0 if said.valid else MADE_UP)
    top = float(tree.root(said.path)) if said.path else UNSAID
    parts = {"said": float(said.name_count), "shared": float(right), "valid": float(said.valid), "said_top": top}
    return Grade(score=score, components=known | parts)


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    """Nodes are summed over all answers. A reply that is no path has none: it costs recall, and is wrong at every depth."""
    parts: list[Parts] = [answer["components"] for answer in answers]
    summed = {name: sum(part[name] for part in parts) for name in ("shared", "said", "true")}
    nodes = hierarchical_scores(shared=summed["shared"], predicted=summed["said"], gold=summed["true"])
    deepest = int(max(part["true"] for part in parts))
    of_depth = {depth: [part for part in parts if part["true"] >= depth] for depth in range(1, deepest + 1)}
    return {
        "hierarchical_f1": nodes.f1,
        "hierarchical_precision": nodes.precision,
        "hierarchical_recall": nodes.recall,
        "exact": fmean(part["shared"] == part["said"] == part["true"] for part in parts),
        "weighted_f1": weighted_f1([part["said_top"] for part in parts], [part["true_top"] for part in parts]),
        "validity": fmean(part["valid"] for part in parts),
        **{f"depth_{depth}": fmean(part["shared"] >= depth for part in some) for depth, some in of_depth.items()},
    }


def weighted_f1(said: Sequence[float], true: Sequence[float]) -> float:
    """F1 of each class, weighted by how often it is true."""
    return sum(often * classes.f1(said, true, label) for label, often in Counter(true).items()) / len(true)


def examples(config: ExampleConfig, *, limit: int, seed: int) -> list[dict[str, Any]]:
    found = categories.examples(config.clean, limit=limit, seed=seed)
    return [example | {"taxonomy": str(config.facts / "taxonomy.parquet")} for example in found]


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
