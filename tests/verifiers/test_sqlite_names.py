"""SQLite takes an unknown name in double quotes for a string; in the sandbox it does not resolve."""

import pytest

from tests.clock import cpu_seconds
from tests.verifiers.shops import over
from vitrine.verifiers.sql.judge import judge
from vitrine.verifiers.sql.sqlite_engine import with_backticks


@pytest.fixture(scope="module")
def box(shop):
    with over(shop, engine="sqlite", seconds=0.3) as opened:
        yield opened


UNKNOWN = [
    'SELECT "nada" FROM orders',
    "SELECT [nada] FROM orders",
    "SELECT `nada` FROM orders",
    'SELECT "orders"."nada" FROM orders',
    'SELECT orders."nada" FROM orders',
    'SELECT o."nada" FROM orders AS o',
    'SELECT COUNT(*) FROM orders WHERE state = "SP"',
    'SELECT state FROM orders GROUP BY "nada"',
    'SELECT state FROM orders ORDER BY "nada"',
    'SELECT /* "state" */ "na""da" FROM orders',
    'SELECT COUNT(DISTINCT "nada") FROM orders',
    'SELECT * FROM "nada"',
    'SELECT (SELECT "nada" FROM reviews) FROM orders',
]
KNOWN = [
    'SELECT "state" FROM "orders" WHERE "orders"."state" = \'SP\'',
    "SELECT [state] FROM [orders] WHERE `state` = 'SP'",
    'SELECT o."state" AS "o estado" FROM orders AS "o" WHERE "o".state = \'SP\' ORDER BY "o estado"',
    'WITH "a""b" AS (SELECT state FROM orders) SELECT "state" FROM "a""b" WHERE state = \'SP\' -- "nada"',
]


@pytest.mark.parametrize("query", UNKNOWN)
def test_unknown_name_does_not_resolve(box, query):
    assert box.run(query).failure == "names"
    verdict = judge(query, "SELECT state FROM orders", box)
    assert verdict.parses and not verdict.resolves and verdict.score == pytest.approx(0.05)


@pytest.mark.parametrize("query", KNOWN)
def test_known_name_resolves_in_any_quotes(box, query):
    assert box.run(query).rows == (("SP",),) * 3


def test_string_literals_and_comments_are_kept(box):
    query = "SELECT '\"nada\"', 'it''s \"so\"', '[x]' -- \"fim\""
    assert box.run(query).rows == (('"nada"', 'it\'s "so"', "[x]"),)


@pytest.mark.parametrize("piece", ['"', "'", "[", "`", "/*", "--", "\"'", '""', '"a', "a"])
def test_quotes_are_parsed_in_linear_time(piece):
    text = (piece * 100_000)[:100_000]
    assert len(with_backticks(text)) >= len(text) // 2
    assert cpu_seconds(lambda: with_backticks(text), limit=0.25) < 0.25
