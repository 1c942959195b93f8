"""How good a query is: does it parse, do its names exist, does it run, does it return what the gold query returns.

    verdict = judge("select count(*) from orders", gold, Sandbox.at(Path("data/facts/shop")))
    verdict.score        0.0 no SELECT · 0.05 parses · 0.1 names resolve · 0.2 runs · up to 0.82 by overlap · 1.0 equal
    judge_all([(said, gold), …], sandbox)     the same of a batch, by several processes at once; `judge` then remembers it

A query is equal only if its result is the gold's on every database, the original and the perturbed ones, where constants
and lucky guesses fail; it is then right, whatever it reads. All other credit is for a query on its way there:
  - what resolves and runs earns its 0.05 and 0.1 as far as it reads the gold's tables (F1 of the two sets), so that `SELECT 1`,
    or a table that always resolves, is worth no more than its parse;
  - overlap counts only for a query that shares a table with the gold, and is that on the worst of all databases, so that an
    answer known by heart, or nearly, earns nothing by it. A query that fails on a copy alone runs, and has no overlap.
Order matters if the gold query orders; rows that tie there may then come in either order, so gold queries break ties.
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

PARSES, RESOLVES, RUNS, OVERLAPS = 5, 5, 10, 65  # hundredths: the query of another question earns 0.2 on average
ORDER = re.compile(r"\border\b", re.IGNORECASE)  # and not `orders` or `order_id`


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
    known = sandbox.verdicts.get((sql_said, sql_gold))
    if isinstance(known, Verdict):
        return known
    verdict, fair = _judged(sql_said, sql_gold, sandbox)
    if fair:
        sandbox.verdicts.put((sql_said, sql_gold), verdict)
    return verdict


def _judged(sql_said: str, sql_gold: str, sandbox: Sandbox) -> tuple[Verdict, bool]:
    gold = gold_results(sql_gold, sandbox)
    ordered = is_ordered(sql_gold, sandbox.engine)
    original = sandbox.original
    said = sandbox.run_against(sql_said, gold[original])
    kin = _f1(set(gold[original].reads), set(said[original].reads))
    share = overlap(gold[original], said[original], ordered)
    bird = bird_equal(gold[original], said[original])
    if share == 1.0 or (share and kin):  # else no other database can add to it
        said |= sandbox.run_all(sql_said, [name for name in sandbox.databases if name not in said])
        share = min(share, *(overlap(gold[name], said[name], ordered) for name in said))
    return _verdict(said[original], share, kin, bird), all(result.fair for result in said.values())


def _verdict(said: Result, share: float, kin: float, bird: bool) -> Verdict:
    """`said` is what the query came to on the original: one that fails on a copy alone runs, and its `share` is 0."""
    if said.failure:
        parses = said.failure not in ("not_parsed", "not_select")
        resolves = parses and said.failure != "names"
        return Verdict(
            parses=parses,
            resolves=resolves,
            runs=False,
            equal=False,
            bird=False,
            score=(PARSES + RESOLVES * kin) / 100 if resolves else PARSES / 100 if parses else 0.0,
            failure=said.failure,
            why=said.why,
        )
    equal = share == 1.0
    score = 1.0 if equal else (PARSES + (RESOLVES + RUNS) * kin + (OVERLAPS * share if kin else 0.0)) / 100
    return Verdict(parses=True, resolves=True, runs=True, equal=equal, bird=bird, score=score)


def judge_all(pairs: Sequence[tuple[str, str]], sandbox: Sandbox) -> list[Verdict]:
    """The verdict on each pair of a query and its gold query; as many are run at once as the sandbox has processes.

    Gold queries come first, each once, and no pair is judged twice; what is found is kept for `judge`.
    """
    golds, different = list(dict.fromkeys(gold for _, gold in pairs)), list(dict.fromkeys(pairs))
    if sandbox.workers == 1:
        verdicts = [judge(said, gold, sandbox) for said, gold in different]
    else:
        with ThreadPoolExecutor(sandbox.workers) as threads:
            list(threads.map(lambda gold: gold_results(gold, sandbox), golds))
            verdicts = list(threads.map(lambda pair: judge(pair[0], pair[1], sandbox), different))
    found = dict(zip(different, verdicts, strict=True))
    return [found[pair] for pair in pairs]


def gold_results(sql: str, sandbox: Sandbox) -> dict[str, Result]:
    """What a gold query returns in each database."""
    gold = sandbox.run_all(sql, gold=True)
    for name, result in gold.items():
        if result.failure:
            raise VerifierError(f"the gold query fails on the database {name!r} ({result.failure}: {result.why}): {sql}")
    return gold


def _f1(gold: set[str], said: set[str]) -> float:
    """How much two sets of tables have in common; a gold query that reads none asks for none."""
    return 2 * len(gold & said) / (len(gold) + len(said)) if gold else 1.0


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
