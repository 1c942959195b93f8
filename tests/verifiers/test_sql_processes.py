"""Sandbox processes that are killed, hang or serve many callers: no score is lost and endless queries are stopped."""

import contextlib
import os
import signal
import threading
import time

import psutil
import pytest

from tests.verifiers.shops import BOMB, ENDLESS, HONEST, SLOW, fresh, over, processes
from vitrine.verifiers.sql import process as sql_process
from vitrine.verifiers.sql import sandbox as sql_sandbox
from vitrine.verifiers.sql.cache import ResultCache
from vitrine.verifiers.sql.judge import Sandbox, judge_all

pytestmark = pytest.mark.slow  # not in the quick test run

# killed


def test_worker_killed_between_queries_is_replaced(either):
    either.run("SELECT 1")
    for pid in processes(either):
        os.kill(pid, signal.SIGKILL)
    assert fresh(either, HONEST).failure is None


def test_killed_fork_server_is_replaced(either):
    either.run("SELECT 1")
    first = either._fork_server.process.pid
    for pid in (first, *processes(either)):
        os.kill(pid, signal.SIGKILL)
    assert fresh(either, HONEST).failure is None
    assert either._fork_server.process.pid != first


def test_worker_outlives_a_killed_fork_server(either):
    either.run("SELECT 1")
    os.kill(either._fork_server.process.pid, signal.SIGKILL)
    assert fresh(either, HONEST).failure is None


def test_query_of_a_killed_worker_runs_again(shop):
    with over(shop, seconds=20.0) as opened:
        expected = opened.run(SLOW)
        opened.clear_cache()
        first = processes(opened)
        killer = threading.Timer(0.05, os.kill, (first[0], signal.SIGKILL))
        killer.start()
        assert opened.run(SLOW) == expected
        killer.join()
        assert processes(opened) != first


def test_query_killed_twice_fails_and_is_not_cached(shop):
    with over(shop, seconds=20.0) as opened:
        opened.run("SELECT 1")
        done = threading.Event()

        def kill_all():
            while not done.wait(0.02):
                for pid in processes(opened):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

        killer = threading.Thread(target=kill_all)
        killer.start()
        result = opened.run(SLOW)
        done.set()
        killer.join()
        assert (result.failure, result.fair) == ("failed", False)
        assert opened.run(SLOW).failure is None


def test_batch_survives_killed_workers(shop):
    pairs = [(f"SELECT state, count(*), {n} FROM orders GROUP BY 1", HONEST) for n in range(150)]
    with over(shop, workers=2, seconds=5.0) as opened:
        expected = judge_all(pairs, opened)
        opened.clear_cache()
        killers = [threading.Timer(0.05, os.kill, (pid, signal.SIGKILL)) for pid in processes(opened)]
        for killer in killers:
            killer.start()
        assert judge_all(pairs, opened) == expected


# limits


@contextlib.contextmanager
def stopped(pid, *, seconds):
    """Stop a process soon after the block begins, and continue it after `seconds`."""

    def stop_and_continue():
        with contextlib.suppress(ProcessLookupError):
            time.sleep(0.05)
            os.kill(pid, signal.SIGSTOP)
            time.sleep(seconds)
            os.kill(pid, signal.SIGCONT)

    thread = threading.Thread(target=stop_and_continue)
    thread.start()
    yield
    thread.join()


def test_limit_is_process_time_not_wall_clock(shop):
    """Each query runs in a worker that is stopped for longer than the limit, which costs no process time.

    The limit is three times what the query needs, so that the test passes on a busy machine. There the kernel may also kill a
    worker that gets no processor in time to interrupt its endless query; one of eight workers must survive it.
    """
    with over(shop, seconds=1.5, workers=1) as opened:
        opened.run("SELECT 1")
        (pid,) = processes(opened)
        with stopped(pid, seconds=1.7):
            assert opened.run(SLOW).failure is None
        assert processes(opened) == [pid]
        survived = False
        for attempt in range(8):
            fresh(opened, "SELECT 1")
            (pid,) = processes(opened)
            with stopped(pid, seconds=1.7):
                assert opened.run(f"SELECT {attempt}, count(*) {BOMB}").failure == "timeout"
            survived = processes(opened) == [pid]
            if survived:
                break
        assert survived


def test_hanging_worker_is_replaced_and_its_query_runs_again(shop, monkeypatch):
    monkeypatch.setattr(sql_sandbox, "REPLY_TIMEOUT_S", 0.3)
    with over(shop, seconds=0.05, workers=1) as opened:
        opened.run("SELECT 1")
        (pid,) = processes(opened)
        os.kill(pid, signal.SIGSTOP)
        assert opened.run(HONEST).failure is None
        assert processes(opened) != [pid]


