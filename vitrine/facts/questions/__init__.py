"""SQL questions from templates with slots; each template has several Portuguese wordings and one SELECT.

    the first of `examples(clean, seed=7)`:
    {"id": "pedidos_estado_ano:SP:2017", "entity": "pedidos_estado_ano:SP:2017", "cluster": "pedidos_estado_ano", "unseen": False,
     "question": "Quantos pedidos vieram de SP em 2017?",
     "sql": "SELECT COUNT(*) FROM orders JOIN customers USING (customer_id) WHERE customer_state = 'SP' AND …"}

Two kinds of test questions are held out from training:
  values      an entity is a template with its slot values. "Orders of SP in 2017" is in one split only, whatever the wording. The
              hash of the entity sends some states, categories, months and limits of each template to the test split
  templates   all questions of the templates in `HELD_OUT` are test questions ("side": "test", "unseen": True)

One question with an unseen template follows every SEEN_PER_UNSEEN questions with seen templates. With 8 % of the entities in the
test split, one test question in six or seven then has an unseen template, however many questions are taken.
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
    """Which questions to generate: one block of `format`."""

    shapes: Literal["core", "all"]  # core: only CORE is trained on; the held-out templates are tested in both cases
    engine: Engine  # the SQL dialect of the answers; questions that it cannot express are left out


ALL_TEMPLATES = Questions(shapes="all", engine="duckdb")


def examples(
    clean: Path, *, seed: int, choice: Questions = ALL_TEMPLATES, is_discriminative: Callable[[str], bool] = lambda sql: True
) -> Iterator[dict[str, Any]]:
    """Yield every question whose SQL is discriminative, shuffled, taking the templates in turn so that none dominates.

    `is_discriminative` is called from several threads: each template's next question is checked while the others' are used.
    """
    slots = SLOTS | {"category": _categories(clean)}
    chance = random.Random(seed)
    templates = {name: template for name, template in TEMPLATES.items() if choice.shapes == "all" or name in CORE | HELD_OUT}
    streams = [_instances(template, slots, choice.engine, random.Random(chance.random())) for template in templates.values()]
    threads = ThreadPoolExecutor(MAX_WORKERS, thread_name_prefix="questions")
    checked = [_prefetch((row for row in stream if is_discriminative(row["sql"])), threads) for stream in streams]
    unseen = [name in HELD_OUT for name in templates]
    seen, held_out = (_in_turn(list(itertools.compress(checked, mask))) for mask in ([not flag for flag in unseen], unseen))
    try:
        while batch := list(itertools.islice(seen, SEEN_PER_UNSEEN)):
            yield from batch
            yield from itertools.islice(held_out, 1)
        yield from held_out
    finally:
        threads.shutdown(cancel_futures=True)


def slots_of(template: QuestionTemplate) -> list[str]:
    """The names of a template's slots, in the order of their values in an entity."""
    return [name for name in (*SLOTS, "category") if f"{{{name}}}" in template.sql]


def _prefetch(stream: Iterator[dict[str, Any]], threads: ThreadPoolExecutor) -> Iterator[dict[str, Any]]:
    """Yield the same questions, computing the next one in a thread: twice as fast with several SQL processes."""
    upcoming = threads.submit(next, stream, None)
    while (row := upcoming.result()) is not None:
        upcoming = threads.submit(next, stream, None)
        yield row


def _in_turn(streams: list[Iterator[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    for round_ in itertools.zip_longest(*streams):
        yield from (row for row in round_ if row is not None)


def _instances(
    template: QuestionTemplate, slots: dict[str, list[str]], engine: Engine, chance: random.Random
) -> Iterator[dict[str, Any]]:
    """The questions of one template, with shuffled slot values."""
    names = slots_of(template)
    values = list(itertools.product(*(slots[name] for name in names)))
    chance.shuffle(values)
    split = {"side": "test"} if template.name in HELD_OUT else {}
    for chosen in values:
        filled = dict(zip(names, chosen, strict=True))
        if (sql := translate(template.sql.format(**filled), engine)) is None:
            return  # the engine cannot express this template, whatever its values
        entity = ":".join((template.name, *chosen))
        yield {
            "id": entity,
            "entity": entity,
            "cluster": template.name,  # a model masters a template or does not, whatever the values
            "question": chance.choice(template.wordings).format(**filled),
            "sql": sql,
            "unseen": template.name in HELD_OUT,
        } | split


def _categories(clean: Path) -> list[str]:
    """The 40 most frequent product categories."""
    products = tables.scan(clean / "olist" / "products.parquet", olist.TABLES["products"])
    counted = (
        products.drop_nulls("product_category_name")
        .group_by("product_category_name")
        .len()
        .sort(pl.col("len"), "product_category_name")
    )
    return list(counted.collect().get_column("product_category_name").reverse().head(40))
