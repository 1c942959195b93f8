"""sql -- read a question about the shop and its schema, answer with one SELECT.

    Quantos pedidos vieram de SP em 2017?
    SELECT COUNT(*) FROM orders JOIN customers USING (customer_id) WHERE customer_state = 'SP' AND YEAR(…) = 2017

The query is run, never compared as text: 0.05 if it parses, 0.1 if its names resolve, 0.2 if it runs, more as its
result overlaps the gold result, and 1.0 only if the two are equal on the original shop and on every perturbed copy.
Rewards are earned on some orders of the shop, the benchmark runs on all of them; the copies are made up (facts/shop_copies.py).
Below that, what it reads must be what the gold query reads (`verifiers/sql.py`): `SELECT 1` earns its parse, 0.05.
With `format.questions.engine: sqlite` it is SQLite's SQL that is asked for, and SQLite that runs it.
A fenced query counts as well as a bare one; whatever else stands beside it is part of the query, and fails.

`analyst` is the same task on questions written by hand (facts/analyst.py), all of them on the test side. A question of a shape
that no training prompt has is `unseen`, and those are counted apart.
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
from vitrine.verifiers.sql import judge as sandbox
from vitrine.verifiers.sql.sandbox import Engine

FENCE = re.compile(r"```(?:sql)?\s(?P<query>.*)```", re.DOTALL)
MOST_VALUES = 2_000  # of a gold query's results in a row's facts; in nine of ten rows they are fewer than sixty
DIALECTS: Mapping[Engine, str] = {"duckdb": "", "sqlite": " do SQLite"}


class DatabaseQuestion(Input):
    """A question about a shop, and the tables that it is asked of."""

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
    verdict = sandbox.judge(extract_query(reply), facts["sql"], _informed(_box(facts["shop"], facts["engine"]), facts))
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
    """The query of a reply."""
    answer = answer_of(reply)
    return fenced["query"].strip() if (fenced := FENCE.fullmatch(answer)) else answer


def prepare(batch: Sequence[tuple[str, Facts]]) -> None:
    """Run the queries of a batch, several at once, so that one that never ends holds up no other; `grade` finds the verdicts."""
    places: dict[tuple[str, Engine], list[tuple[str, Facts]]] = {}
    for reply, facts in batch:
        places.setdefault((facts["shop"], facts["engine"]), []).append((extract_query(reply), facts))
    for place, asked in places.items():
        box = _box(*place)
        for _, facts in asked:
            _informed(box, facts)
        sandbox.judge_all([(said, facts["sql"]) for said, facts in asked], box)


class Own(TypedDict):
    """What a question is asked of."""

    shop: str  # some of its orders, on which a reward is quick
    whole: str  # all of them
    engine: Engine


def _box(shop: str, engine: Engine) -> sandbox.Sandbox:
    return sandbox.Sandbox.at(Path(shop), engine=engine)


def _informed(box: sandbox.Sandbox, facts: Facts) -> sandbox.Sandbox:
    """It need not run the gold query, which takes as long as each of the replies to it."""
    for query, results in facts.get("known", {}).items():
        box.preload(query, results)
    return box


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    parts = [answer["components"] for answer in answers]
    kinds = {"seen": [part for part in parts if not part["unseen"]], "unseen": [part for part in parts if part["unseen"]]}
    return {
        "execution_accuracy": fmean(part["equal"] for part in parts),
        **{f"execution_accuracy_{kind}": fmean(part["equal"] for part in some) for kind, some in kinds.items() if some},
        "bird_accuracy": fmean(part["bird"] for part in parts),
        "runs": fmean(part["runs"] for part in parts),
    }


def examples(config: ExampleConfig, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Questions whose answer differs between the copies of the shop: where it does not, a constant would earn 1.0."""
    own = _own(config)
    box = _box(own["shop"], own["engine"])
    telling = questions.examples(config.clean, seed=seed, choice=config.questions, is_discriminative=lambda sql: _tells(box, sql))
    return [example | own | {"known": _known(box, example["sql"])} for example in itertools.islice(telling, limit)]


def written_by_hand(config: ExampleConfig, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """The analyst's questions that tell, in an order that the seed decides."""
    own = _own(config)
    box = _box(own["shop"], own["engine"])
    telling = (example for example in analyst.examples(seed=seed, engine=own["engine"]) if _tells(box, example["sql"]))
    more = {"side": "test", "unseen": True}
    return [example | own | more | {"known": _known(box, example["sql"])} for example in itertools.islice(telling, limit)]


def _own(config: ExampleConfig) -> Own:
    return {"shop": str(config.facts / "shop"), "whole": str(config.facts / "whole"), "engine": config.questions.engine}


def _tells(box: sandbox.Sandbox, gold: str) -> bool:
    original, *copies = box.run_all(gold, gold=True).values()
    if original.failure:
        raise VerifierError(f"a gold query fails ({original.failure}: {original.why}): {gold}")
    return bool(original.rows) and not any(sandbox.same_result(original, copy) for copy in copies)


def _known(box: sandbox.Sandbox, gold: str) -> dict[str, dict[str, dict[str, Any]]]:
    """By its text, what a gold query returns in each database, as `_tells` has just asked; not if that is too much for a row.

    It goes by the text so that whoever puts another query into a row has it run, and not judged by what the old one returned.
    """
    results = box.run_all(gold, gold=True)
    values = [value for result in results.values() for row in result.rows for value in row]
    if len(values) > MOST_VALUES or any(isinstance(value, float) and not math.isfinite(value) for value in values):
        return {}  # nor what JSON cannot say
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
