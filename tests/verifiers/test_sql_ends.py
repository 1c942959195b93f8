"""How sandboxes start and end: in forks, without a database, with the parent process. Nothing is left behind."""

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.verifiers.shops import HONEST, SLOW, fresh, nothing_left, over, processes
from vitrine.errors import VerifierError
from vitrine.verifiers.sql import worker
from vitrine.verifiers.sql.judge import Sandbox, judge_all

pytestmark = pytest.mark.slow  # not in the quick test run

# forks


def test_fork_uses_its_own_workers(sandbox):
    sandbox.run("SELECT 1")
    mine = processes(sandbox)
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(BaseException):
            result = fresh(sandbox, HONEST)
            code = 0 if result.failure is None and not set(processes(sandbox)) & set(mine) else 2
            sandbox.close()
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert fresh(sandbox, HONEST).failure is None
    assert processes(sandbox) == mine


def test_fork_during_a_query_is_not_blocked(shop):
    with over(shop, workers=1, seconds=20.0) as opened:
        opened.run("SELECT 1")
        thread = threading.Thread(target=opened.run, args=(SLOW,))
        thread.start()
        time.sleep(0.05)
        child = os.fork()
        if child == 0:
            code = 1
            with contextlib.suppress(BaseException):
                code = 0 if opened.run("SELECT 2").rows == ((2,),) else 2
                opened.close()
            os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        thread.join()
        assert opened.run(SLOW).failure is None


# ends


@pytest.mark.parametrize(("engine", "end"), [("duckdb", "kill(os.getpid(), 9)"), ("sqlite", "killpg(0, 15)")])
def test_workers_do_not_outlive_the_program(shop, engine, end):
    program = f"""
import os, sys, threading
from pathlib import Path
sys.path.insert(0, {str(Path(worker.__file__).parents[2])!r})
from vitrine.verifiers.sql.judge import Sandbox, judge_all
sandbox = Sandbox.at(Path({str(shop)!r}), engine={engine!r})
sandbox.workers = 2
sandbox._begin()
threads = [threading.Thread(target=sandbox.run, args=(f"SELECT {{n}}",)) for n in range(40)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(sandbox._fork_server.folder, *(process.pid for process in sandbox._all), flush=True)
os.{end}
"""
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=False, start_new_session=True)
    folder, *pids = done.stdout.split()
    deadline = time.monotonic() + 10
    while (any(psutil.pid_exists(int(pid)) for pid in pids) or Path(folder).exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert pids
    assert not Path(folder).exists()
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            assert psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE


def test_close_leaves_nothing_and_the_next_query_starts_again(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with nothing_left(), over(shop, workers=2) as opened:
        judge_all([(f"SELECT {n} FROM orders", HONEST) for n in range(10)], opened)
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        opened.close()
        assert list(tmp_path.iterdir()) == []
        assert opened.run("SELECT count(*) FROM reviews").rows == ((2,),)
    assert list(tmp_path.iterdir()) == []


def test_close_waits_for_running_queries(shop):
    with nothing_left():
        opened = over(shop, workers=2, seconds=20.0)
        opened.run("SELECT 1")
        results = []
        thread = threading.Thread(target=lambda: results.append(opened.run(SLOW)))
        thread.start()
        time.sleep(0.05)
        opened.close()
        thread.join()
        assert results[0].failure is None
        assert processes(opened) == []


def test_deleted_folder_is_created_again(shop):
    with over(shop) as opened:
        opened.run("SELECT 1")
        for process in opened._idle:
            process.close()
        opened._idle.clear()
        for file in sorted(opened._fork_server.folder.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        opened._fork_server.folder.rmdir()
        assert opened.run("SELECT 2").rows == ((2,),)


# errors that are not a reply's fault


def test_missing_database_raises(tmp_path):
    (tmp_path / "empty").mkdir()
    for databases in ({}, {"original": tmp_path / "gone"}, {"original": tmp_path / "empty"}):
        with pytest.raises(VerifierError, match="parquet"):
            Sandbox(databases)
    for folder in (tmp_path / "gone", tmp_path / "empty"):
        with pytest.raises(VerifierError, match="folder of parquet files"):
            Sandbox.at(folder)


@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
def test_broken_database_raises(tmp_path, tmp_path_factory, monkeypatch, engine):
    (tmp_path / "orders.parquet").write_bytes(b"not parquet")
    scratch = tmp_path_factory.mktemp("scratch")
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    with (
        nothing_left(),
        Sandbox({"original": tmp_path}, engine=engine) as broken,
        pytest.raises(VerifierError, match="does not start"),
    ):
        broken.run("SELECT 1")
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("program", ["/bin/false", "/no/such/program"])
def test_process_that_cannot_start_raises(shop, tmp_path, monkeypatch, program):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "executable", program)
    with nothing_left(), over(shop) as broken:
        with pytest.raises(VerifierError, match="does not start"):
            broken.run("SELECT 1")
        with pytest.raises(VerifierError, match="does not start"):
            judge_all([("SELECT 1", HONEST)] * 3, broken)
    assert list(tmp_path.iterdir()) == []


def test_unknown_database_raises(sandbox):
    with pytest.raises(VerifierError, match="no SQL database 'x'"):
        sandbox.run("SELECT 1", "x")


def test_unknown_engine_raises(shop):
    with pytest.raises(VerifierError, match="'oracle'"):
        over(shop, engine="oracle")
