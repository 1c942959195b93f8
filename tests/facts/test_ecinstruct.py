"""Which ECInstruct rows become examples: the published ones, each input once, in the publisher's split."""

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
def make_examples(tmp_path):
    """Write rows and return the examples made from them."""

    def of(*rows, task="PRP", limit=1_000, seed=7, **options):
        tables.write(tmp_path / "ecinstruct" / "instructions.parquet", rows, INSTRUCTIONS)
        return examples(tmp_path, task, limit=limit, seed=seed, **options)

    return of


def test_example_has_parsed_fields(make_examples):
    (result,) = make_examples(row(1, split="test", setting="OOD_Diverse_Instruction"))
    assert result == {
        "id": "dataset:1",
        "entity": result["input"],
        "cluster": result["input"],
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
def test_only_published_settings_are_used(make_examples, setting, count):
    assert len(make_examples(row(1, setting=setting))) == count


def test_repeated_input_is_in_one_split_test_first(make_examples):
    same = {"input": '{"Product 1:": "a", "Product 2:": "b"}'}
    result = make_examples(row(1, **same), row(2, **same, split="val"), row(3, **same, split="test"), row(4, split="val"))
    assert {example["id"]: example["side"] for example in result} == {"dataset:3": "test", "dataset:4": "validation"}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"options": None}, id="no options"),
        pytest.param({"options": "A, B or C"}, id="options that are not a list"),
        pytest.param({"options": '["B: b", "A: a"]'}, id="options out of order"),
        pytest.param({"output": "D"}, id="an output that is not an option"),
        pytest.param({"input": "two lamps"}, id="an input that is not an object"),
        pytest.param({"task": "AVE", "output": "[]"}, id="no values"),
        pytest.param({"task": "AVE", "output": '[{"attribute": "size"}]'}, id="a value without its source"),
        pytest.param({"task": "QPR", "output": "A,C"}, id="an order that leaves one out"),
        pytest.param({"task": "AG", "output": "Steel."}, id="no question"),
    ],
)
def test_incomplete_row_gives_no_example(make_examples, changed):
    assert make_examples(row(1, **changed), task=changed.get("task", "PRP")) == []


def test_python_literals_are_parsed(make_examples):
    (result,) = make_examples(
        row(1, task="SR", input="['1st: a lamp']", options="['A: a’s chair', 'B: a lamp']", output="B"), task="SR"
    )
    assert result["option_list"] == ["A: a’s chair", "B: a lamp"]


SKEWED = [
    row(n, output="C" if n % 50 == 0 else "A" if n % 5 == 0 else "B", split="test" if n % 4 == 1 else "train") for n in range(400)
]


def test_training_is_balanced_by_class_and_test_is_not(make_examples):
    result = make_examples(*SKEWED, limit=80)
    train = Counter(example["output"] for example in result if example["side"] == "train")
    test = Counter(example["output"] for example in result if example["side"] == "test")
    assert train.total() == 60 and test.total() == 20  # each split keeps its share
    assert train["C"] == 8 and abs(train["A"] - train["B"]) <= 1  # all rows of the rare class
    assert test["B"] > 2 * test["A"]


def test_seed_decides_the_choice_and_file_order_does_not(make_examples):
    result = make_examples(*SKEWED, limit=80)
    assert make_examples(*reversed(SKEWED), limit=80) == result != make_examples(*SKEWED, limit=80, seed=8)
    sides = [example["side"] for example in result]
    assert sides != sorted(sides)  # the first examples come from several splits


def test_zero_limit_or_no_rows_give_no_examples(make_examples):
    assert make_examples(*SKEWED, limit=0) == [] and make_examples(row(1), task="SA") == []


def test_one_question_in_three_cannot_be_answered(tmp_path):
    def options(number, **changed):
        text = json.dumps({"question": f"Is lamp {number} blue?", "document": ["It is."]})
        return row(number, input=text, options=None, **changed)

    answered = [options(n, task="AG", output=f"Answer {n}.") for n in range(100)]
    judged = [options(n, task="AP", output="no" if n % 2 else "yes") for n in range(100, 300)]
    tables.write(tmp_path / "ecinstruct" / "instructions.parquet", [*answered, *judged], INSTRUCTIONS)
    result = questions(tmp_path, limit=60, seed=7)
    assert len(result) == 60 and sum(example["answer"] is None for example in result) == 20
    assert all(example["output"] in ("no", example["answer"]) for example in result)
    everything = questions(tmp_path, limit=1_000, seed=7)
    assert len(everything) == 150 and sum(example["answer"] is None for example in everything) == 50
    assert [example["answer"] is None for example in result[:10]] != [False] * 10
    assert result != questions(tmp_path, limit=60, seed=8)
