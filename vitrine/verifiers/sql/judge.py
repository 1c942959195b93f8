"""Scores a query: does it parse, do its names resolve, does it run, does it return the gold query's result?

    verdict = judge("select count(*) from orders", gold, Sandbox.at(Path("data/facts/shop")))
    verdict.score        0.0 no SELECT · 0.05 parses · 0.1 names resolve · 0.2 runs · up to 0.82 by overlap · 1.0 equal
    judge_all([(predicted, gold), …], sandbox)     scores a batch in parallel; `judge` then finds the verdicts in the cache

A query is equal if it returns the gold result on every database: the original and the perturbed copies, where constants and lucky
guesses fail. It then earns 1.0, whatever tables it reads. Other queries earn partial credit:
  - the 0.05 for resolving and 0.1 for running are multiplied by the F1 of the tables read and the gold's tables, so that
    `SELECT 1`, or a table that always resolves, earns no more than for parsing;
  - overlap counts only if the query shares a table with the gold query. It is the lowest overlap on any database, so that
    memorized results earn nothing. A query that fails only on a copy counts as run, with overlap 0.
Row order matters if the gold query has an ORDER BY. Tied rows could then come in any order, so gold queries break ties.
"""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import expressions
from sqlglot.errors import SqlglotError

from vitrine.errors import VerifierError
from vitrine.verifiers.sql.results import Result, bird_equal, overlap, same_result
from vitrine.verifiers.sql.sandbox import Sandbox

__all__ = ["Result", "Sandbox", "Verdict", "bird_equal", "is_ordered", "judge", "judge_all", "overlap", "same_result"]

PARSES, RESOLVES, RUNS, OVERLAPS = 5, 5, 10, 65  # hundredths; a query of another question earns 0.2 on average
ORDER = re.compile(r"\border\b", re.IGNORECASE)  # but not `orders` or `order_id`


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How far a query got; each stage includes the earlier ones."""

    parses: bool  # as one SELECT
    resolves: bool
    runs: bool
    equal: bool
    bird: bool  # equal by BIRD's metric: sets of rows on the original database
    score: float
    failure: str | None = None  # kind of failure, see `Result`; `why` has the detail
    why: str = ""


def judge(predicted_sql: str, gold_sql: str, sandbox: Sandbox) -> Verdict:
    """Score a predicted query against a gold query. Raises VerifierError if the gold query fails."""
    cached = sandbox.verdicts.get((predicted_sql, gold_sql))
    if isinstance(cached, Verdict):
        return cached
    verdict, fair = _judge_uncached(predicted_sql, gold_sql, sandbox)
    if fair:
        sandbox.verdicts.put((predicted_sql, gold_sql), verdict)
    return verdict


def _judge_uncached(predicted_sql: str, gold_sql: str, sandbox: Sandbox) -> tuple[Verdict, bool]:
    gold = gold_results(gold_sql, sandbox)
    ordered = is_ordered(gold_sql, sandbox.engine)
    original = sandbox.original
    predicted = sandbox.run_against(predicted_sql, gold[original])
    table_f1 = _f1(set(gold[original].reads), set(predicted[original].reads))
    share = overlap(gold[original], predicted[original], ordered)
    bird = bird_equal(gold[original], predicted[original])
    if share == 1.0 or (share and table_f1):  # otherwise the copies cannot change the score
        predicted |= sandbox.run_all(predicted_sql, [name for name in sandbox.databases if name not in predicted])
        share = min(share, *(overlap(gold[name], predicted[name], ordered) for name in predicted))
    return _verdict(predicted[original], share, table_f1, bird), all(result.fair for result in predicted.values())


def _verdict(predicted: Result, share: float, table_f1: float, bird: bool) -> Verdict:
    """The verdict from the result on the original. `share` is 0 if the query fails on a copy only."""
    if predicted.failure:
        parses = predicted.failure not in ("not_parsed", "not_select")
        resolves = parses and predicted.failure != "names"
        return Verdict(
            parses=parses,
            resolves=resolves,
            runs=False,
            equal=False,
            bird=False,
            score=(PARSES + RESOLVES * table_f1) / 100 if resolves else PARSES / 100 if parses else 0.0,
            failure=predicted.failure,
            why=predicted.why,
        )
    equal = share == 1.0
    score = 1.0 if equal else (PARSES + (RESOLVES + RUNS) * table_f1 + (OVERLAPS * share if table_f1 else 0.0)) / 100
    return Verdict(parses=True, resolves=True, runs=True, equal=equal, bird=bird, score=score)


def judge_all(pairs: Sequence[tuple[str, str]], sandbox: Sandbox) -> list[Verdict]:
    """The verdict on each pair of predicted and gold query, computed in parallel if the sandbox has several workers.

    Gold queries run first, each once, and no pair is judged twice. The verdicts are cached for `judge`.
    """
    golds, distinct = list(dict.fromkeys(gold for _, gold in pairs)), list(dict.fromkeys(pairs))
    if sandbox.workers == 1:
        verdicts = [judge(predicted, gold, sandbox) for predicted, gold in distinct]
    else:
        with ThreadPoolExecutor(sandbox.workers) as threads:
            list(threads.map(lambda gold: gold_results(gold, sandbox), golds))
            verdicts = list(threads.map(lambda pair: judge(pair[0], pair[1], sandbox), distinct))
    by_pair = dict(zip(distinct, verdicts, strict=True))
    return [by_pair[pair] for pair in pairs]


def gold_results(sql: str, sandbox: Sandbox) -> dict[str, Result]:
    """The gold query's result in each database."""
    gold = sandbox.run_all(sql, gold=True)
    for name, result in gold.items():
        if result.failure:
            raise VerifierError(f"the gold query fails on the database {name!r} ({result.failure}: {result.why}): {sql}")
    return gold


def _f1(gold: set[str], predicted: set[str]) -> float:
    """F1 of two sets of tables; 1.0 if the gold query reads no table."""
    return 2 * len(gold & predicted) / (len(gold) + len(predicted)) if gold else 1.0


@lru_cache(maxsize=4_096)
def is_ordered(sql: str, dialect: str = "duckdb") -> bool:
    """Whether the outermost query has an ORDER BY."""
    if not ORDER.search(sql):
        return False
    try:
        query = sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError):
        return False
    while isinstance(query, expressions.Subquery) and not query.args.get("order"):
        query = query.this
    return query.args.get("order") is not None
