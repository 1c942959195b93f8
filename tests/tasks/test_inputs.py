"""Each task's input is a pydantic model with a schema. It rejects invalid values and makes every prompt."""

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
    """The example values of a task's input, as a caller would send them."""
    return {name: field.examples[0] for name, field in task.input.model_fields.items()}


def rejected_fields(task, sent):
    """The fields that the validation errors name."""
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
def test_the_example_input_gives_a_prompt(task):
    sent = example(task)
    prompt = task.input.model_validate(sent).prompt()
    assert prompt.startswith(task.template.partition("{")[0].split("\n")[0])
    texts = [sent[name] for name, field in task.input.model_fields.items() if field.is_required() and isinstance(sent[name], str)]
    assert all(text in prompt for text in texts)


@each
def test_input_and_row_give_the_same_prompt_and_facts(task, examples, example_config):
    """The input is sent as JSON and, if no field is a list, as texts of a CSV."""
    rows = chat_rows(task, example_config, limit=40, seed=7)
    assert len(rows) == len(examples[task.name])
    for row, example in zip(rows, examples[task.name], strict=True):
        sent = json.loads(task.input.of(example).model_dump_json(exclude_none=True))
        forms = [sent]
        if not any(isinstance(value, list | dict) for value in sent.values()):
            forms.append({name: str(value) for name, value in sent.items()})
        for form in forms:
            parsed = task.input.model_validate(form)
            assert parsed.prompt() == row["messages"][-1]["content"]
            assert parsed.facts() | task.gold_facts(example) == json.loads(row["facts"])


@each
def test_input_facts_and_gold_facts_do_not_overlap(task, examples):
    for example in examples[task.name][:5]:
        assert not task.input.of(example).facts().keys() & task.gold_facts(example).keys()


@each
def test_unknown_fields_are_rejected_and_missing_ones_named(task):
    sent = example(task)
    assert rejected_fields(task, sent | {"answer": "x"}) == ["answer"]
    required = [name for name, field in task.input.model_fields.items() if field.is_required()]
    assert required and rejected_fields(task, {}) == required


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
        ("atributos", "attributes", []),
        ("atributos", "title", " "),
        ("qa", "reviews", "a text alone"),
        ("ec_prp", "options", None),
    ],
)
def test_an_invalid_value_gives_one_error_that_names_the_field(name, field, value):
    assert rejected_fields(TASKS[name], example(TASKS[name]) | {field: value}) == [field]


def test_an_invalid_example_gives_an_error_with_its_id():
    order = {"id": "r1:o1", "message": "Chegou.", "score": 9, "days": 12, "promised": 20, "state": "SP", "entity": "c"}
    with pytest.raises(TableError, match=r"^example r1:o1 is not a valid input: score: Input should be less than or equal to 5$"):
        ReviewedOrder.of(order)


@pytest.mark.parametrize(
    ("title", "text"), [("Ruim", "Ruim. Chegou quebrado."), (None, "Chegou quebrado."), ("", "Chegou quebrado.")]
)
def test_the_prompt_of_a_review_joins_title_and_message(title, text):
    assert Review(title=title, message="Chegou quebrado.").prompt().endswith(f"Avaliação: {text}")


def test_a_caller_may_give_tables_and_engine():
    prompt = DatabaseQuestion(question="Quantas lojas?", tables="lojas(id, cidade)", engine="sqlite").prompt()
    assert prompt == "[SQL] Responda com um SELECT do SQLite.\nlojas(id, cidade)\nPergunta: Quantas lojas?"


def test_the_task_module_in_the_docs_works():
    text = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8").split("## A new task")[1]
    namespace = {"Facts": Facts, "Grade": Grade, "Input": Input, "Task": Task, "Text": Text, "Field": Field}
    namespace |= {"fmean": fmean, "normalize": normalize, "answer_of": answer_of}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], namespace)
    task, example = namespace["TASK"], {"id": "1", "entity": "1", "title": "Garrafa azul 750 ml", "colour": "azul"}
    assert task.prompt(example).endswith("Produto: Garrafa azul 750 ml")
    grades = [task.grade(reply, task.facts(example)) for reply in (task.gold(example), "verde")]
    assert task.headline([{"components": grade.components} for grade in grades]) == {"accuracy": 0.5}
