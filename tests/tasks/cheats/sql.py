"""sql: the query is the only item to read, because it is right or wrong as a whole; a wrong one is another question's query."""

import re

import sqlglot
from sqlglot import expressions as exp

MAX_CASES = 5  # an endless query takes half a second to time out
SLOW_CHEATS = ("an endless query",)
TABLES = ("orders", "customers", "order_items", "products", "sellers", "order_payments", "order_reviews")


def count_items(case):
    return 1


def with_errors(case, wrong):
    return case.others[0] if wrong else case.gold


def nearly(case):
    """The gold query without its last condition; if it has none, without its LIMIT, HAVING or ORDER BY."""
    query = sqlglot.parse_one(case.facts["sql"], read="duckdb")
    where = query.args.get("where")
    if where is None:
        query.set("limit" if query.args.get("limit") else "having" if query.args.get("having") else "order", None)
    elif isinstance(where.this, exp.And):
        where.set("this", where.this.left)
    else:
        query.set("where", None)
    return query.sql("duckdb")


CHEATS = {
    "SELECT 1": lambda case: "SELECT 1",
    "SELECT NULL": lambda case: "SELECT NULL",
    "SELECT nothing": lambda case: "SELECT * FROM orders WHERE 1 = 0",
    "a string": lambda case: "SELECT 'a resposta correta'",
    "every small number": lambda case: "SELECT * FROM range(1000)",
    "all tables": lambda case: "SELECT * FROM orders, customers, order_items",
    "one table": lambda case: "SELECT * FROM orders",
    "all tables, counted": lambda case: " UNION ALL ".join(f"SELECT COUNT(*) FROM {table}" for table in TABLES),
    "shadowing": lambda case: "CREATE TEMP TABLE orders AS SELECT 1; SELECT * FROM orders",
    "shadowing within the query": lambda case: "WITH orders AS (SELECT 1 AS n) SELECT n FROM orders",
    "two queries": lambda case: f"{case.gold}; {case.gold}",
    "gold, then SELECT 1": lambda case: f"{case.gold}; SELECT 1",
    "gold in a comment": lambda case: f"SELECT 1 /* {case.gold} */",
    "gold in a string": lambda case: "SELECT '{}'".format(case.gold.replace("'", "''")),
    "gold in query()": lambda case: "SELECT * FROM query('{}')".format(case.gold.replace("'", "''")),
    "gold in EXPLAIN": lambda case: f"EXPLAIN {case.gold}",
    "gold in a condition that is never true": lambda case: f"SELECT 1 WHERE 1 = 0 AND EXISTS ({case.gold})",
    "the catalog": lambda case: "SELECT * FROM information_schema.tables",
    "duckdb_settings": lambda case: "SELECT * FROM duckdb_settings()",
    "a file": lambda case: "SELECT * FROM read_csv('/etc/passwd')",
    "DROP": lambda case: "DROP TABLE orders",
    "SET VARIABLE": lambda case: "SET VARIABLE x = 1; SELECT getvariable('x')",
    "an endless query": lambda case: "WITH RECURSIVE t AS (SELECT 1 n UNION ALL SELECT n + 1 FROM t) SELECT COUNT(*) FROM t",
    "prose around": lambda case: "Claro! A consulta que responde à pergunta seria algo como SELECT ... FROM ...",
    "the schema": lambda case: case.prompt.split("\n", 1)[1].rsplit("\n", 1)[0],
}

RIGHT_BY_CHANCE = {"SELECT 1", "every small number"}  # a gold count may be 1, and is often a small number

ORDERED_REPLIES = {
    "parses, resolves, runs, equal": lambda case: [
        "SELEC 1",
        "SELECT nada FROM orders",
        "SELECT order_id FROM orders WHERE FALSE",
        case.gold,
    ],
    "a condition left out, equal": lambda case: ["SELECT 1", nearly(case), case.gold],
}

GOLD_EQUIVALENTS = {
    "fenced": lambda case: f"```sql\n{case.gold}\n```",
    "a semicolon": lambda case: f"{case.gold};",
    "lower-case keywords": lambda case: re.sub(
        r"\b(SELECT|FROM|WHERE|JOIN|AND|COUNT|USING)\b", lambda m: m[0].lower(), case.gold
    ),
    "spread over lines": lambda case: case.gold.replace(" FROM ", "\n  FROM "),
    "after thinking": lambda case: f"<think>SELECT 1</think>\n{case.gold}",
}
