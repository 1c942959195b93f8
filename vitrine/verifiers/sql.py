"""How good a query is: does it parse, do its names exist, does it run, does it return what the gold query returns.

    verdict = judge("select count(*) from orders", gold, Sandbox.at(Path("data/facts/shop")))
    verdict.score        0.0 no SELECT · 0.1 parses · 0.2 names resolve · 0.3 runs · up to 0.95 by overlap · 1.0 equal

A query is equal only if its result is the gold's on every database, the original and the perturbed ones, where constants
and lucky guesses fail. Partial credit is the overlap on the original, or on the worst copy if the original is equal.
Order matters if the gold query orders; rows that tie there may then come in either order, so gold queries break ties.
"""

from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import expressions
from sqlglot.errors import SqlglotError

from vitrine.errors import VerifierError
from vitrine.verifiers.sql_results import Result, bird_equal, overlap, same_result
from vitrine.verifiers.sql_sandbox import Sandbox

__all__ = ["Result", "Sandbox", "Verdict", "bird_equal", "is_ordered", "judge", "overlap", "same_result"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How far a query got; each stage includes those before it."""

    parses: bool  # as one SELECT
    resolves: bool
    runs: bool
    equal: bool
    bird: bool  # equal by BIRD's measure: sets of rows, on the original database
    score: float
    failure: str | None = None  # of `Result`, with `why`
    why: str = ""


def judge(sql_said: str, sql_gold: str, sandbox: Sandbox) -> Verdict:
    """Score `sql_said` by what `sql_gold` returns; VerifierError if that fails, for then nothing can be scored."""
    gold = sandbox.run_all(sql_gold, gold=True)
    for name, result in gold.items():
        if result.failure:
            raise VerifierError(f"the gold query fails on the database {name!r} ({result.failure}: {result.why}): {sql_gold}")
    ordered = is_ordered(sql_gold)
    original = next(iter(gold))
    said = {original: sandbox.run(sql_said, original)}
    if same_result(gold[original], said[original], ordered):  # else it cannot be right, and the copies need not be asked
        said = sandbox.run_all(sql_said)
    broken = next((result for result in said.values() if result.failure), None)
    if broken is not None:
        parses = broken.failure not in ("not_parsed", "not_select")
        resolves = parses and broken.failure != "names"
        score = 0.2 if resolves else 0.1 if parses else 0.0
        return Verdict(
            parses=parses,
            resolves=resolves,
            runs=False,
            equal=False,
            bird=False,
            score=score,
            failure=broken.failure,
            why=broken.why,
        )
    share = min(overlap(gold[name], said[name], ordered) for name in said)
    equal = share == 1.0
    return Verdict(
        parses=True,
        resolves=True,
        runs=True,
        equal=equal,
        bird=bird_equal(gold[original], said[original]),
        score=1.0 if equal else 0.3 + 0.65 * share,
    )


@lru_cache(maxsize=4_096)
def is_ordered(sql: str) -> bool:
    """Whether the outermost query has an ORDER BY."""
    try:
        query = sqlglot.parse_one(sql, read="duckdb")
    except (SqlglotError, RecursionError):
        return False
    while isinstance(query, expressions.Subquery) and not query.args.get("order"):
        query = query.this
    return query.args.get("order") is not None
