"""What a model's SQL earns, and that it can do no harm."""

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from decimal import Decimal
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.errors import VerifierError
from vitrine.verifiers import sql, sql_sandbox, sql_worker
from vitrine.verifiers.sql import Sandbox, is_ordered, judge

HONEST = "SELECT state, count(*) AS n FROM orders GROUP BY state ORDER BY n DESC, state"
STATES = {"original": "SP SP SP RJ RJ MG", "perturbed_1": "MG MG RJ SP SP SP SP", "perturbed_2": "RJ RJ RJ RJ MG SP SP"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Three copies of a shop of two tables, in which every answer differs."""
    folder = tmp_path_factory.mktemp("shop")
    for copy, states in STATES.items():
        (folder / copy).mkdir()
        count = len(states.split())
        orders = pa.table(
            {
                "order_id": [f"o{row}" for row in range(count)],
                "state": states.split(),
                "price": [10.5 * row + len(copy) for row in range(count)],
                "bought": [dt.datetime(2017, 1 + row, 5, 12 * (row % 2)) for row in range(count)],
                "cost": [Decimal("1.50")] * count,
            }
        )
        pq.write_table(orders, folder / copy / "orders.parquet")
        pq.write_table(pa.table({"order_id": ["o0", "o1"], "score": [len(copy), 5]}), folder / copy / "reviews.parquet")
    return folder


@pytest.fixture(scope="module")
def sandbox(shop):
    with Sandbox({copy: shop / copy for copy in STATES}, seconds=0.3) as opened:
        yield opened


def fresh(sandbox, query):
    """The result of a query, executed again."""
    sandbox._kept.clear()
    return sandbox.run(query)


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


def test_each_database_gives_its_own_result(sandbox):
    found = sandbox.run_all("SELECT state FROM orders GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
    assert {copy: result.rows[0][0] for copy, result in found.items()} == {
        "original": "SP",
        "perturbed_1": "SP",
        "perturbed_2": "RJ",
    }
    assert sandbox.run("SELECT count(*) FROM orders", "perturbed_1").rows == ((7,),)


# what does not

BOMB = "FROM range(1000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 9"
HOSTILE = {
    "read csv": ("SELECT * FROM read_csv('{secret}')", {"names"}),
    "read text": ("SELECT content FROM read_text('{secret}')", {"names"}),
    "read blob": ("SELECT * FROM read_blob('{secret}')", {"names"}),
    "read parquet": ("SELECT * FROM read_parquet('{shop}/original/orders.parquet')", {"names"}),
    "read json": ("SELECT * FROM read_json('{secret}')", {"names"}),
    "read another database": ("SELECT * FROM read_duckdb('{secret}')", {"names"}),
    "a file as a table": ("SELECT * FROM '{secret}'", {"names"}),
    "a file as a quoted table": ('SELECT * FROM "{secret}"', {"names"}),
    "glob": ("SELECT * FROM glob('/*')", {"names"}),
    "sniff": ("SELECT * FROM sniff_csv('{secret}')", {"names"}),
    "in a subquery": ("SELECT (SELECT max(content) FROM read_text('{secret}')) FROM orders", {"names"}),
    "in a CTE": ("WITH x AS (SELECT * FROM read_text('{secret}')) SELECT * FROM x", {"names"}),
    "in a recursion": ("WITH RECURSIVE t AS (SELECT 'a' UNION ALL SELECT content FROM read_text('{secret}')) FROM t", {"names"}),
    "by another query": ("SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')", {"names"}),
    "by a table's name": ("SELECT * FROM query_table('{secret}')", {"names"}),
    "by serialised SQL": ("SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))", {"names"}),
    "copy to": ("COPY orders TO '{out}'", {"not_select"}),
    "copy a query": ("COPY (SELECT 1) TO '{out}'", {"not_select"}),
    "copy in a CTE": ("WITH x AS (COPY orders TO '{out}') SELECT 1", {"not_select"}),
    "export": ("EXPORT DATABASE '{out}'", {"not_select"}),
    "attach": ("ATTACH '{out}' AS other", {"not_select"}),
    "install": ("INSTALL httpfs", {"not_select"}),
    "load": ("LOAD '{out}'", {"not_select"}),
    "the network": ("SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')", {"names"}),
    "pragma": ("PRAGMA database_list", {"not_select"}),
    "set": ("SET threads = 8", {"not_select"}),
    "set a variable": ("SET VARIABLE x = 1", {"not_select"}),
    "call": ("CALL enable_logging()", {"not_select"}),
    "logging to a file": ("SELECT * FROM enable_logging(storage = 'file', storage_path = '{out}')", {"names"}),
    "profiling to a file": ("SELECT * FROM enable_profiling(save_location = '{out}')", {"names"}),
    "temp table": ("CREATE TEMP TABLE orders AS SELECT 'SP' AS state", {"not_select"}),
    "temp view": ("CREATE TEMP VIEW orders AS SELECT 'SP' AS state", {"not_select"}),
    "temp macro": ("CREATE TEMP MACRO count(x) AS 42", {"not_select"}),
    "shadow, then ask": ("CREATE TEMP TABLE orders AS SELECT 'SP' AS state; SELECT * FROM orders", {"not_select"}),
    "two selects": ("SELECT 1; SELECT 2", {"not_select"}),
    "a zero byte between two": ("SELECT 1\0; DROP TABLE orders", {"not_parsed"}),
    "insert": ("INSERT INTO orders SELECT * FROM orders", {"not_select"}),
    "insert in a CTE": ("WITH x AS (INSERT INTO reviews VALUES ('o9', 1) RETURNING *) SELECT * FROM x", {"not_select"}),
    "update in a CTE": ("WITH x AS (UPDATE reviews SET score = 1 RETURNING *) SELECT * FROM x", {"not_select"}),
    "delete in a CTE": ("WITH x AS (DELETE FROM reviews RETURNING *) SELECT * FROM x", {"not_select"}),
    "drop": ("DROP TABLE orders", {"not_select"}),
    "alter": ("ALTER TABLE orders RENAME TO x", {"not_select"}),
    "begin": ("BEGIN TRANSACTION", {"not_select"}),
    "prepare": ("PREPARE p AS SELECT 1", {"not_select"}),
    "explain analyze": ("EXPLAIN ANALYZE SELECT 1", {"not_select"}),
    "describe": ("DESCRIBE orders", {"not_select"}),
    "show": ("SELECT * FROM (SHOW TABLES)", {"not_select"}),
    "settings": ("SELECT * FROM duckdb_settings()", {"names"}),
    "one setting": ("SELECT current_setting('temp_directory')", {"names"}),
    "secrets": ("SELECT * FROM duckdb_secrets()", {"names"}),
    "the catalog": ("SELECT * FROM information_schema.tables", {"names"}),
    "SQLite's catalog": ("SELECT * FROM sqlite_master", {"names"}),
    "an address in memory": ("SELECT * FROM arrow_scan(1, 2, 3)", {"names"}),
    "a Python object": ("SELECT * FROM python_map_function((SELECT 1))", {"names"}),
    "a Python variable": ("SELECT * FROM worker", {"names"}),
    "an external resource": ("SELECT * FROM create_external_resource('x', MAP())", {"names"}),
    "sleep": ("SELECT sleep_ms(100000)", {"names"}),
    "sleep in capitals": ('SELECT "SLEEP_MS"(100000)', {"names"}),
    "the log": ("SELECT write_log('x')", {"names"}),
    "the seed": ("SELECT setseed(0.5)", {"names"}),
    "a cross join bomb": (f"SELECT count(*) {BOMB}", {"timeout"}),
    "a bomb that trickles": (f"SELECT a.range {BOMB}", {"timeout"}),
    "a recursive bomb": ("WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT count(*) FROM t", {"timeout"}),
    "a huge string": ("SELECT repeat('x', 2000000000)", {"failed"}),
    "a large string": ("SELECT repeat('x', 5000000)", {"too_large"}),
    "many strings": ("SELECT string_agg(repeat('x', 100000)) FROM range(1000000)", {"failed", "timeout"}),
    "too many rows": ("SELECT * FROM range(1000000000)", {"too_large"}),
    "a wide table": ("SELECT " + ", ".join("1" for _ in range(5000)), {None, "too_large"}),
    "a deep bracket": ("SELECT " + "(" * 5000 + "1" + ")" * 5000, {"not_parsed"}),
    "a bracket without end": ("SELECT " + "(" * 19_000, {"not_parsed", "timeout", "failed"}),
    "a deep sum": ("SELECT " + "+".join("1" for _ in range(9000)), {"not_parsed", "failed", None}),
    "a deep query": ("SELECT * FROM (" * 400 + "SELECT 1" + ")" * 400, {"not_parsed", "failed", "timeout", None}),
    "many joins": ("SELECT count(*) FROM " + ", ".join(f"orders o{i}" for i in range(60)), {"timeout", "failed"}),
    "a text without end": ("SELECT 1 " + " " * 30_000, {"not_parsed"}),
    "half a character": ("SELECT '\ud800'", {"not_parsed"}),
    "letters that look alike": ("SELЕCT 1", {"not_parsed"}),
    "a space that is none": ("SELECT\u200b1", {"not_parsed", "names", None}),
    "full-width letters": ("ＳＥＬＥＣＴ 1", {"not_parsed"}),
    "nothing": ("", {"not_parsed"}),
    "a comment": ("-- SELECT 1", {"not_parsed"}),
    "a parameter": ("SELECT ?", {"failed", "names"}),
    "prose": ("Claro! Segue a consulta: SELECT 1", {"not_parsed"}),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_queries_get_nowhere(sandbox, shop, tmp_path, name):
    secret, out = tmp_path / "secret.txt", tmp_path / "out"
    secret.write_text("a,b\nsegredo,1\n")
    template, failures = HOSTILE[name]
    query = template.replace("{secret}", str(secret)).replace("{out}", str(out)).replace("{shop}", str(shop))
    before = fresh(sandbox, HONEST)

    started = time.monotonic()
    found = sandbox.run(query)

    assert time.monotonic() - started < 3
    assert found.failure in failures, found.why
    assert "segredo" not in f"{found.rows}{found.why}"
    assert [path.name for path in tmp_path.iterdir()] == ["secret.txt"]
    assert fresh(sandbox, HONEST) == before
    assert before.failure is None
    assert judge(query, HONEST, sandbox).score < 0.4  # some do run, and return nothing of use


def test_a_query_does_not_see_the_one_before(sandbox):
    sandbox.run("CREATE TEMP TABLE mine AS SELECT 1")
    assert sandbox.run("SELECT * FROM mine").failure == "names"


# the walls behind the first


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('{0}')",
        "SELECT * FROM glob('/*')",
        "COPY orders TO '{0}.x'",
        "WITH x AS (COPY orders TO '{0}.x') SELECT 1",
        "ATTACH '{0}.x'",
        "SET threads = 2",
        "LOAD httpfs",
        "CREATE TABLE x AS SELECT 1",
        "SELECT * FROM enable_logging(storage = 'stdout')",
    ],
)
def test_the_session_alone_refuses_too(shop, tmp_path, query):
    secret = tmp_path / "secret.txt"
    secret.write_text("segredo")
    sql_worker.build(shop / "original", tmp_path / "x.duckdb")
    before = sorted(tmp_path.iterdir())
    session = sql_worker.duckdb.connect(str(tmp_path / "x.duckdb"), read_only=True, config=sql_worker.LOCKED)
    with session as database, pytest.raises(sql_worker.duckdb.Error):
        database.cursor().execute(query.format(secret)).fetchall()
    assert sorted(tmp_path.iterdir()) == before


def test_the_process_alone_can_open_nothing(tmp_path):
    program = f"""
import socket, sys
sys.path.insert(0, {str(Path(sql_worker.__file__).parents[2])!r})
from vitrine.verifiers import sql_worker
growing = open({str(tmp_path / "growing")!r}, "wb", buffering=0)
sql_worker.shut(700)
attempts = [lambda: open("/etc/hostname"), lambda: open({str(tmp_path / "x")!r}, "w"), lambda: growing.write(b"x"), socket.socket]
for attempt in attempts:
    try:
        attempt()
    except OSError:
        continue
    sys.exit("a wall is open")
try:
    bytearray(1 << 30)
except MemoryError:
    print("shut")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "shut\n", done.stderr


def test_the_worker_holds_no_secret_and_no_torch(sandbox, monkeypatch):
    sandbox.run("SELECT 1")
    worker = psutil.Process(sandbox._worker.process.pid)
    assert set(worker.environ()) <= {
        "PATH",
        "LD_LIBRARY_PATH",
        "PYTHONHOME",
        "PYTHONPATH",
        "LANG",
        "LC_CTYPE",
        "HOME",
        "TZ",
        "OMP_NUM_THREADS",
        "MALLOC_ARENA_MAX",
    }
    assert not any("torch" in region.path for region in worker.memory_maps())


# accidents


def test_a_killed_worker_is_replaced_before_the_next_query(sandbox):
    sandbox.run("SELECT 1")
    os.kill(sandbox._worker.process.pid, signal.SIGKILL)
    time.sleep(0.1)
    assert fresh(sandbox, HONEST).failure is None


def test_a_worker_killed_during_a_query_fails_that_query_only(sandbox):
    sandbox.run("SELECT 1")
    killer = threading.Timer(0.1, os.kill, (sandbox._worker.process.pid, signal.SIGKILL))
    killer.start()
    assert sandbox.run(f"SELECT 2, count(*) {BOMB}").failure == "failed"
    assert fresh(sandbox, HONEST).failure is None


def test_a_worker_that_hangs_is_ended(sandbox, monkeypatch):
    monkeypatch.setattr(sql_sandbox, "SECONDS_MORE", 0.1)
    sandbox.run("SELECT 1")
    os.kill(sandbox._worker.process.pid, signal.SIGSTOP)
    assert sandbox._ask("SELECT 3", ["original"], 0.3)[0].failure == "timeout"
    assert fresh(sandbox, HONEST).failure is None


def test_a_gold_query_has_time_where_a_reply_has_not(shop):
    slow = "SELECT count(*) FROM range(60000) a, range(3000) b WHERE (a.range * b.range) % 7 = 3"
    with Sandbox({"original": shop / "original"}, seconds=0.005) as hurried:
        assert hurried.run(slow).failure == "timeout"
        assert hurried.run_all(f"{slow} -- a reply")["original"].failure == "timeout"
    with Sandbox({"original": shop / "original"}, seconds=0.1) as hurried:
        assert hurried.run_all(slow, gold=True)["original"].failure is None


def test_a_worker_does_not_outlive_its_parent(shop):
    program = f"""
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {str(Path(sql_worker.__file__).parents[2])!r})
from vitrine.verifiers.sql import Sandbox
sandbox = Sandbox.at(Path({str(shop)!r}))
assert sandbox.run("SELECT 1").rows == ((1,),)
print(sandbox._worker.process.pid, sandbox._worker.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=False)
    pid, folder = done.stdout.split()
    deadline = time.monotonic() + 5
    while (psutil.pid_exists(int(pid)) or Path(folder).exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(folder).exists()
    with contextlib.suppress(psutil.NoSuchProcess):
        assert psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE


def test_closing_leaves_nothing_and_the_next_query_starts_again(shop):
    with Sandbox({"original": shop / "original"}) as opened:
        opened.run("SELECT 1")
        folder, process = opened._worker.folder, opened._worker.process
        assert folder.parent == Path(tempfile.gettempdir())
        assert folder.stat().st_mode & 0o077 == 0
    assert process.poll() is not None
    assert not folder.exists()
    assert opened.run("SELECT count(*) FROM reviews").rows == ((2,),)
    opened.close()


def test_a_fork_asks_a_worker_of_its_own(sandbox):
    sandbox.run("SELECT 1")
    mine = sandbox._worker.process.pid
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(BaseException):
            result = fresh(sandbox, HONEST)
            code = 0 if result.failure is None and sandbox._worker.process.pid != mine else 2
            sandbox.close()
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert fresh(sandbox, HONEST).failure is None
    assert sandbox._worker.process.pid == mine


def test_threads_get_their_own_answers(sandbox):
    answers = {}
    threads = [threading.Thread(target=lambda n=n: answers.update({n: sandbox.run(f"SELECT {n}").rows})) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: ((n,),) for n in range(20)}


# a broken verifier


def test_a_missing_database_is_our_fault(tmp_path):
    (tmp_path / "empty").mkdir()
    for databases in ({}, {"original": tmp_path / "gone"}, {"original": tmp_path / "empty"}):
        with pytest.raises(VerifierError, match="parquet"):
            Sandbox(databases)
    for folder in (tmp_path / "gone", tmp_path / "empty"):
        with pytest.raises(VerifierError, match="folder of parquet files"):
            Sandbox.at(folder)


def test_a_broken_database_is_our_fault(tmp_path, tmp_path_factory, monkeypatch):
    (tmp_path / "orders.parquet").write_bytes(b"not parquet")
    scratch = tmp_path_factory.mktemp("scratch")
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    with Sandbox({"original": tmp_path}) as broken, pytest.raises(VerifierError, match="does not start"):
        broken.run("SELECT 1")
    assert list(scratch.iterdir()) == []


def test_a_worker_that_cannot_start_is_our_fault(shop, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Sandbox({"original": shop / "original"}) as broken, pytest.raises(VerifierError, match="does not start"):
        broken.run("SELECT 1")


def test_an_unknown_database_is_our_fault(sandbox):
    with pytest.raises(VerifierError, match="no SQL database 'x'"):
        sandbox.run("SELECT 1", "x")


@pytest.mark.parametrize("gold", ["SELECT nothing FROM orders", "DROP TABLE orders", "selec"])
def test_a_gold_query_that_fails_is_our_fault(sandbox, gold):
    with pytest.raises(VerifierError, match="the gold query fails"):
        judge("SELECT 1", gold, sandbox)


def test_one_sandbox_serves_all_callers(shop):
    assert Sandbox.at(shop) is Sandbox.at(shop / ".")
    assert list(Sandbox.at(shop).databases) == ["original", "perturbed_1", "perturbed_2"]
    Sandbox.at(shop).close()


# what a query earns


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        pytest.param(HONEST, 1.0, 1.0, id="the gold query"),
        pytest.param(
            "SELECT count(*) c, state s FROM orders GROUP BY 2 ORDER BY 1 DESC, 2",
            1.0,
            1.0,
            id="other names, other columns first",
        ),
        pytest.param("SELECT state, count(*) FROM orders GROUP BY 1 ORDER BY 2, 1", 0.85, 0.95, id="the wrong order"),
        pytest.param(
            "SELECT * FROM (VALUES ('SP', 3), ('RJ', 2), ('MG', 1))", 0.3, 0.6, id="the answer itself: right on one database only"
        ),
        pytest.param(
            "SELECT state, count(*) FROM orders WHERE state <> 'MG' GROUP BY 1 ORDER BY 2 DESC", 0.6, 0.9, id="a row less"
        ),
        pytest.param("SELECT DISTINCT state FROM orders", 0.4, 0.5, id="one column of two"),
        pytest.param("SELECT 1", 0.3, 0.4, id="something that runs"),
        pytest.param("SELECT state, 1 / 0, CAST('x' AS int) FROM orders", 0.2, 0.2, id="fails"),
        pytest.param("SELECT uf FROM orders", 0.1, 0.1, id="no such column"),
        pytest.param("SELECT * FROM pedidos", 0.1, 0.1, id="no such table"),
        pytest.param("SELECT state FROM orders; DROP TABLE orders", 0.0, 0.0, id="two statements"),
        pytest.param("DELETE FROM orders", 0.0, 0.0, id="no SELECT"),
        pytest.param("não sei", 0.0, 0.0, id="no SQL"),
    ],
)
def test_scores(sandbox, said, low, high):
    verdict = judge(said, HONEST, sandbox)
    assert low <= verdict.score <= high
    assert verdict.equal == (verdict.score == 1.0)
    stages = [verdict.parses, verdict.resolves, verdict.runs, verdict.equal]
    assert stages == sorted(stages, reverse=True)


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
def test_any_text_is_judged(sandbox, said):
    assert 0.0 <= judge(said, HONEST, sandbox).score <= 1.0


def test_a_query_is_run_once(sandbox):
    sandbox._kept.clear()
    first = sandbox.run_all(HONEST)
    worker, sandbox._worker = sandbox._worker, None
    try:
        assert sandbox.run_all(HONEST) == first
        assert sandbox._worker is None
    finally:
        sandbox._worker = worker


def test_common_queries_take_milliseconds(sandbox):
    started = time.process_time(), time.monotonic()
    for price in range(200):
        sandbox.run(f"SELECT state, count(*) FROM orders WHERE price > {price} GROUP BY 1")
    assert time.monotonic() - started[1] < 4  # 0.4 s on a quiet core


def test_the_module_offers_what_tasks_need():
    assert set(sql.__all__) == {"Result", "Sandbox", "Verdict", "bird_equal", "is_ordered", "judge", "overlap", "same_result"}
