"""ECInstruct's rules: short names, answers that are answers, and every option."""

import json

import polars as pl
import pytest
from pydantic import ValidationError

from vitrine.cleaning.batch import prepare
from vitrine.cleaning.by_source import ecinstruct
from vitrine.tables.published.ecinstruct import ALSO_CALLED, INSTRUCTIONS, TASKS

OPTIONS = {
    "texts": ["entities", "tags", "urls", "control", "blanks"],
    "personal_data": ["email"],
    "min_chars": 1,
    "max_chars": None,
}
ROW = {
    "id": "dataset:0",
    "task": "Product_Matching",
    "split": "test",
    "setting": "IND_Diverse_Instruction",
    "instruction": "Same?",
    "input": '{"a": "nan"}',
    "options": None,
    "output": "yes",
    "few_shot_example": None,
}


def clean(*changes, **options):
    rules = ecinstruct.rules(ecinstruct.Options(**OPTIONS | options))["instructions"]
    frame = pl.DataFrame([ROW | change for change in changes], schema=pl.DataFrame(INSTRUCTIONS.empty_table()).schema)
    return prepare(frame, rules, 0)


@pytest.mark.parametrize("task", [*TASKS, *TASKS.values(), *ALSO_CALLED])
def test_every_name_of_a_task_is_known(task):
    outputs = {"AVE": "[]", "QPR": "B,A", "AG": "It does.", **dict.fromkeys(("PRP", "SR"), "A"), "SA": "A: good", "MPC": "D: no"}
    code = {**{name: code for code, name in TASKS.items()}, **ALSO_CALLED}.get(task, task)
    assert clean({"task": task, "output": outputs.get(code, "no")}).rows["task"].to_list() == [code]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"task": "Poetry"}, "task is not one of the ten"),
        ({"task": None}, "task is not one of the ten"),
        ({"split": None}, "split is not train, val, test"),
        ({"split": "dev"}, "split is not train, val, test"),
        ({"instruction": " "}, "instruction is empty"),
        ({"input": "nan"}, "input is empty"),
        ({"output": "nan"}, "output is missing"),
        ({"output": "&nbsp;"}, "output is missing"),
        ({"output": "maybe"}, "output is no answer to PM"),
        ({"task": "SA", "output": "good"}, "output is no answer to SA"),
        ({"task": "AVE", "output": "red"}, "output is no answer to AVE"),
        ({"task": "QPR", "output": "A B"}, "output is no answer to QPR"),
    ],
)
def test_invalid_rows_are_set_aside_with_a_reason(change, reason):
    prepared = clean(change, {})
    assert prepared.aside["reason"].to_list() == [reason]
    assert json.loads(prepared.aside["row"][0]) == ROW | change
    assert prepared.rows.height == 1


def test_texts_and_missing_fields():
    review = {"task": "SA", "input": "Loved it &lt;3<br />\n&#8220;wow&#8221; ana@x.com", "output": "A: very positive"}
    shot = {
        "few_shot_example": '{"input": "{\\"a\\": \\"5&quot;\\", \\"b\\": \\"\\\\nana@x.com\\"}", "output": "no"}',
        "options": "nan",
        "setting": "nan",
    }
    prepared = clean({}, review, shot, {"split": "validation"})
    matched, reviewed, shown, late = prepared.rows.to_dicts()
    assert matched["input"] == '{"a": null}' and late["split"] == "val"
    assert reviewed["input"] == "Loved it <3 “wow” [EMAIL]"
    assert json.loads(json.loads(shown["few_shot_example"])["input"]) == {"a": '5"', "b": " [EMAIL]"}
    assert (shown["options"], shown["setting"]) == (None, None)
    assert prepared.counts == {"redacted": 1.0, "missing_fields": 3.0}


def test_a_solved_example_that_is_no_json_object_is_cleaned_too():
    assert clean({"few_shot_example": "Q: 5&quot;?"}).rows["few_shot_example"].to_list() == ['{"input": "Q: 5\\"?"}']


def test_recommendations_keep_their_quotes():
    prepared = clean({"task": "SR", "input": str(["1st: men&#39;s hat", '2nd: 5&quot; "x"']), "output": "B"})
    assert eval(prepared.rows["input"][0]) == ["1st: men’s hat", '2nd: 5" "x"']


def test_answers_are_cleaned_like_their_inputs():
    input, output = {"title": "men&#39;s 5&quot; cap"}, [{"attribute": "size", "value": "5&quot;", "source": "title"}]
    row = clean({"task": "AVE", "input": json.dumps(input), "output": json.dumps(output)}).rows.row(0, named=True)
    assert json.loads(row["output"])[0]["value"] == '5"' and json.loads(row["input"]) == {"title": "men's 5\" cap"}


def test_every_option_has_an_effect():
    text = {
        "task": "AG",
        "input": '{"a": "&amp; <b>b</b> http://x.y ana@x.com"}',
        "output": "It is &amp; <b>so</b>\x07  http://x.y",
    }
    first = clean(text).rows["input"].to_list() + clean(text).rows["output"].to_list()
    for left_out in OPTIONS["texts"]:
        less = clean(text, texts=[name for name in OPTIONS["texts"] if name != left_out]).rows
        assert less["input"].to_list() + less["output"].to_list() != first, left_out
    assert "ana@x.com" in clean(text, personal_data=[]).rows["input"][0]
    assert clean({}, min_chars=4).aside["reason"].to_list() == ["output is shorter than 4 characters"]
    assert clean({}, max_chars=2).aside["reason"].to_list() == ["output is longer than 2 characters"]


def test_kinds_that_can_match_across_json_strings_are_refused():
    with pytest.raises(ValidationError, match="address"):
        ecinstruct.Options(**OPTIONS | {"personal_data": ["address"]})


def test_a_row_repeats_only_rows_of_its_split_and_setting():
    (reason, key) = ecinstruct.rules(ecinstruct.Options(**OPTIONS))["instructions"].unique[0]
    frame = pl.DataFrame([ROW, ROW | {"split": "train"}, ROW | {"setting": "IND_Single_Instruction"}, ROW | {"id": "x"}])
    assert frame.select(pl.struct(key).is_first_distinct()).to_series().to_list() == [True, True, True, False]
    assert "earlier row" in reason