@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
def test_endless_query_runs_once(shop, engine):
    with over(shop, engine=engine, seconds=0.2, workers=1) as opened:
        query = ENDLESS[engine].format(n=1)
        assert opened.run(query).failure == "timeout"
        (process,) = map(psutil.Process, processes(opened))
        used_before = sum(process.cpu_times()[:2])
        assert all(opened.run(query).failure == "timeout" for _ in range(20))
        assert sum(process.cpu_times()[:2]) - used_before < 0.1


def test_worker_that_does_not_stop_is_ended(shop, monkeypatch):
    with over(shop, seconds=0.1, workers=1) as opened:
        opened.run("SELECT 1")
        first = processes(opened)
        os.kill(first[0], signal.SIGPROF)  # as the kernel does
        time.sleep(0.1)
        process = opened._idle[0]
        with pytest.raises(sql_process.WorkerExited) as exited:
            process.ask({}, 1.0)
        assert (exited.value.failure, exited.value.killed_from_outside) == ("timeout", False)
        assert opened.run(HONEST).failure is not None or processes(opened) != first


def test_gold_queries_get_more_time_than_replies(shop):
    with over(shop, seconds=0.02) as short:
        assert short.run(SLOW).failure == "timeout"
    with over(shop, seconds=0.1) as short:
        assert short.run(SLOW).failure == "timeout"
        assert short.run_all(SLOW, gold=True)["original"].failure is None
        assert short.run(SLOW).failure is None  # now its result is cached


def test_larger_databases_raise_the_time_limit(shop, tmp_path):
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "x.parquet").write_bytes(bytes(5_000_000))
    small, large = sql_sandbox.time_limit({"a": shop / "original"}), sql_sandbox.time_limit({"a": tmp_path / "large"})
    assert small == pytest.approx(sql_sandbox.SECONDS, abs=0.01)
    assert large == pytest.approx(sql_sandbox.SECONDS + 5 * sql_sandbox.SECONDS_PER_MEGABYTE)


# several callers


def test_threads_get_their_own_results(either):
    answers = {}
    threads = [threading.Thread(target=lambda n=n: answers.update({n: either.run(f"SELECT {n}").rows})) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: ((n,),) for n in range(30)}


def test_endless_query_does_not_block_other_callers(shop):
    with over(shop, workers=2, seconds=0.8) as opened:
        judge_all([(HONEST, HONEST), ("SELECT 1", HONEST)], opened)
        endless = threading.Thread(target=opened.run, args=(ENDLESS["duckdb"].format(n=3),))
        endless.start()
        for n in range(10):
            assert opened.run(f"SELECT {n} + 1").rows == ((n + 1,),)
        assert endless.is_alive()
        endless.join()


def test_number_of_workers_is_limited(shop):
    with over(shop, workers=2) as opened:
        threads = [threading.Thread(target=opened.run, args=(f"{SLOW} AND {n} = {n}",)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 1 <= len(processes(opened)) <= 2


def test_one_caller_uses_one_worker(shop):
    with over(shop, workers=4) as opened:
        for n in range(5):
            opened.run(f"SELECT {n}")
        assert len(processes(opened)) == 1


def test_sandbox_at_a_folder_is_shared(shop):
    assert Sandbox.at(shop) is Sandbox.at(shop / ".")
    assert Sandbox.at(shop) is not Sandbox.at(shop, engine="sqlite")
    assert list(Sandbox.at(shop).databases) == ["original", "perturbed_1", "perturbed_2"]
    Sandbox.at(shop).close()


# cache


def test_cached_query_needs_no_worker(sandbox):
    sandbox.clear_cache()
    first = sandbox.run_all(HONEST)
    sandbox.close()
    assert sandbox.run_all(HONEST) == first
    assert processes(sandbox) == []


def test_least_recently_used_entry_is_dropped_first():
    cache = ResultCache(10)
    for name in "abc":
        cache.put(name, name.upper(), weight=4)
    assert [cache.get(name) for name in "abc"] == [None, "B", "C"]
    cache.get("b")
    cache.put("d", "D", weight=4)
    assert [cache.get(name) for name in "bcd"] == ["B", None, "D"]
    cache.put("b", "b", weight=1)
    cache.put("e", "E", weight=5)
    assert [cache.get(name) for name in "bde"] == ["b", "D", "E"]
    cache.clear()
    assert cache.get("b") is None
