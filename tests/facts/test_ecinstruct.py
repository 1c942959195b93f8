"""Which of ECInstruct's rows are examples: the published ones, each once, on the side their publisher put them."""

import json
from collections import Counter

import pytest

from vitrine import tables
from vitrine.facts.ecinstruct import examples, questions
from vitrine.tables.published.ecinstruct import INSTRUCTIONS

OPTIONS = json.dumps(["A: bought together", "B: viewed together", "C: alike"])


def row(number, **changed):
    common = {
        "id": f"dataset:{number}",
        "task": "PRP",
        "split": "train",
        "setting": "IND_Diverse_Instruction",
        "instruction": f"Wording {number}.",
        "input": json.dumps({"Product 1:": f"lamp {number}", "Product 2:": "chair"}),
        "options": OPTIONS,
        "output": "B",
        "few_shot_example": None,
    }
    return common | changed


@pytest.fixture
def kept(tmp_path):
    """The examples that are made of some rows."""

    def of(*rows, task="PRP", limit=1_000, seed=7, **asked):
        tables.write(tmp_path / "ecinstruct" / "instructions.parquet", rows, INSTRUCTIONS)
        return examples(tmp_path, task, limit=limit, seed=seed, **asked)

    return of


def test_an_example(kept):
    (found,) = kept(row(1, split="test", setting="OOD_Diverse_Instruction"))
    assert found == {
        "id": "dataset:1",
        "entity": found["input"],
        "cluster": found["input"],
        "side": "test",
        "ood": True,
        "instruction": "Wording 1.",
        "input": '{"Product 1:": "lamp 1", "Product 2:": "chair"}',
        "options": OPTIONS,
        "output": "B",
        "option_list": ["A: bought together", "B: viewed together", "C: alike"],
        "fields": {"Product 1:": "lamp 1", "Product 2:": "chair"},
        "values": None,
    }


@pytest.mark.parametrize(
    ("setting", "count"),
    [
        ("IND_Diverse_Instruction", 1),
        ("OOD_Diverse_Instruction", 1),
        (None, 1),
        ("IND_Single_Instruction", 0),
        ("OOD_Unseen_Instruction", 0),
        ("IND_Diverse_Instruction_1-shot", 0),
    ],
)
def test_the_published_rows_are_those_of_two_settings(kept, setting, count):
    assert len(kept(row(1, setting=setting))) == count


def test_an_input_stands_on_one_side_test_first(kept):
    same = {"input": '{"Product 1:": "a", "Product 2:": "b"}'}
    found = kept(row(1, **same), row(2, **same, split="val"), row(3, **same, split="test"), row(4, split="val"))
    assert {example["id"]: example["side"] for example in found} == {"dataset:3": "test", "dataset:4": "validation"}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"options": None}, id="no options"),
        pytest.param({"options": "A, B or C"}, id="options that are no list"),
        pytest.param({"options": '["B: b", "A: a"]'}, id="options out of order"),
        pytest.param({"output": "D"}, id="an output that is no option"),
        pytest.param({"input": "two lamps"}, id="an input that is no object"),
        pytest.param({"task": "AVE", "output": "[]"}, id="no values"),
        pytest.param({"task": "AVE", "output": '[{"attribute": "size"}]'}, id="a value without its source"),
        pytest.param({"task": "QPR", "output": "A,C"}, id="an order that leaves one out"),
        pytest.param({"task": "AG", "output": "Steel."}, id="no question"),
    ],
)
def test_a_row_that_lacks_what_its_task_needs_is_no_example(kept, changed):
    assert kept(row(1, **changed), task=changed.get("task", "PRP")) == []


def test_python_lists_are_read_too(kept):
    (found,) = kept(row(1, task="SR", input="['1st: a lamp']", options="['A: a’s chair', 'B: a lamp']", output="B"), task="SR")
    assert found["option_list"] == ["A: a’s chair", "B: a lamp"]


SKEWED = [
    row(n, output="C" if n % 50 == 0 else "A" if n % 5 == 0 else "B", split="test" if n % 4 == 1 else "train") for n in range(400)
]


def test_train_takes_classes_in_turn_and_test_as_they_were_published(kept):
    found = kept(*SKEWED, limit=80)
    train = Counter(example["output"] for example in found if example["side"] == "train")
    test = Counter(example["output"] for example in found if example["side"] == "test")
    assert train.total() == 60 and test.total() == 20  # each side's share
    assert train["C"] == 8 and abs(train["A"] - train["B"]) <= 1  # all that there are of the rare one
    assert test["B"] > 2 * test["A"]


def test_the_seed_decides_which_and_not_the_order_of_the_file(kept):
    found = kept(*SKEWED, limit=80)
    assert kept(*reversed(SKEWED), limit=80) == found != kept(*SKEWED, limit=80, seed=8)
    sides = [example["side"] for example in found]
    assert sides != sorted(sides)  # whoever takes the first ones takes of every side


def test_asking_for_nothing_or_of_nothing(kept):
    assert kept(*SKEWED, limit=0) == [] and kept(row(1), task="SA") == []


def test_one_question_in_three_has_no_answer(tmp_path):
    def asked(number, **changed):
        text = json.dumps({"question": f"Is lamp {number} blue?", "document": ["It is."]})
        return row(number, input=text, options=None, **changed)

    answered = [asked(n, task="AG", output=f"Answer {n}.") for n in range(100)]
    judged = [asked(n, task="AP", output="no" if n % 2 else "yes") for n in range(100, 300)]
    tables.write(tmp_path / "ecinstruct" / "instructions.parquet", [*answered, *judged], INSTRUCTIONS)
    found = questions(tmp_path, limit=60, seed=7)
    assert len(found) == 60 and sum(example["answer"] is None for example in found) == 20
    assert all(example["output"] in ("no", example["answer"]) for example in found)
    everything = questions(tmp_path, limit=1_000, seed=7)
    assert len(everything) == 150 and sum(example["answer"] is None for example in everything) == 50
    assert [example["answer"] is None for example in found[:10]] != [False] * 10
    assert found != questions(tmp_path, limit=60, seed=8)
