"""Model-written SQL can do no harm: tests of each wall. Hundreds of attacks are in `test_sql_attacks`."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.verifiers.shops import BOMB, HONEST, fresh, over
from vitrine.verifiers.sql import duckdb_engine, sqlite_engine, worker
from vitrine.verifiers.sql.judge import judge

pytestmark = pytest.mark.slow  # not in the quick test run

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
HOSTILE_TO_SQLITE = {
    "attach": ("ATTACH '{out}' AS other", {"not_select"}),
    "pragma": ("PRAGMA table_info(orders)", {"not_select"}),
    "pragma after a comment": ("/* SELECT */ PRAGMA query_only = 0", {"not_select"}),
    "a pragma as a table": ("SELECT * FROM pragma_database_list", {"names"}),
    "a pragma as a table function": ("SELECT * FROM pragma_table_info('orders')", {"names"}),
    "the catalog": ("SELECT sql FROM sqlite_master", {"names"}),
    "the catalog, newer": ("SELECT sql FROM sqlite_schema", {"names"}),
    "the catalog beside a CTE": (
        "WITH sqlite_master AS (SELECT 1) SELECT * FROM sqlite_master, main.sqlite_master", {"names"}),
    "the catalog, joined by a common column": ("SELECT count(*) FROM sqlite_master a NATURAL JOIN sqlite_master b", {"names"}),
    "the catalog, counted": ("SELECT count(*) FROM sqlite_master", {"names"}),
    "JSON's table function": ("SELECT * FROM json_each('[1]')", {"names"}),
    "pages": ("SELECT * FROM dbstat", {"names"}),
    "an extension": ("SELECT load_extension('{out}')", {"names"}),
    "options": ("SELECT sqlite_compileoption_get(1)", {"names"}),
    "a file": ("SELECT readfile('{secret}')", {"names"}),
    "vacuum": ("VACUUM INTO '{out}'", {"not_select"}),
    "temp table": ("CREATE TEMP TABLE orders AS SELECT 'SP' AS state", {"not_select"}),
    "shadow, then ask": ("CREATE TEMP VIEW orders AS SELECT 'SP' AS state; SELECT * FROM orders", {"not_select"}),
    "two selects": ("SELECT 1; SELECT 2", {"not_select"}),
    "a delete behind a CTE": ("WITH x AS (SELECT 1) DELETE FROM orders", {"not_select"}),
    "an insert behind a CTE": ("WITH x AS (SELECT 'o9', 1) INSERT INTO reviews SELECT * FROM x", {"not_select"}),
    "an update behind a CTE": ("WITH x AS (SELECT 1) UPDATE orders SET state = 'SP'", {"not_select"}),
    "insert": ("INSERT INTO reviews VALUES ('o9', 1)", {"not_select"}),
    "replace": ("REPLACE INTO reviews VALUES ('o9', 1)", {"not_select"}),
    "drop": ("DROP TABLE orders", {"not_select"}),
    "begin": ("BEGIN EXCLUSIVE", {"not_select"}),
    "explain": ("EXPLAIN SELECT 1", {"not_select"}),
    "a recursive bomb": ("WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT count(*) FROM t", {"timeout"}),
    "a bomb that trickles": (
        "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT i FROM t WHERE i < 0", {"timeout"}),
    "a cross join": ("SELECT count(*) FROM " + ", ".join(f"orders o{i}" for i in range(12)), {"timeout"}),
    "too many joins": ("SELECT count(*) FROM " + ", ".join(f"orders o{i}" for i in range(70)), {"failed"}),
    "a huge string": ("SELECT zeroblob(2000000000)", {"failed"}),
    "a huge text": ("SELECT printf('%2000000000d', 1)", {None}),
    "many strings": (
        "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT group_concat(hex(randomblob(100000))) FROM t",
        {"failed", "timeout"}),
    "a large result": ("WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT i FROM t", {"too_large"}),
    "a slow pattern": ("SELECT hex(zeroblob(400000)) LIKE '" + "%0" * 900 + "', '" + "x" * 100 + "'", {"failed", "timeout"}),
    "a deep bracket": ("SELECT " + "(" * 5000 + "1" + ")" * 5000, {"not_parsed"}),
    "a deep sum": ("SELECT " + "+".join("1" for _ in range(9000)), {"not_parsed", "failed"}),
    "many unions": (" UNION ".join("SELECT 1" for _ in range(900)), {"failed"}),
    "a parameter": ("SELECT ?", {"failed"}),
    "half a character": ("SELECT '\ud800'", {"not_parsed"}),
    "broken text": ("SELECT CAST(x'ff' AS TEXT)", {"failed"}),
    "a zero byte between two": ("SELECT 1\0; DROP TABLE orders", {"not_parsed"}),
    "a comment without end": ("/* SELECT 1", {"not_parsed"}),
    "prose": ("Claro! Segue a consulta: SELECT 1", {"not_parsed"}),
    "nothing": ("", {"not_parsed"}),
}  # fmt: skip


def check_harmless(sandbox, shop, folder, template, failures):
    secret, out = folder / "secret.txt", folder / "out"
    secret.write_text("a,b\nsegredo,1\n")
    query = template.replace("{secret}", str(secret)).replace("{out}", str(out)).replace("{shop}", str(shop))
    before = fresh(sandbox, HONEST)

    started = time.monotonic()
    result = sandbox.run(query)

    assert time.monotonic() - started < 3
    assert result.failure in failures, result.why
    assert "segredo" not in f"{result.rows}{result.why}"
    assert [path.name for path in folder.iterdir()] == ["secret.txt"]
    assert fresh(sandbox, HONEST) == before
    assert before.failure is None
    assert judge(query, HONEST, sandbox).score <= 0.2 + 1e-9  # some run but return nothing useful


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_queries_are_harmless(sandbox, shop, tmp_path, name):
    check_harmless(sandbox, shop, tmp_path, *HOSTILE[name])


@pytest.fixture(scope="module")
def sqlite_sandbox(shop):
    with over(shop, engine="sqlite", seconds=0.2) as opened:
        yield opened


@pytest.mark.parametrize("name", HOSTILE_TO_SQLITE)
def test_hostile_queries_are_harmless_in_sqlite(sqlite_sandbox, shop, tmp_path, name):
    check_harmless(sqlite_sandbox, shop, tmp_path, *HOSTILE_TO_SQLITE[name])


def test_queries_share_no_state(either):
    either.run("CREATE TEMP TABLE mine AS SELECT 1")
    assert either.run("SELECT * FROM mine").failure == "names"


@pytest.mark.parametrize(
    "query", ["SELECT current_catalog", "SELECT max(current_catalog) FROM orders", "SELECT current_database()"]
)
def test_query_cannot_learn_which_copy_it_runs_on(sandbox, query):
    assert sandbox.run(query).failure == "names"


def test_all_copies_have_one_database_name(shop, tmp_path):
    files = {
        name: tmp_path / file for name, file in worker.files_of(dict.fromkeys(("original", "perturbed_1")), "duckdb").items()
    }
    for name, file in files.items():
        file.parent.mkdir()
        duckdb_engine.DuckDB.build(shop / name, file)
    names = {
        database.execute("SELECT current_database()").fetchall()[0] for database in map(duckdb_engine.open_locked, files.values())
    }
    assert names == {("shop",)}


@pytest.mark.parametrize(
    "query",
    [
        "WITH a AS (WITH duckdb_tables AS (SELECT 1) SELECT 2) SELECT * FROM duckdb_tables",
        "WITH a AS (WITH sqlite_master AS (SELECT 1) SELECT 2) SELECT * FROM sqlite_master",
        'WITH "{secret}" AS (SELECT 1) SELECT * FROM "{secret}"',
    ],
)
def test_cte_name_does_not_open_another_table(sandbox, tmp_path, query):
    (tmp_path / "x.csv").write_text("segredo")
    assert sandbox.run(query.replace("{secret}", str(tmp_path / "x.csv"))).failure == "names"


# the walls behind the text check


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
def test_session_alone_refuses(shop, tmp_path, query):
    secret = tmp_path / "secret.txt"
    secret.write_text("segredo")
    duckdb_engine.DuckDB.build(shop / "original", tmp_path / "x.duckdb")
    before = sorted(tmp_path.iterdir())
    with duckdb_engine.open_locked(tmp_path / "x.duckdb") as database, pytest.raises(duckdb_engine.duckdb.Error):
        database.cursor().execute(query.format(secret)).fetchall()
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "query",
    [
        "CREATE TABLE x (a)",
        "INSERT INTO reviews VALUES ('o9', 1)",
        "DELETE FROM orders",
        "ATTACH '{0}.x' AS other",
        "VACUUM INTO '{0}.x'",
        "SELECT load_extension('{0}')",
    ],
)
def test_sqlite_session_alone_refuses(shop, tmp_path, query):
    sqlite_engine.SQLite.build(shop / "original", tmp_path / "x.sqlite")
    engine = sqlite_engine.SQLite({"original": tmp_path / "x.sqlite"})
    database = engine.databases["original"]
    database.set_authorizer(None)
    before = (tmp_path / "x.sqlite").read_bytes()
    with pytest.raises(sqlite_engine.sqlite3.Error):
        database.execute(query.format(tmp_path / "out"))
    database.close()
    assert [file.name for file in tmp_path.iterdir()] == ["x.sqlite"]
    assert (tmp_path / "x.sqlite").read_bytes() == before


def test_process_alone_can_open_nothing(tmp_path):
    program = f"""
