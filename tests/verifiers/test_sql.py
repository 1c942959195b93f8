"""What a model's SQL returns, and what it earns."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verifiers.shops import ENDLESS, HONEST, fresh, over
from vitrine.errors import VerifierError
from vitrine.verifiers.sql import duckdb_engine, outcome
from vitrine.verifiers.sql import judge as sql_judge
from vitrine.verifiers.sql.judge import is_ordered, judge, judge_all

# what runs


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
def test_honest_queries(sandbox, query, rows):
    found = sandbox.run(query)
    assert found.failure is None, found.why
    assert found.rows == rows


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
def test_honest_queries_of_both_engines(either, query, rows):
    found = either.run(query)
    assert found.failure is None, found.why
    assert found.rows == rows


def test_sqlite_keeps_times_as_texts(shop):
    with over(shop, engine="sqlite") as opened:
        found = opened.run("SELECT bought, strftime('%Y', bought), date(bought) FROM orders ORDER BY 1 LIMIT 1")
        assert found.rows == (("2017-01-05 00:00:00", "2017", "2017-01-05"),)


def test_each_database_gives_its_own_result(either):
    found = either.run_all("SELECT state FROM orders GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
    assert {copy: result.rows[0][0] for copy, result in found.items()} == {
        "original": "SP",
        "perturbed_1": "SP",
        "perturbed_2": "RJ",
    }
    assert either.run("SELECT count(*) FROM orders", "perturbed_1").rows == ((7,),)


def test_the_copies_are_asked_at_once_only_where_a_result_is_the_golds(either):
    every = ["original", "perturbed_1", "perturbed_2"]
    ids = "SELECT order_id FROM orders ORDER BY 1"
    assert {len(result.rows) for result in either.run_all(ids).values()} == {6, 7}
    assert list(either.run_against(f"{ids} -- 2", either.run(ids))) == every  # the copies' own may be longer
    gold = either.run(HONEST)
    assert list(either.run_against(f"SELECT * FROM ({HONEST}) q", gold)) == every
    assert list(either.run_against("SELECT state, 7 FROM orders WHERE state = 'MG'", gold)) == ["original"]  # fewer rows
    assert list(either.run_against("SELECT state, count(*) + 1 FROM orders GROUP BY 1", gold)) == ["original"]  # other values
    assert list(either.run_against("SELECT DISTINCT state FROM orders", gold)) == ["original"]  # a column is missing
    failed = either.run_against("SELECT colour FROM orders", gold)
    assert {copy: result.failure for copy, result in failed.items()} == dict.fromkeys(either.databases, "names")


def test_what_is_kept_decides_whether_the_copies_are_asked(either):
    gold = either.run(HONEST)
    for query, asked in ((f"SELECT * FROM ({HONEST}) kept", 3), ("SELECT state, 8 FROM orders WHERE state = 'MG'", 1)):
        either.run(query)
        assert len(either.run_against(query, gold)) == asked


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
def test_it_is_known_which_tables_are_read(either, query, tables):
    assert either.run(query).reads == tables


# what a query earns


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
        id="known by heart, beside a table: right on one database only",
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


@pytest.mark.parametrize(("said", "low", "high"), VERDICTS)
def test_scores(either, said, low, high):
    verdict = judge(said, HONEST, either)
    assert low <= verdict.score <= high, verdict
    assert verdict.equal == (verdict.score == 1.0)
    stages = [verdict.parses, verdict.resolves, verdict.runs, verdict.equal]
    assert stages == sorted(stages, reverse=True)


def test_an_error_while_running_is_worth_its_names(sandbox):
    verdict = judge("SELECT error(state) FROM orders", HONEST, sandbox)
    assert (verdict.resolves, verdict.runs, verdict.score) == (True, False, 0.1)


def test_an_endless_query_earns_its_names_at_most(either):
    verdict = judge(ENDLESS[either.engine].format(n=1), HONEST, either)
    assert (verdict.failure, verdict.runs, verdict.score) == ("timeout", False, 0.05)


def test_what_is_right_is_right_whatever_it_reads(either):
    gold = "SELECT count(*) FROM reviews"
    assert judge("SELECT 2", gold, either).score == 1.0  # it is two on every copy: such a question is none, see `tasks.sql`


def test_an_answer_known_in_part_earns_no_more_than_on_the_worst_copy(either):
    told = "SELECT 'SP' AS state, 3 AS n FROM orders UNION SELECT 'RJ', 2 UNION SELECT 'ES', 9"
    honest = "SELECT state, count(*) FROM orders WHERE state IN ('SP', 'RJ') GROUP BY 1"
    assert judge(told, HONEST, either).score < judge(honest, HONEST, either).score


def test_a_dump_is_no_answer(sandbox):
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
def test_any_text_is_judged(either, said):
    assert 0.0 <= judge(said, HONEST, either).score <= 1.0


# a batch


def test_a_batch_is_judged_as_its_replies_are(shop):
    golds = [HONEST, "SELECT count(*) FROM reviews WHERE score > 5"]
    said = [*golds, *(param.values[0] for param in VERDICTS), "SELECT count(*) FROM reviews WHERE score > 6"]
    pairs = [(query, gold) for gold in golds for query in [*said, *said]]
    with over(shop, workers=3) as many, over(shop, workers=1) as one:
        together = judge_all(pairs, many)
        assert together == judge_all(pairs, one)
        assert together == [judge(query, gold, one) for query, gold in pairs]


def test_what_a_batch_found_is_not_asked_again(sandbox):
    sandbox.clear_cache()
    pairs = [(f"{HONEST} LIMIT {n}", HONEST) for n in range(20)] + [(ENDLESS["duckdb"].format(n=2), HONEST)]
    found = judge_all(pairs, sandbox)
    sandbox.close()
    assert [judge(*pair, sandbox) for pair in pairs] == found
    assert not sandbox._idle


def test_endless_queries_hold_up_a_batch_for_little(shop):
    honest = [(f"{HONEST} LIMIT {n}", HONEST) for n in range(40)]
    endless = [(ENDLESS["duckdb"].format(n=n), HONEST) for n in range(4)]
    with over(shop) as opened:
        judge_all(honest[:8], opened)
        opened.clear_cache()
        started = time.monotonic()
        verdicts = judge_all([*endless * 5, *honest], opened)
        assert time.monotonic() - started < 3  # 0.3 s on a quiet machine; those alone are 1.2 s if each of the twenty runs
    assert [verdict.failure for verdict in verdicts] == ["timeout"] * 20 + [None] * 40


def test_an_empty_batch_is_nothing(sandbox):
    assert judge_all([], sandbox) == []


def test_a_gold_query_whose_results_are_known_is_not_run(shop):
    never = ENDLESS["duckdb"].format(n=3)
    with over(shop) as opened:
        opened.preload(never, {name: opened.run("SELECT count(*) FROM orders", name).to_json() for name in opened.databases})
        assert judge("SELECT count(order_id) FROM orders", never, opened).equal
        assert not judge("SELECT 6", never, opened).equal  # the original's, and no copy's
        assert opened.run(never).rows == ((6,),), "nor where a reply says the same"


def test_what_is_known_in_part_is_asked_for_the_rest(either):
    either.clear_cache()
    either.preload(HONEST, {"original": either.run(HONEST).to_json(), "another": {}})
    assert {name: len(result.rows) for name, result in either.run_all(HONEST).items()} == dict.fromkeys(either.databases, 3)


@pytest.mark.parametrize("gold", ["SELECT absent FROM orders", "DROP TABLE orders", "selec"])
def test_a_gold_query_that_fails_is_our_fault(either, gold):
    with pytest.raises(VerifierError, match="the gold query fails"):
        judge("SELECT 1", gold, either)
    with pytest.raises(VerifierError, match="the gold query fails"):
        judge_all([("SELECT 1", HONEST), ("SELECT 1", gold)], either)


def test_the_optimizers_that_are_left_out_change_no_answer(sandbox):
    """Against plain DuckDB, which uses them all."""
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
    assert time.monotonic() - started < 4  # 0.2 s on a quiet core


def test_the_module_offers_what_tasks_need():
    assert {"Result", "Sandbox", "Verdict", "bird_equal", "is_ordered", "judge", "judge_all", "overlap", "same_result"} == set(
        sql_judge.__all__
    )
