"""sql -- read a question about the shop and its schema and answer with one SELECT.

    Quantos pedidos vieram de SP em 2017?
    SELECT COUNT(*) FROM orders JOIN customers USING (customer_id) WHERE customer_state = 'SP' AND YEAR(…) = 2017

The query is run, never compared as text. It earns 0.05 if it parses, 0.1 if its names resolve, 0.2 if it runs, more as its result
overlaps the gold result, and 1.0 only if the results are equal on the original shop and on every perturbed copy
(facts/shop_copies.py). Below 1.0, a query earns points only for reading the tables that the gold query reads (`verifiers/sql`):
`SELECT 1` earns 0.05 for parsing. GRPO grades on a part of the shop's orders, the benchmark on all of them.
With `format.questions.engine: sqlite`, the prompt requests SQLite's SQL and SQLite runs it.
A fenced query counts like a bare one. Any text around it becomes part of the query, which then fails.

`analyst` is the same task on questions written by hand (facts/analyst.py), all in the test split. A question is `unseen` if no
training prompt has its template; unseen questions are also scored separately.
"""

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any, TypedDict

from pydantic import Field

from vitrine.errors import VerifierError
from vitrine.facts import analyst, questions, shop
from vitrine.tasks.task import ExampleConfig, Facts, Grade, Input, Task, Text
from vitrine.verifiers.replies import answer_of
from vitrine.verifiers.sql.judge import judge, judge_all, same_result
from vitrine.verifiers.sql.sandbox import Engine, Sandbox

FENCE = re.compile(r"```(?:sql)?\s(?P<query>.*)```", re.DOTALL)
MAX_PRELOADED_VALUES = 2_000  # of gold results in a row's facts; nine rows in ten have fewer than sixty
DIALECTS: Mapping[Engine, str] = {"duckdb": "", "sqlite": " do SQLite"}


class DatabaseQuestion(Input):
    """A question about a shop, and the shop's tables."""

    question: Text = Field(description="question in Portuguese", examples=["Quantos pedidos vieram de SP em 2017?"])
    tables: Text = Field(
        default=shop.SCHEMA, description="one table a line, with its columns", examples=["orders(order_id, customer_id)"]
    )
    engine: Engine = Field(default="duckdb", description="engine whose SQL is wanted", examples=["duckdb"])

    def prompt(self) -> str:
        return f"[SQL] Responda com um SELECT{DIALECTS[self.engine]}.\n{self.tables}\nPergunta: {self.question}"

    def facts(self) -> dict[str, Any]:
        return {"engine": self.engine}


def grade(reply: str, facts: Facts) -> Grade:
    sandbox = _open(facts["shop"], facts["engine"])
    _preload_gold(sandbox, facts)
    verdict = judge(extract_query(reply), facts["sql"], sandbox)
    stages = {
        "parses": verdict.parses,
        "resolves": verdict.resolves,
        "runs": verdict.runs,
        "equal": verdict.equal,
        "bird": verdict.bird,
    }
    parts = stages | {"unseen": bool(facts.get("unseen"))}
    return Grade(score=verdict.score, components={name: float(part) for name, part in parts.items()})


def extract_query(reply: str) -> str:
    """The query in a reply, without its fence."""
    answer = answer_of(reply)
    return fenced["query"].strip() if (fenced := FENCE.fullmatch(answer)) else answer


def prepare(batch: Sequence[tuple[str, Facts]]) -> None:
    """Run the queries of a batch in parallel, so that a slow query delays no other. `grade` then reads the cached verdicts."""
    by_database: dict[tuple[str, Engine], list[tuple[str, Facts]]] = {}
    for reply, facts in batch:
        by_database.setdefault((facts["shop"], facts["engine"]), []).append((extract_query(reply), facts))
    for database, queries in by_database.items():
        sandbox = _open(*database)
        for _, facts in queries:
            _preload_gold(sandbox, facts)
        judge_all([(query, facts["sql"]) for query, facts in queries], sandbox)


