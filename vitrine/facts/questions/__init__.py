"""The SQL question grammar: shapes with slots, each in several Portuguese wordings, each with its SELECT.

    the first of `examples(clean, seed=7)`:
    {"id": "pedidos_estado_ano:SP:2017", "entity": "pedidos_estado_ano:SP:2017", "cluster": "pedidos_estado_ano", "unseen": False,
     "question": "Quantos pedidos vieram de SP em 2017?",
     "sql": "SELECT COUNT(*) FROM orders JOIN customers USING (customer_id) WHERE customer_state = 'SP' AND …"}

What a model is tested on and was not trained on is of two kinds:
  values   an entity is a shape with its slot values: whatever its wording, "orders of SP in 2017" stands on one side of the
           split only. The hash of the entity sends some states, categories, months and limits of each shape to the test side
  shapes   those of `HELD_OUT` stand on the test side whole ("side": "test", "unseen": True)

After every SEEN_PER_UNSEEN questions of the other shapes comes one of these, so that where eight in a hundred entities are tested,
one test question in six or seven is of an unseen shape, however many questions are taken.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import polars as pl

from vitrine import tables
from vitrine.facts.dialects import translate
from vitrine.facts.questions.frames import QuestionTemplate
from vitrine.facts.questions.templates import CORE, HELD_OUT, TEMPLATES
from vitrine.settings import Settings
from vitrine.tables.published import olist
from vitrine.verifiers.sql.sandbox import MAX_WORKERS, Engine

__all__ = ["ALL_TEMPLATES", "CORE", "HELD_OUT", "SLOTS", "TEMPLATES", "QuestionTemplate", "Questions", "examples", "slots_of"]

SEEN_PER_UNSEEN = 55
STATES = "SP RJ MG RS PR SC BA DF ES GO PE CE PA MT MA MS PB PI RN AL SE TO RO AM AC AP RR".split()
SLOTS: dict[str, list[str]] = {
    "state": STATES,
    "status": "delivered shipped canceled unavailable invoiced processing".split(),
    "payment": "credit_card boleto voucher debit_card".split(),
    "year": "2016 2017 2018".split(),
    "month": [str(month) for month in range(1, 13)],
    "score": [str(score) for score in range(1, 6)],
    "n": "3 4 5 6 7 8 9 10".split(),
    "days": "5 8 10 12 15 20 25 30".split(),
    "value": "20 30 50 80 100 120 150 200 250 300 400 500".split(),
    "total": "500 800 1000 1500 2000 2500 3000 4000 5000 6000 8000 10000".split(),
}


class Questions(Settings):
    """Which questions are asked: one block of `format`."""

    shapes: Literal["core", "all"]  # core: CORE alone is trained on; the held-out ones are tested either way
    engine: Engine  # whose SQL is asked for, and runs it; what it cannot say is not asked


ALL_TEMPLATES = Questions(shapes="all", engine="duckdb")


def examples(
    clean: Path, *, seed: int, choice: Questions = ALL_TEMPLATES, is_discriminative: Callable[[str], bool] = lambda sql: True
) -> Iterator[dict[str, Any]]:
    """Every question whose SQL is discriminative, shuffled, the shapes taken in turn so that none crowds out another.

    `telling` is asked by several threads, of the next question of each shape while those of the others are used.
    """
    slots = SLOTS | {"category": _categories(clean)}
    chance = random.Random(seed)
    shapes = {name: shape for name, shape in TEMPLATES.items() if choice.shapes == "all" or name in CORE | HELD_OUT}
    streams = [_instances(shape, slots, choice.engine, random.Random(chance.random())) for shape in shapes.values()]
    threads = ThreadPoolExecutor(MAX_WORKERS, thread_name_prefix="telling")
    told = [_ahead((one for one in stream if is_discriminative(one["sql"])), threads) for stream in streams]
    unseen = [shape in HELD_OUT for shape in shapes]
    seen, held_out = (_in_turn(list(itertools.compress(told, wanted))) for wanted in ([not one for one in unseen], unseen))
    try:
        while some := list(itertools.islice(seen, SEEN_PER_UNSEEN)):
            yield from some
            yield from itertools.islice(held_out, 1)
        yield from held_out
    finally:
        threads.shutdown(cancel_futures=True)


def slots_of(shape: QuestionTemplate) -> list[str]:
    """The names of its slots, in the order in which their values stand in an entity."""
    return [name for name in (*SLOTS, "category") if f"{{{name}}}" in shape.sql]


def _ahead(stream: Iterator[dict[str, Any]], threads: ThreadPoolExecutor) -> Iterator[dict[str, Any]]:
    """The same questions, each sought before it is asked for: with SQL in several processes, in less than half the time."""
    coming = threads.submit(next, stream, None)
    while (one := coming.result()) is not None:
        coming = threads.submit(next, stream, None)
        yield one


def _in_turn(streams: list[Iterator[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    for round_ in itertools.zip_longest(*streams):
        yield from (one for one in round_ if one is not None)


def _instances(
    shape: QuestionTemplate, slots: dict[str, list[str]], engine: Engine, chance: random.Random
) -> Iterator[dict[str, Any]]:
    names = slots_of(shape)
    values = list(itertools.product(*(slots[name] for name in names)))
    chance.shuffle(values)
    side = {"side": "test"} if shape.name in HELD_OUT else {}
    for chosen in values:
        filled = dict(zip(names, chosen, strict=True))
        if (sql := translate(shape.sql.format(**filled), engine)) is None:
            return  # whatever its slots hold
        name = ":".join((shape.name, *chosen))
        yield {
            "id": name,
            "entity": name,
            "cluster": shape.name,  # a model masters a shape or does not, whatever the values
            "question": chance.choice(shape.wordings).format(**filled),
            "sql": sql,
            "unseen": shape.name in HELD_OUT,
        } | side


def _categories(clean: Path) -> list[str]:
    products = tables.scan(clean / "olist" / "products.parquet", olist.TABLES["products"])
    counted = (
        products.drop_nulls("product_category_name")
        .group_by("product_category_name")
        .len()
        .sort(pl.col("len"), "product_category_name")
    )
    return list(counted.collect().get_column("product_category_name").reverse().head(40))