import socket, sys
sys.path.insert(0, {str(Path(worker.__file__).parents[3])!r})
from vitrine.verifiers.sql import worker
growing = open({str(tmp_path / "growing")!r}, "wb", buffering=0)
worker.MemoryLimit(700)
worker.lock_process()
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
    print("locked")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "locked\n", done.stderr


def test_worker_has_no_secret_and_no_torch(either, monkeypatch):
    monkeypatch.setenv("A_SECRET", "segredo")
    either.close()
    either.run("SELECT 1")
    worker = psutil.Process(either._idle[0].pid)
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
        "GLIBC_TUNABLES",
    }
    assert not any("torch" in region.path for region in worker.memory_maps())


def test_fork_server_has_one_thread_and_open_databases(either):
    """A fork would lose a thread, and any lock that it held."""
    either.run("SELECT 1")
    fork_server = psutil.Process(either._fork_server.process.pid)
    assert fork_server.num_threads() == 1
    files = Path(f"/proc/{fork_server.pid}/fd")
    if files.is_dir() and either.engine == "duckdb":
        assert sum(file.readlink().suffix == ".duckdb" for file in files.iterdir()) == len(either.databases)


def test_worker_inherits_no_socket(either):
    """Two pipes and no socket: through the socket it could request other workers."""
    either.run("SELECT 1")
    (process,) = either._idle
    open_files = Path(f"/proc/{process.pid}/fd")
    if not open_files.is_dir():
        pytest.skip("open files are looked up in /proc, which is not here")
    kinds = [str(file.readlink()).partition(":")[0] for file in open_files.iterdir()]
    assert "socket" not in kinds and kinds.count("pipe") <= 4  # to and from the client, and the watchdog's own
