"""Results and scores of model-written SQL."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verifiers.shops import ENDLESS, HONEST, fresh, over
from vitrine.errors import VerifierError
from vitrine.verifiers.sql import duckdb_engine, outcome
from vitrine.verifiers.sql import judge as sql_judge
from vitrine.verifiers.sql.judge import is_ordered, judge, judge_all

# queries that run


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        pytest.param(HONEST, (("SP", 3), ("RJ", 2), ("MG", 1)), id="grouping"),
        pytest.param(
            "select score from orders join reviews using (order_id) order by 1;", ((5,), (8,)), id="a join and a semicolon"
        ),
        pytest.param("with x as (select 1 a) select * from X -- fim", ((1,),), id="a common table expression"),
        pytest.param("select sum(i) from range(4) t(i)", ((6,),), id="a range"),
        pytest.param(
            "with recursive t(i) as (select 1 union all select i+1 from t where i<4) select max(i) from t",
            ((4,),),
            id="recursion",
        ),
        pytest.param('select count(*) from main."ORDERS"', ((6,),), id="a qualified name"),
        pytest.param("select cost, sum(cost) from orders group by 1", ((1.5, 9),), id="decimals"),
        pytest.param(
            "select bought from orders order by 1 limit 2", (("2017-01-05",), ("2017-02-05 12:00:00",)), id="timestamps"
        ),
        pytest.param("select null, true, interval 1 day, [1, 2]", ((None, True, 86400.0, "[1, 2]"),), id="other types"),
        pytest.param("select 'ção; drop table x' as é", (("ção; drop table x",),), id="text"),
        pytest.param(
            "select state from orders where price > (select avg(price) from orders) and state <> 'SP'",
            (("RJ",), ("RJ",), ("MG",)),
            id="nested",
        ),
        pytest.param("select row_number() over (order by order_id) from orders limit 1", ((1,),), id="a window"),
        pytest.param("select 1 union all select 1", ((1,), (1,)), id="a union"),
    ],
)
def test_honest_queries_run(sandbox, query, rows):
    result = sandbox.run(query)
    assert result.failure is None, result.why
    assert result.rows == rows


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        pytest.param(HONEST, (("SP", 3), ("RJ", 2), ("MG", 1)), id="grouping"),
        pytest.param("select score from orders join reviews using (order_id) order by 1;", ((5,), (8,)), id="a join"),
        pytest.param("with x as (select 1 a) select * from X -- fim", ((1,),), id="a common table expression"),
        pytest.param("/* SQL */ values (1, 'a')", ((1, "a"),), id="values after a comment"),
        pytest.param("select cost, sum(cost) from orders group by 1", ((1.5, 9),), id="decimals"),
        pytest.param("select late, count(*) from orders group by 1 order by 1", ((False, 3), (True, 3)), id="truth"),
        pytest.param("select null, 'ção; drop table x' as é", ((None, "ção; drop table x"),), id="text"),
        pytest.param("select row_number() over (order by order_id) from orders limit 1", ((1,),), id="a window"),
        pytest.param(
            "with recursive t(i) as (select 1 union all select i+1 from t where i<4) select max(i) from t",
            ((4,),),
            id="recursion",
        ),
        pytest.param(
            "select count(*) from orders where bought >= '2017-03-01' and bought < '2017-05-01'", ((2,),), id="times compared"
        ),
        pytest.param('select count(*) from main."ORDERS"', ((6,),), id="a qualified name"),
    ],
)
def test_honest_queries_run_on_both_engines(either, query, rows):
    result = either.run(query)
    assert result.failure is None, result.why
    assert result.rows == rows


def test_sqlite_stores_times_as_text(shop):
    with over(shop, engine="sqlite") as opened:
        result = opened.run("SELECT bought, strftime('%Y', bought), date(bought) FROM orders ORDER BY 1 LIMIT 1")
        assert result.rows == (("2017-01-05 00:00:00", "2017", "2017-01-05"),)


def test_each_database_has_its_own_result(either):
    results = either.run_all("SELECT state FROM orders GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
    assert {copy: result.rows[0][0] for copy, result in results.items()} == {
        "original": "SP",
        "perturbed_1": "SP",
        "perturbed_2": "RJ",
    }
    assert either.run("SELECT count(*) FROM orders", "perturbed_1").rows == ((7,),)


def test_copies_run_at_once_only_if_the_original_equals_gold(either):
    every = ["original", "perturbed_1", "perturbed_2"]
    ids = "SELECT order_id FROM orders ORDER BY 1"
    assert {len(result.rows) for result in either.run_all(ids).values()} == {6, 7}
    assert list(either.run_against(f"{ids} -- 2", either.run(ids))) == every  # the copies may have more rows
    gold = either.run(HONEST)
    assert list(either.run_against(f"SELECT * FROM ({HONEST}) q", gold)) == every
    assert list(either.run_against("SELECT state, 7 FROM orders WHERE state = 'MG'", gold)) == ["original"]  # fewer rows
    assert list(either.run_against("SELECT state, count(*) + 1 FROM orders GROUP BY 1", gold)) == ["original"]  # other values
    assert list(either.run_against("SELECT DISTINCT state FROM orders", gold)) == ["original"]  # a column is missing
    failed = either.run_against("SELECT colour FROM orders", gold)
    assert {copy: result.failure for copy, result in failed.items()} == dict.fromkeys(either.databases, "names")


def test_cached_result_decides_whether_the_copies_run(either):
    gold = either.run(HONEST)
    for query, databases in ((f"SELECT * FROM ({HONEST}) kept", 3), ("SELECT state, 8 FROM orders WHERE state = 'MG'", 1)):
        either.run(query)
        assert len(either.run_against(query, gold)) == databases


@pytest.mark.parametrize(
    ("query", "tables"),
    [
        pytest.param("SELECT 1", (), id="none"),
        pytest.param(
            "SELECT * FROM (SELECT order_id FROM Reviews) JOIN orders USING (order_id)", ("orders", "reviews"), id="two"
        ),
        pytest.param("WITH x AS (SELECT score FROM reviews) SELECT * FROM x", ("reviews",), id="in a common table expression"),
        pytest.param("SELECT count(*) FROM orders JOIN reviews USING (order_id)", ("orders", "reviews"), id="by a common column"),
        pytest.param("WITH orders AS (SELECT 1) SELECT * FROM orders", (), id="its own, of the same name"),
    ],
)
def test_result_lists_the_tables_read(either, query, tables):
    assert either.run(query).reads == tables


# scores


VERDICTS = [
    pytest.param(HONEST, 1.0, 1.0, id="the gold query"),
    pytest.param(
        "SELECT count(*) c, state s FROM orders GROUP BY 2 ORDER BY 1 DESC, 2", 1.0, 1.0, id="other names, other columns first"
    ),
    pytest.param(f"SELECT * FROM ({HONEST}) x ORDER BY n DESC, state", 1.0, 1.0, id="in other words"),
    pytest.param("SELECT state, count(*) FROM orders GROUP BY 1 ORDER BY 2, 1", 0.75, 0.82, id="the wrong order"),
    pytest.param("SELECT state, count(*) FROM orders WHERE state <> 'MG' GROUP BY 1 ORDER BY 2 DESC", 0.5, 0.8, id="a row less"),
    pytest.param("SELECT DISTINCT state FROM orders", 0.3, 0.4, id="one column of two"),
    pytest.param("SELECT price FROM orders", 0.2, 0.2, id="the right table, the wrong answer"),
    pytest.param("SELECT count(*) FROM orders JOIN reviews USING (order_id)", 0.1, 0.22, id="a table too many"),
    pytest.param("SELECT count(*) FROM reviews", 0.05, 0.05, id="another table"),
    pytest.param("SELECT 1", 0.05, 0.05, id="no table"),
    pytest.param("WITH x(a, b) AS (VALUES ('SP', 3), ('RJ', 2), ('MG', 1)) SELECT * FROM x", 0.05, 0.05, id="known by heart"),
    pytest.param(
        "WITH x(a, b) AS (VALUES ('SP', 3), ('RJ', 2), ('MG', 1)) SELECT a, b FROM x WHERE EXISTS (SELECT 1 FROM orders)",
        0.2,
        0.5,
        id="memorized, with a table: right on one database only",
    ),
    pytest.param("SELECT state, absent FROM orders", 0.05, 0.05, id="a column that does not exist"),
    pytest.param("SELECT state FROM absent", 0.05, 0.05, id="a table that does not exist"),
    pytest.param("SELECT absent(state) FROM orders", 0.05, 0.05, id="a function that does not exist"),
    pytest.param("SELECT state FROM orders WHERE", 0.0, 0.0, id="half a query"),
    pytest.param("DELETE FROM orders", 0.0, 0.0, id="no SELECT"),
    pytest.param("SELECT 1; SELECT 2", 0.0, 0.0, id="two"),
    pytest.param("não sei", 0.0, 0.0, id="no SQL"),
    pytest.param("", 0.0, 0.0, id="nothing"),
]


@pytest.mark.parametrize(("predicted", "low", "high"), VERDICTS)
def test_scores_are_in_range_and_stages_in_order(either, predicted, low, high):
    verdict = judge(predicted, HONEST, either)
    assert low <= verdict.score <= high, verdict
    assert verdict.equal == (verdict.score == 1.0)
    stages = [verdict.parses, verdict.resolves, verdict.runs, verdict.equal]
    assert stages == sorted(stages, reverse=True)


def test_runtime_error_earns_credit_for_resolving(sandbox):
    verdict = judge("SELECT error(state) FROM orders", HONEST, sandbox)
    assert (verdict.resolves, verdict.runs, verdict.score) == (True, False, 0.1)


def test_endless_query_earns_no_credit_for_running(either):
    verdict = judge(ENDLESS[either.engine].format(n=1), HONEST, either)
    assert (verdict.failure, verdict.runs, verdict.score) == ("timeout", False, 0.05)


def test_right_result_earns_full_score_whatever_it_reads(either):
    gold = "SELECT count(*) FROM reviews"
    assert judge("SELECT 2", gold, either).score == 1.0  # it is 2 on every copy; `tasks.sql` leaves such questions out


def test_memorized_result_earns_its_lowest_overlap(either):
    memorized = "SELECT 'SP' AS state, 3 AS n FROM orders UNION SELECT 'RJ', 2 UNION SELECT 'ES', 9"
    honest = "SELECT state, count(*) FROM orders WHERE state IN ('SP', 'RJ') GROUP BY 1"
    assert judge(memorized, HONEST, either).score < judge(honest, HONEST, either).score


def test_dump_earns_no_overlap(sandbox):
    dump = "SELECT o.state, r.range FROM orders o, range(700) r"
    assert judge(dump, HONEST, sandbox).score == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("query", "ordered"),
    [
        pytest.param("SELECT 1 ORDER BY 1", True, id="outer"),
        pytest.param("(SELECT 1 ORDER BY 1)", True, id="in brackets"),
        pytest.param("SELECT 1 UNION SELECT 2 ORDER BY 1", True, id="of a union"),
        pytest.param("WITH x AS (SELECT 1) SELECT * FROM x ORDER BY ALL", True, id="after a CTE"),
        pytest.param("SELECT * FROM (SELECT 1 ORDER BY 1)", False, id="inner"),
        pytest.param("WITH x AS (SELECT 1 ORDER BY 1) SELECT * FROM x", False, id="in a CTE"),
        pytest.param("SELECT row_number() OVER (ORDER BY 1)", False, id="of a window"),
        pytest.param("SELECT 'ORDER BY 1'", False, id="in a text"),
        pytest.param("não sei", False, id="no SQL"),
    ],
)
def test_is_ordered(query, ordered):
    assert is_ordered(query) is ordered


@settings(max_examples=60, deadline=None)
@given(st.text() | st.text(alphabet="selctfromwhi *(),'\"=;0123456789\n-/").map("select ".__add__))
def test_any_text_gets_a_score(either, predicted):
    assert 0.0 <= judge(predicted, HONEST, either).score <= 1.0


# batches


def test_batch_gives_the_same_verdicts_as_single_calls(shop):
    golds = [HONEST, "SELECT count(*) FROM reviews WHERE score > 5"]
    predicted = [*golds, *(param.values[0] for param in VERDICTS), "SELECT count(*) FROM reviews WHERE score > 6"]
    pairs = [(query, gold) for gold in golds for query in [*predicted, *predicted]]
    with over(shop, workers=3) as many, over(shop, workers=1) as one:
        together = judge_all(pairs, many)
        assert together == judge_all(pairs, one)
        assert together == [judge(query, gold, one) for query, gold in pairs]


def test_verdicts_of_a_batch_are_cached(sandbox):
    sandbox.clear_cache()
    pairs = [(f"{HONEST} LIMIT {n}", HONEST) for n in range(20)] + [(ENDLESS["duckdb"].format(n=2), HONEST)]
    verdicts = judge_all(pairs, sandbox)
    sandbox.close()
    assert [judge(*pair, sandbox) for pair in pairs] == verdicts
    assert not sandbox._idle


def test_endless_queries_delay_a_batch_only_a_little(shop):
    honest = [(f"{HONEST} LIMIT {n}", HONEST) for n in range(40)]
    endless = [(ENDLESS["duckdb"].format(n=n), HONEST) for n in range(4)]
    with over(shop) as opened:
        judge_all(honest[:8], opened)
        opened.clear_cache()
        started = time.monotonic()
        verdicts = judge_all([*endless * 5, *honest], opened)
        assert time.monotonic() - started < 3  # 0.3 s on an idle machine; the endless ones alone take 1.2 s if all 20 run
    assert [verdict.failure for verdict in verdicts] == ["timeout"] * 20 + [None] * 40


def test_empty_batch_gives_no_verdicts(sandbox):
    assert judge_all([], sandbox) == []


def test_preloaded_gold_query_is_not_run(shop):
    never = ENDLESS["duckdb"].format(n=3)
    with over(shop) as opened:
        opened.preload(never, {name: opened.run("SELECT count(*) FROM orders", name).to_json() for name in opened.databases})
        assert judge("SELECT count(order_id) FROM orders", never, opened).equal
        assert not judge("SELECT 6", never, opened).equal  # right on the original only
        assert opened.run(never).rows == ((6,),), "the cached result also serves a reply with the same text"


def test_partly_preloaded_query_runs_on_the_other_databases(either):
    either.clear_cache()
    either.preload(HONEST, {"original": either.run(HONEST).to_json(), "another": {}})
    assert {name: len(result.rows) for name, result in either.run_all(HONEST).items()} == dict.fromkeys(either.databases, 3)


@pytest.mark.parametrize("gold", ["SELECT absent FROM orders", "DROP TABLE orders", "selec"])
def test_failing_gold_query_raises(either, gold):
    with pytest.raises(VerifierError, match="the gold query fails"):
        judge("SELECT 1", gold, either)
    with pytest.raises(VerifierError, match="the gold query fails"):
        judge_all([("SELECT 1", HONEST), ("SELECT 1", gold)], either)


def test_disabled_optimizers_do_not_change_results(sandbox):
    """Compares with plain DuckDB, which uses all optimizers."""
    queries = [
        "SELECT state, sum(price) FROM orders WHERE year(bought) = 2017 AND month(bought) IN (1, 3, 4) GROUP BY 1 ORDER BY 1",
        "SELECT o.order_id FROM orders o, reviews r WHERE o.order_id = r.order_id AND r.score > 4 ORDER BY 1",
        "SELECT state, (SELECT avg(i.price) FROM orders i WHERE i.state = o.state) FROM orders o ORDER BY 1, 2 LIMIT 4",
        "SELECT order_id FROM orders QUALIFY rank() OVER (PARTITION BY state ORDER BY price DESC) = 1 ORDER BY 1",
        "SELECT count(DISTINCT state) FROM orders WHERE order_id NOT IN (SELECT order_id FROM reviews) HAVING count(*) > 1",
    ]
    plain = duckdb_engine.duckdb.connect()
    for table in ("orders", "reviews"):
        file = sandbox.databases["original"] / f"{table}.parquet"
        plain.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet(?)", [str(file)])
    for query in queries:
        expected = [tuple(map(outcome.plain, row)) for row in plain.execute(query).fetchall()]
        assert list(fresh(sandbox, query).rows) == expected


def test_common_queries_take_milliseconds(sandbox):
    started = time.monotonic()
    for price in range(200):
        sandbox.run(f"SELECT state, count(*) FROM orders WHERE price > {price} GROUP BY 1")
    assert time.monotonic() - started < 40  # 0.2 s on an idle core; a process for each query would take minutes


def test_public_names_of_judge():
    assert {"Result", "Sandbox", "Verdict", "bird_equal", "is_ordered", "judge", "judge_all", "overlap", "same_result"} == set(
        sql_judge.__all__
    )
