"""classify: the score is the hierarchical F1; the headline sums nodes over answers and agrees with scikit-learn."""

import json
import random

import pytest

from vitrine import tables
from vitrine.errors import VerifierError
from vitrine.tables.published.taxonomy import CATEGORIES
from vitrine.tasks import classify

TREE = [
    ("Kitchen & Table", "Drinkware", "Water Bottles"),
    ("Kitchen & Table", "Drinkware", "Coffee Mugs"),
    ("Kitchen & Table", "Lunch Boxes"),
    ("Pets", "Cat Beds"),
    ("Toys", "Puzzles", "Maps", "World Maps"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    file = tmp_path_factory.mktemp("facts") / "taxonomy.parquet"
    rows = [{"id": place, "language": "en-US", "version": "1", "path": list(path), "depth": 1} for place, path in enumerate(TREE)]
    tables.write(file, rows, CATEGORIES)
    return str(file)


def facts(tree, path=TREE[0]):
    return json.loads(json.dumps({"path": list(path), "taxonomy": tree}))


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        pytest.param("Kitchen & Table > Drinkware > Water Bottles", 1.0, id="gold"),
        pytest.param("kitchen and table/drinkware/water bottles", 0.0, id="a slash without spaces is part of a name"),
        pytest.param("Kitchen & Table > Drinkware", 0.8, id="one level short"),
        pytest.param("Kitchen & Table", 0.5, id="the top alone"),
        pytest.param("Kitchen & Table > Drinkware > Coffee Mugs", 2 / 3, id="a sibling"),
        pytest.param("Kitchen & Table > Drinkware > Vases", 0.8 * 2 / 3, id="an invented name"),
        pytest.param("Kitchen & Table > Drinkware > Water Bottles > Blue Ones", 0.8 * 6 / 7, id="one level too deep"),
        pytest.param("Kitchen & Table > Lunch Boxes", 0.4, id="wrong from the second level"),
        pytest.param("Toys > Puzzles > Maps > World Maps", 0.0, id="the longest path"),
        pytest.param("Water Bottles", 0.0, id="the last name alone"),
        pytest.param("Kitchen & Table > Drinkware > Water Bottles or Pets > Cat Beds", 0.0, id="two paths"),
        pytest.param("", 0.0, id="silence"),
    ],
)
def test_grade(reply, score, tree):
    assert classify.grade(reply, facts(tree)).score == pytest.approx(score)


def test_a_gold_path_outside_the_taxonomy_is_an_error(tree):
    with pytest.raises(VerifierError, match="no path of the taxonomy"):
        classify.grade("Pets", facts(tree, ("Pets", "Dog Beds")))


def answers(tree, replies):
    return [{"components": classify.grade(reply, facts(tree, true)).components} for reply, true in replies]


def test_headline_by_hand(tree):
    metrics = classify.headline(
        answers(
            tree,
            [
                ("Kitchen & Table > Drinkware > Water Bottles", TREE[0]),  # 3 of 3 predicted nodes are right, 3 are true
                ("Kitchen & Table > Drinkware > Vases", TREE[1]),  # 2 of 3, of 3
                ("Kitchen & Table", TREE[3]),  # 0 of 1, of 2
                ("no idea\nat all", TREE[4]),  # no node predicted, 4 true
            ],
        )
    )
    assert next(iter(metrics)) == "hierarchical_f1"
    assert metrics["hierarchical_precision"] == pytest.approx(5 / 7) and metrics["hierarchical_recall"] == pytest.approx(5 / 12)
    assert metrics["hierarchical_f1"] == pytest.approx(10 / 19)
    assert metrics["exact"] == 1 / 4 and metrics["validity"] == 2 / 4
    depths = [metrics[f"depth_{depth}"] for depth in range(1, 5)]
    assert depths == [2 / 4, 2 / 4, 1 / 3, 0.0] and "depth_5" not in metrics
    assert metrics["weighted_f1"] == pytest.approx((2 * 2 * 2 / (2 + 3)) / 4)  # Kitchen is true twice and predicted three times


def test_headline_agrees_with_scikit_learn(tree):
    from sklearn import metrics  # seconds to import

    rng = random.Random(7)
    for _ in range(20):
        pairs = [(rng.choice(["", "x\ny", *map(" > ".join, TREE)]), rng.choice(TREE)) for _ in range(60)]
        rows = answers(tree, pairs)
        predicted, true = ([row["components"][name] for row in rows] for name in ("said_top", "true_top"))
        expected = metrics.f1_score(true, predicted, average="weighted", zero_division=0)
        assert classify.weighted_f1(predicted, true) == pytest.approx(expected, abs=1e-9)
        assert classify.headline(rows)["depth_1"] == pytest.approx(metrics.accuracy_score(true, predicted), abs=1e-9)


def test_prompts_show_the_title_but_not_the_category(examples):
    paths = {tuple(example["path"]) for example in examples["classify"]}
    assert len(paths) >= 20 and {len(path) for path in paths} == {2, 3}
    assert len({example["entity"] for example in examples["classify"]}) == len(examples["classify"])
    for example in examples["classify"]:
        prompt = classify.TASK.prompt(example)
        assert prompt.startswith("[CLASSIFY] ") and example["title"] in prompt and " > ".join(example["path"]) not in prompt


def test_facts_stay_small(examples):
    assert all(len(json.dumps(classify.TASK.facts(example))) < 500 for example in examples["classify"])
