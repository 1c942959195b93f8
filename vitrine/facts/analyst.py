"""Questions that an analyst at a shop would ask, written by hand, with the SELECT that answers each.

    examples(seed=7)[0]
    {"id": "avaliacoes_12", "entity": "analyst:avaliacoes_12", "needs": ("joins", "dates", "windows"), "sql": "SELECT …",
     "question": "Em 2017, quanto a nota média mudou a cada mês de compra em relação ao anterior? Em janeiro fica vazio."}

They stand in `analyst_questions.yaml` and are no shapes of the grammar. Nobody is trained on them: they show what a model makes
of a question that no template has. Each says which columns it wants, in what order where order matters, and each SELECT runs
on the columns of the prompt (shop.COLUMNS) and heeds what multiplies rows: several items, payments and reviews of an order.
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
    needs: tuple[Literal["joins", "dates", "windows", "nested", "case", "having"], ...]  # beyond one table
    sql: str


@cache
def questions() -> tuple[Question, ...]:
    """All of them, in the order of the file."""
    return TypeAdapter(tuple[Question, ...]).validate_python(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def examples(*, seed: int, engine: Engine = "duckdb") -> list[dict[str, Any]]:
    """All of them that the engine's SQL can answer, in an order that the seed decides."""
    told = [(one, translate(one.sql, engine)) for one in random.Random(seed).sample(questions(), len(questions()))]
    return [one.model_dump() | {"entity": f"analyst:{one.id}", "sql": sql} for one, sql in told if sql is not None]
