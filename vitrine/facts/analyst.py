"""Hand-written questions of a shop analyst, each with the SELECT that answers it.

    examples(seed=7)[0]
    {"id": "avaliacoes_12", "entity": "analyst:avaliacoes_12", "needs": ("joins", "dates", "windows"), "sql": "SELECT …",
     "question": "Em 2017, quanto a nota média mudou a cada mês de compra em relação ao anterior? Em janeiro fica vazio."}

The questions are in `analyst_questions.yaml` and follow none of the question templates. No model is trained on them: they measure
how a model does on questions outside the templates. Each question says which columns it wants, and in what order if order
matters. Each SELECT uses only the columns in the prompt (shop.COLUMNS) and allows for orders with several items, payments or
reviews.
"""

import random
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from vitrine.facts.dialects import translate
from vitrine.verifiers.sql.sandbox import Engine

FILE = Path(__file__).with_name("analyst_questions.yaml")


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    question: str
    needs: tuple[Literal["joins", "dates", "windows", "nested", "case", "having"], ...]  # SQL features beyond one table
    sql: str


@cache
def questions() -> tuple[Question, ...]:
    """All questions, in file order."""
    return TypeAdapter(tuple[Question, ...]).validate_python(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def examples(*, seed: int, engine: Engine = "duckdb") -> list[dict[str, Any]]:
    """All questions that can be answered in the engine's SQL, shuffled by the seed."""
    shuffled = random.Random(seed).sample(questions(), len(questions()))
    translated = [(question, translate(question.sql, engine)) for question in shuffled]
    return [
        question.model_dump() | {"entity": f"analyst:{question.id}", "sql": sql}
        for question, sql in translated
        if sql is not None
    ]
