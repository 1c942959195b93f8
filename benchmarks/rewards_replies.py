"""SQL and `extract` replies as a model writes them: right, nearly right, wrong and broken, no two with the same text.

    rng = random.Random(7)
    extract_reply(gold, rng)             '```json\\n{"nota": 1, …}\\n```'
    right("SELECT COUNT(*) FROM orders", 12)    'WITH r12 AS (SELECT COUNT(*) FROM orders) SELECT * FROM r12'
    wrong(golds, 3, 12), broken(gold, 12)       a query with another result, and one that does not run

`number` makes the text of a query unique, so that its result is not in a cache.
"""

import json
import random
import re

import sqlglot
from sqlglot import expressions

MIX = {"right": 5, "wrong": 3, "broken": 2}  # of ten SQL replies


def extract_reply(gold: str, rng: random.Random) -> str:
    """Four in ten are the gold reply, two have a wrong field, the others are in prose or a code fence, or are broken."""
    drawn = rng.random()
    record = json.loads(gold)
    if drawn < 0.4:
        return gold
    if drawn < 0.6:
        field = rng.choice(list(record))
        record[field] = not record[field] if isinstance(record[field], bool) else rng.choice(["nenhum", "SP", 3, None])
        return json.dumps(record, ensure_ascii=False)
    if drawn < 0.75:
        return f"Claro! Segue o registro da avaliação {rng.randrange(10_000)}:\n\n{gold}\n\nEspero ter ajudado."
    if drawn < 0.9:
        return f"```json\n{json.dumps(record, ensure_ascii=False, indent=2)}\n```"
    return rng.choice([gold[: rng.randrange(1, len(gold))], gold + gold, gold.replace('"', "'"), "Não sei."])


def right(gold: str, number: int) -> str:
    """The gold query, written differently."""
    variants = [_in_cte, _in_brackets, _with_a_condition, _with_other_names, _in_other_columns]
    return variants[number % len(variants)](gold, number)


def wrong(golds: list[str], place: int, number: int) -> str:
    """The gold query of another question, this gold query with an extra column, or a wrong count of its rows."""
    gold = golds[place]
    if number % 3 == 0:
        return _with_a_condition(golds[(place + 1 + number % (len(golds) - 1)) % len(golds)], number)
    if number % 3 == 1:
        return f"SELECT *, {number} AS n FROM ({gold}) AS r{number}"
    return f"SELECT COUNT(*) + {number} FROM ({gold}) AS r{number}"


def broken(gold: str, number: int) -> str:
    """A query with an unknown column, table or function; a query that does not parse; two statements; prose."""
    variants = [
        f"SELECT coluna_{number} FROM ({gold}) AS r",
        re.sub(r"(?i)\bfrom \w+", f"FROM pedidos_{number}", gold, count=1),
        f"SELECT total_{number}(*) FROM ({gold}) AS r",
        f"SELECT {number} FROM WHERE {gold}",
        f"{gold}; SELECT {number}",
        f"A consulta {number} conta os pedidos do estado.",
        f"SELECT ({gold} AS r{number}",
    ]
    return variants[number % len(variants)]


def _parsed(gold: str) -> expressions.Select:
    query = sqlglot.parse_one(gold, read="duckdb")
    if not isinstance(query, expressions.Select):
        raise ValueError(f"a gold query must be one plain SELECT; this is a {type(query).__name__}: {gold}")
    return query


def _in_cte(gold: str, number: int) -> str:
    query = _parsed(gold)
    if query.args.get("order") or query.ctes:
        return _in_brackets(gold, number)
    return f"WITH r{number} AS ({gold}) SELECT * FROM r{number}"


def _in_brackets(gold: str, number: int) -> str:
    return f"(({gold})) -- {number}"


def _with_a_condition(gold: str, number: int) -> str:
    query = _parsed(gold)
    return query.where(f"{number} = {number}").sql("duckdb") if query.args.get("from_") or query.args.get("from") else gold


def _with_other_names(gold: str, number: int) -> str:
    query = _parsed(gold)
    named = [
        expressions.alias_(column.unalias() if not column.alias else column, f"n{number}_{place}") if not column.alias else column
        for place, column in enumerate(query.expressions)
    ]
    query.set("expressions", named)
    return f"{query.sql('duckdb')} -- {number}"


def _in_other_columns(gold: str, number: int) -> str:
    """The columns in reverse order. A query with ORDER BY gets a condition instead."""
    query = _parsed(gold)
    if query.args.get("order") or len(query.expressions) < 2 or query.ctes:
        return _with_a_condition(gold, number)
    names = [f"c{place}" for place in range(len(query.expressions))]
    return f"SELECT {', '.join(reversed(names))} FROM ({gold}) AS r{number}({', '.join(names)})"
