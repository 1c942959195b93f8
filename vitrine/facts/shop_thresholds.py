"""The limits that gold queries compare columns with, parsed from the queries.

    thresholds().numbers["price"]              (20.0, 30.0, 50.0, …)     from `price > 20`, `price > 200`, …
    thresholds().days                          (5, 7, 8, 10, …)          from `DATE_DIFF('day', …) > 5`
    thresholds().moments                       (2017-11-20, …)           from `order_purchase_timestamp < '2018-09-01'`

Only a row exactly at a limit distinguishes `>` from `>=`. The reward's shop keeps such rows, and its copies have many.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import expressions as exp

from vitrine.facts import analyst, questions

COMPARISONS = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ)


@dataclass(frozen=True)
class Thresholds:
    numbers: dict[str, tuple[float, ...]]  # by column
    days: tuple[int, ...]  # between two dates
    moments: tuple[dt.datetime, ...]


@cache
def thresholds() -> Thresholds:
    """The limits of all template questions and analyst questions."""
    return read([*_one_query_for_each_value(), *(question.sql for question in analyst.questions())])


def read(golds: Iterable[str]) -> Thresholds:
    """The limits in these gold queries."""
    numbers: dict[str, set[float]] = defaultdict(set)
    days: set[int] = set()
    moments: set[dt.datetime] = set()
    for gold in golds:
        for compared, literal in _compared(sqlglot.parse_one(gold, read="duckdb")):
            if isinstance(compared, exp.DateDiff) and literal.is_number:
                days.add(int(literal.this))
            elif isinstance(compared, exp.Column) and literal.is_number:
                numbers[compared.name].add(float(literal.this))
            elif literal.is_string and (moment := _moment(literal.this)):
                moments.add(moment)
    return Thresholds(
        {column: tuple(sorted(values)) for column, values in sorted(numbers.items())}, tuple(sorted(days)), tuple(sorted(moments))
    )


def _one_query_for_each_value() -> Iterator[str]:
    """Template queries that contain every value of every slot at least once in every template with that slot."""
    for template in questions.TEMPLATES.values():
        for index in range(max(map(len, questions.SLOTS.values()))):
            values = {slot: values[index % len(values)] for slot, values in questions.SLOTS.items()}
            yield template.sql.format(**values, category="category")


def _compared(query: exp.Expression) -> Iterator[tuple[exp.Expression, exp.Literal]]:
    """The expression and the literal of each comparison with a literal."""
    for node in query.find_all(*COMPARISONS):
        sides = node.left, node.right
        yield from ((left, right) for left, right in (sides, sides[::-1]) if isinstance(right, exp.Literal))
    for node in query.find_all(exp.Between):
        yield from ((node.this, node.args[end]) for end in ("low", "high") if isinstance(node.args[end], exp.Literal))


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None