class Databases(TypedDict):
    """The databases that queries run on. Its keys are facts of an example."""

    shop: str  # folder with a part of the orders, for fast rewards
    whole: str  # folder with all orders, for the benchmark
    engine: Engine


def _open(shop: str, engine: Engine) -> Sandbox:
    return Sandbox.at(Path(shop), engine=engine)


def _preload_gold(sandbox: Sandbox, facts: Facts) -> None:
    """Give the sandbox the gold results, so that it need not run the gold query, which takes as long as a reply's query."""
    for query, results in facts.get("known", {}).items():
        sandbox.preload(query, results)


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    parts = [answer["components"] for answer in answers]
    by_kind = {"seen": [part for part in parts if not part["unseen"]], "unseen": [part for part in parts if part["unseen"]]}
    return {
        "execution_accuracy": fmean(part["equal"] for part in parts),
        **{f"execution_accuracy_{kind}": fmean(part["equal"] for part in own) for kind, own in by_kind.items() if own},
        "bird_accuracy": fmean(part["bird"] for part in parts),
        "runs": fmean(part["runs"] for part in parts),
    }


def examples(config: ExampleConfig, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Questions whose answer differs between the copies of the shop. If it did not, a constant could earn 1.0."""
    databases = _databases(config)
    sandbox = _open(databases["shop"], databases["engine"])
    discriminative = questions.examples(
        config.clean, seed=seed, choice=config.questions, is_discriminative=lambda query: _is_discriminative(sandbox, query)
    )
    return [
        example | databases | {"known": _gold_results(sandbox, example["sql"])}
        for example in itertools.islice(discriminative, limit)
    ]


def written_by_hand(config: ExampleConfig, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """The analyst's discriminative questions, in an order set by the seed."""
    databases = _databases(config)
    sandbox = _open(databases["shop"], databases["engine"])
    rows = analyst.examples(seed=seed, engine=databases["engine"])
    discriminative = (row for row in rows if _is_discriminative(sandbox, row["sql"]))
    fixed = {"side": "test", "unseen": True}
    return [
        row | databases | fixed | {"known": _gold_results(sandbox, row["sql"])} for row in itertools.islice(discriminative, limit)
    ]


def _databases(config: ExampleConfig) -> Databases:
    return {"shop": str(config.facts / "shop"), "whole": str(config.facts / "whole"), "engine": config.questions.engine}


def _is_discriminative(sandbox: Sandbox, gold: str) -> bool:
    """Whether the gold query returns rows, and another result on every perturbed copy."""
    original, *copies = sandbox.run_all(gold, gold=True).values()
    if original.failure:
        raise VerifierError(f"a gold query fails ({original.failure}: {original.why}): {gold}")
    return bool(original.rows) and not any(same_result(original, copy) for copy in copies)


def _gold_results(sandbox: Sandbox, gold: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Map the gold query to its result in each database, which `_is_discriminative` has cached; empty if too large for a row.

    The key is the query's text: if someone edits the query in a row, it is run and not judged by the old result.
    """
    results = sandbox.run_all(gold, gold=True)
    values = [value for result in results.values() for row in result.rows for value in row]
    if len(values) > MAX_PRELOADED_VALUES or any(isinstance(value, float) and not math.isfinite(value) for value in values):
        return {}  # JSON has no infinity and no NaN
    return {gold: {name: result.to_json() for name, result in results.items()}}


TASK = Task(
    name="sql",
    language="pt",
    sources=("olist",),
    examples=examples,
    template=DatabaseQuestion(question="{question}").prompt(),
    input=DatabaseQuestion,
    gold=lambda example: str(example["sql"]),
    gold_facts=lambda example: {name: example[name] for name in ("sql", "shop", "whole", "unseen", "known")},
    benchmark_facts=lambda facts: {**facts, "shop": facts["whole"], "known": {}},
    grade=grade,
    prepare=prepare,
    headline=headline,
    max_tokens=112,
)
ANALYST = replace(TASK, name="analyst", examples=written_by_hand, max_tokens=192)
