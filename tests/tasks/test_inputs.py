"""Each task's input is a model: it can be printed, it refuses what does not fit, and it is the one way to a prompt."""

import json
import re
from pathlib import Path
from statistics import fmean

import pytest
from pydantic import Field, ValidationError

from vitrine.errors import TableError
from vitrine.tasks import TASKS
from vitrine.tasks.extract import ReviewedOrder
from vitrine.tasks.sentiment import Review
from vitrine.tasks.sql import DatabaseQuestion
from vitrine.tasks.task import Facts, Grade, Input, Task, Text, chat_rows
from vitrine.verifiers.labels import normalize
from vitrine.verifiers.replies import answer_of

each = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def example(task):
    """The input that a page shows, as it would be sent."""
    return {name: field.examples[0] for name, field in task.input.model_fields.items()}


def refused(task, sent):
    """The field that each error names."""
    with pytest.raises(ValidationError) as caught:
        task.input.model_validate(sent)
    return [error["loc"][0] for error in caught.value.errors()]


@each
def test_the_schema_describes_every_field(task):
    schema = json.loads(json.dumps(task.input.model_json_schema()))
    assert schema["description"] and schema["additionalProperties"] is False
    assert all(field["description"] and field["examples"] for field in schema["properties"].values())


def test_no_two_models_share_a_name():
    models = {task.input for task in TASKS.values()}
    assert len({model.__name__ for model in models}) == len(models)


@each
def test_the_example_of_a_page_gives_a_prompt(task):
    sent = example(task)
    prompt = task.input.model_validate(sent).prompt()
    assert prompt.startswith(task.template.partition("{")[0].split("\n")[0])
    texts = [sent[name] for name, field in task.input.model_fields.items() if field.is_required() and isinstance(sent[name], str)]
    assert all(text in prompt for text in texts)


@each
def test_the_prompt_of_a_row_is_that_of_its_input(task, examples, places):
    """Sent as JSON, and as the texts of a CSV where no field is a list."""
    rows = chat_rows(task, places, limit=40, seed=7)
    assert len(rows) == len(examples[task.name])
    for row, found in zip(rows, examples[task.name], strict=True):
        sent = json.loads(task.input.of(found).model_dump_json(exclude_none=True))
        forms = [sent]
        if not any(isinstance(value, list | dict) for value in sent.values()):
            forms.append({name: str(value) for name, value in sent.items()})
        for form in forms:
            asked = task.input.model_validate(form)
            assert asked.prompt() == row["messages"][-1]["content"]
            assert asked.facts() | task.gold_facts(found) == json.loads(row["facts"])


@each
def test_a_fact_comes_from_the_input_or_from_the_truth(task, examples):
    for found in examples[task.name][:5]:
        assert not task.input.of(found).facts().keys() & task.gold_facts(found).keys()


@each
def test_unknown_fields_are_refused_and_missing_ones_named(task):
    sent = example(task)
    assert refused(task, sent | {"answer": "x"}) == ["answer"]
    required = [name for name, field in task.input.model_fields.items() if field.is_required()]
    assert required and refused(task, {}) == required


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("extract", "score", 6),
        ("extract", "score", "good"),
        ("extract", "days", -1),
        ("extract", "promised", 12.5),
        ("extract", "state", "XX"),
        ("extract", "message", ""),
        ("sentiment", "message", " \n"),
        ("sentiment", "message", None),
        ("churn", "spend", -1),
        ("churn", "spend", float("inf")),
        ("churn", "spend", "nan"),
        ("churn", "orders", 0),
        ("churn", "mean_score", 5.5),
        ("insights", "figures", {}),
        ("insights", "figures", {"ticket": "139.77"}),
        ("insights", "figures", {"ticket": "R$ 139,77"}),
        ("sql", "question", ""),
        ("sql", "engine", "oracle"),
        ("classify", "title", 3),
        ("describe", "title", ["a title"]),
        ("attributes", "attributes", []),
        ("attributes", "attributes", ["size", ""]),
        ("attributes", "listing", {}),
        ("qa", "reviews", "a text alone"),
        ("ec_prp", "options", None),
    ],
)
def test_what_does_not_fit_is_one_error_that_names_the_field(name, field, value):
    assert refused(TASKS[name], example(TASKS[name]) | {field: value}) == [field]


def test_an_example_that_does_not_fit_is_named_in_a_sentence():
    order = {"id": "r1:o1", "message": "Chegou.", "score": 9, "days": 12, "promised": 20, "state": "SP", "entity": "c"}
    with pytest.raises(TableError, match=r"^example r1:o1 is not a valid input: score: Input should be less than or equal to 5$"):
        ReviewedOrder.of(order)


@pytest.mark.parametrize(
    ("title", "text"), [("Ruim", "Ruim. Chegou quebrado."), (None, "Chegou quebrado."), ("", "Chegou quebrado.")]
)
def test_a_review_is_its_title_and_its_message(title, text):
    assert Review(title=title, message="Chegou quebrado.").prompt().endswith(f"Avaliação: {text}")


def test_another_database_can_be_asked():
    prompt = DatabaseQuestion(question="Quantas lojas?", tables="lojas(id, cidade)", engine="sqlite").prompt()
    assert prompt == "[SQL] Responda com um SELECT do SQLite.\nlojas(id, cidade)\nPergunta: Quantas lojas?"


def test_the_page_that_the_docs_show_is_a_task():
    text = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8").split("## A new task")[1]
    page = {"Facts": Facts, "Grade": Grade, "Input": Input, "Task": Task, "Text": Text, "Field": Field}
    page |= {"fmean": fmean, "normalize": normalize, "answer_of": answer_of}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], page)
    task, found = page["TASK"], {"id": "1", "entity": "1", "title": "Garrafa azul 750 ml", "colour": "azul"}
    assert task.prompt(found).endswith("Produto: Garrafa azul 750 ml")
    grades = [task.grade(reply, task.facts(found)) for reply in (task.gold(found), "verde")]
    assert task.headline([{"components": grade.components} for grade in grades]) == {"accuracy": 0.5}
