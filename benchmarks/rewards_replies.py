"""Replies as a model writes them: right, nearly right, wrong and broken, as many as are asked for and no two the same text.

    chance = random.Random(7)
    extract_reply(gold, chance)          '```json\\n{"nota": 1, …}\\n```'
    right("SELECT COUNT(*) FROM orders", 12)    'WITH r12 AS (SELECT COUNT(*) FROM orders) SELECT * FROM r12'
    wrong(golds, 3, 12), broken(gold, 12)       one that runs and returns something else, one that does not run

`number` makes the text of a query its own, so that no result is remembered from an earlier one.
"""

import json
import random
import re

import sqlglot
from sqlglot import expressions

MIX = {"right": 5, "wrong": 3, "broken": 2}  # of ten SQL replies


def extract_reply(gold: str, chance: random.Random) -> str:
    """Four in ten are the gold, two have a field wrong, the others stand in prose or a fence, or are broken."""
    drawn = chance.random()
    record = json.loads(gold)
    if drawn < 0.4:
        return gold
    if drawn < 0.6:
        field = chance.choice(list(record))
        record[field] = not record[field] if isinstance(record[field], bool) else chance.choice(["nenhum", "SP", 3, None])
        return json.dumps(record, ensure_ascii=False)
    if drawn < 0.75:
        return f"Claro! Segue o registro da avaliação {chance.randrange(10_000)}:\n\n{gold}\n\nEspero ter ajudado."
    if drawn < 0.9:
        return f"```json\n{json.dumps(record, ensure_ascii=False, indent=2)}\n```"
    return chance.choice([gold[: chance.randrange(1, len(gold))], gold + gold, gold.replace('"', "'"), "Não sei."])


def right(gold: str, number: int) -> str:
    """The gold in other words."""
    ways = [_in_cte, _in_brackets, _with_a_condition, _with_other_names, _in_other_columns]
    return ways[number % len(ways)](gold, number)


def wrong(golds: list[str], place: int, number: int) -> str:
    """The answer to another question, this one's with a column too many, or a count of its rows that is off."""
    gold = golds[place]
    if number % 3 == 0:
        return _with_a_condition(golds[(place + 1 + number % (len(golds) - 1)) % len(golds)], number)
    if number % 3 == 1:
        return f"SELECT *, {number} AS n FROM ({gold}) AS r{number}"
    return f"SELECT COUNT(*) + {number} FROM ({gold}) AS r{number}"


def broken(gold: str, number: int) -> str:
    """A column, a table or a function that does not exist; what does not parse; two statements; prose."""
    ways = [
        f"SELECT coluna_{number} FROM ({gold}) AS r",
        re.sub(r"(?i)\bfrom \w+", f"FROM pedidos_{number}", gold, count=1),
        f"SELECT total_{number}(*) FROM ({gold}) AS r",
        f"SELECT {number} FROM WHERE {gold}",
        f"{gold}; SELECT {number}",
        f"A consulta {number} conta os pedidos do estado.",
        f"SELECT ({gold} AS r{number}",
    ]
    return ways[number % len(ways)]


def _parsed(gold: str) -> expressions.Select:
    query = sqlglot.parse_one(gold, read="duckdb")
    if not isinstance(query, expressions.Select):
        raise ValueError(f"a gold query should be one plain SELECT, and this is a {type(query).__name__}: {gold}")
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
    """The columns the other way round, where no ORDER BY would be lost."""
    query = _parsed(gold)
    if query.args.get("order") or len(query.expressions) < 2 or query.ctes:
        return _with_a_condition(gold, number)
    names = [f"c{place}" for place in range(len(query.expressions))]
    return f"SELECT {', '.join(reversed(names))} FROM ({gold}) AS r{number}({', '.join(names)})"
