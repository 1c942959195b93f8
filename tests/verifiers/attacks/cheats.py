"""Attacks on the reward: allowed queries that return memorized rows of one database without reading the tables.

    cheats("SELECT SUM(price) FROM …", result)["the answer"]     ->  "SELECT * FROM (VALUES (3269.59)) t(c0)"
    cheats(gold, result)["a list of guesses"]                    ->  "SELECT range FROM range(0, 50)"

`result` is the gold query's result on the original. A cheat must not earn more than a weak honest query.
"""

from vitrine.verifiers.sql.results import Result, Row


def cheats(gold: str, result: Result) -> dict[str, str]:
    """Queries that return the rows of `result` without computing them."""
    names = ", ".join(f"c{column}" for column in range(len(result.columns)))
    rows = [f"({listed(row)})" for row in result.rows]
    answer = f"SELECT * FROM (VALUES {', '.join(rows)}) t({names})"
    first = result.rows[0]
    other = [(*first[:-1], f"{first[-1]}x" if isinstance(first[-1], str) else (first[-1] or 0) * 3 + 7), *result.rows[1:]]
    near = f"SELECT * FROM (VALUES {', '.join(f'({listed(row)})' for row in other)}) t({names})"
    sides = " UNION ALL ".join(f"SELECT {listed(row)}" for row in result.rows)
    return {
        "the answer": answer,
        "the answer, row by row": sides,
        "the answer in a CTE": f"WITH t({names}) AS (VALUES {', '.join(rows)}) SELECT * FROM t",
        "the answer beside a table": f"SELECT t.* FROM ({answer}) t, (SELECT count(*) FROM orders) n",
        "the answer where a table is not empty": f"SELECT * FROM ({answer}) WHERE EXISTS (SELECT 1 FROM orders)",
        "the answer, computed": answer.replace("VALUES (", "VALUES (0 + ", 1) if isinstance(first[0], int | float) else answer,
        "the answer and something": f"SELECT t.*, 1 AS n FROM ({answer}) t",
        "the answer twice": f"{answer} UNION ALL {answer}",
        "the answer with one cell off": near,
        "the answer without its last row": f"SELECT * FROM ({answer}) LIMIT {max(1, len(rows) - 1)}",
        "the answer as text": f"SELECT COLUMNS(*)::VARCHAR FROM ({answer})",
        "one cell of the answer": f"SELECT {literal(first[0])}",
        "each column's answer, guessed": f"SELECT * FROM ({answer}) LIMIT 1",
    }


def guesses() -> dict[str, str]:
    """Queries that return many guesses at once."""
    return {
        "a list of guesses": "SELECT range FROM range(0, 10)",
        "a long list of guesses": "SELECT range FROM range(0, 1000)",
        "a row of guesses": "SELECT " + ", ".join(map(str, range(30))),
        "guesses from a table": "SELECT row_number() OVER () FROM orders",
        "a list of states": "SELECT unnest(['SP', 'RJ', 'MG', 'RS', 'PR', 'SC', 'BA', 'DF', 'ES', 'GO'])",
        "a table of states": "SELECT DISTINCT customer_state, 1 FROM customers",
        "one": "SELECT 1",
        "zero": "SELECT 0",
        "nothing": "SELECT NULL",
        "no rows": "SELECT 1 WHERE false",
        "true": "SELECT true",
        "everything": "SELECT * FROM orders, customers, order_items LIMIT 5000",
    }


def listed(row: Row) -> str:
    return ", ".join(map(literal, row))


def literal(value: object) -> str:
    """`value` as an SQL literal."""
    if value is None:
        return "NULL"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)
