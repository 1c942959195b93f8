"""The published test sets of two tasks and the labels of a third, if the files are there."""

import gzip
import json
import random
from pathlib import Path
from statistics import fmean

import pytest
from sklearn.metrics import f1_score

from vitrine import tables
from vitrine.facts import ecinstruct
from vitrine.sources import ecinstruct as source
from vitrine.tables.published.ecinstruct import INSTRUCTIONS
from vitrine.tasks import TASKS
from vitrine.tasks.ecinstruct import ranking
from vitrine.verifiers.ranking import ndcg

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "ecinstruct"
pytestmark = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published test sets, ../shared/data/ecinstruct, are not here")


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """The files as rows of the clean table; they need no cleaning to be read, but for the tasks' short names."""
    folder = tmp_path_factory.mktemp("clean")
    short = {"Product_Relation_Prediction": "PRP", "Product_Substitute_Identification": "PSI"}
    rows = [row | {"task": short[row["task"]]} for piece in source.read(PUBLISHED) for row in piece.rows.to_pylist()]
    tables.write(folder / "ecinstruct" / "instructions.parquet", rows, INSTRUCTIONS)
    return folder


@pytest.mark.parametrize(("code", "name"), [("PRP", "ec_prp"), ("PSI", "ec_psi")])
def test_every_published_row_is_used_once_and_its_output_earns_everything(code, name, clean):
    task, rows = TASKS[name], ecinstruct.examples(clean, code, limit=5_000, seed=7)
    assert len({row["entity"] for row in rows}) == len(rows) > 1_900
    assert {row["side"] for row in rows} == {"test"}
    assert all(task.grade(task.gold(row), task.facts(row)).score == 1.0 for row in rows)


def test_metrics_of_random_answers_agree_with_scikit_learn(clean):
    task, rng = TASKS["ec_prp"], random.Random(7)
    rows = ecinstruct.examples(clean, "PRP", limit=2_000, seed=7)
    replies = [rng.choice(["A", "B", "B", "C", "nothing", "A and B"]) for _ in rows]
    metrics = task.headline(
        [{"components": task.grade(reply, task.facts(row)).components} for reply, row in zip(replies, rows, strict=True)]
    )
    true = [row["output"][0] for row in rows]
    strict = [reply if len(reply) == 1 else "none" for reply in replies]
    assert metrics["macro_f1_strict"] == pytest.approx(f1_score(true, strict, labels=["A", "B", "C"], average="macro"), abs=1e-9)
    # the official metric reads "A and B" as A
    kept = [(reply[0], letter) for reply, letter in zip(replies, true, strict=True) if reply[0] in "ABCDE"]
    official = f1_score([letter for _, letter in kept], [reply for reply, _ in kept], average="macro")
    assert metrics["macro_f1_official"] == pytest.approx(official, abs=1e-9)


def test_assumed_labels_are_the_most_frequent_ones():
    labels = json.loads((PUBLISHED / "qpr_test_labels.json").read_text())
    assert all(len(set(row)) == len(row) for row in labels)
    for count in (2, 3, 4):
        sets = ["".join(sorted(row, key="ESCI".index)) for row in labels if len(row) == count]
        assert max(set(sets), key=sets.count) == ranking.LIKELY_LABELS[count]


def test_random_orders_have_about_the_same_ndcg_with_assumed_and_published_labels():
    rng, assumed, true = random.Random(7), [], []
    for row in json.loads((PUBLISHED / "qpr_test_labels.json").read_text()):
        gold = sorted(range(len(row)), key=lambda place: "ESCI".index(row[place]))
        order = rng.sample(range(len(row)), len(row))
        facts = ranking.gold_facts({"output": ",".join(chr(65 + place) for place in gold), "ood": False})
        assumed.append(ndcg(order, facts["gains"]))
        true.append(ndcg(order, [ranking.GAINS[label] for label in row]))
    assert fmean(assumed) == pytest.approx(fmean(true), abs=0.02)


def test_the_published_files_have_the_known_counts():
    with gzip.open(PUBLISHED / "Product_Relation_Prediction_test.json.gz", "rt") as file:
        outputs = [row["output"] for row in json.load(file)]
    assert {letter: outputs.count(letter) for letter in "ABC"} == {"A": 339, "B": 1654, "C": 7}
