"""The processes behind a sandbox, killed, hung or asked by many: no score is lost, and what is endless is stopped."""

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

pytestmark = pytest.mark.slow  # the inner loop does without them

# killed


def test_a_process_killed_between_two_queries_costs_nothing(either):
    either.run("SELECT 1")
    for pid in processes(either):
        os.kill(pid, signal.SIGKILL)
    assert fresh(either, HONEST).failure is None


def test_the_process_that_they_are_forked_from_is_replaced_when_it_is_killed(either):
    either.run("SELECT 1")
    first = either._fork_server.process.pid
    for pid in (first, *processes(either)):
        os.kill(pid, signal.SIGKILL)
    assert fresh(either, HONEST).failure is None
    assert either._fork_server.process.pid != first


def test_a_process_goes_on_without_the_one_it_was_forked_from(either):
    either.run("SELECT 1")
    os.kill(either._fork_server.process.pid, signal.SIGKILL)
    assert fresh(either, HONEST).failure is None


def test_a_query_whose_process_is_killed_is_asked_again(shop):
    with over(shop, seconds=20.0) as opened:
        expected = opened.run(SLOW)
        opened.clear_cache()
        first = processes(opened)
        killer = threading.Timer(0.05, os.kill, (first[0], signal.SIGKILL))
        killer.start()
        assert opened.run(SLOW) == expected
        killer.join()
        assert processes(opened) != first


def test_a_query_that_is_killed_twice_fails_and_is_not_remembered(shop):
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
        found = opened.run(SLOW)
        done.set()
        killer.join()
        assert (found.failure, found.fair) == ("failed", False)
        assert opened.run(SLOW).failure is None


def test_a_batch_survives_the_death_of_its_processes(shop):
    pairs = [(f"SELECT state, count(*), {n} FROM orders GROUP BY 1", HONEST) for n in range(150)]
    with over(shop, workers=2, seconds=5.0) as opened:
        expected = judge_all(pairs, opened)
        opened.clear_cache()
        killers = [threading.Timer(0.05, os.kill, (pid, signal.SIGKILL)) for pid in processes(opened)]
        for killer in killers:
            killer.start()
        assert judge_all(pairs, opened) == expected


# limits


def test_a_query_is_stopped_by_its_work_and_not_by_the_clock(shop):
    with over(shop, seconds=0.4, workers=1) as opened:
        opened.run("SELECT 1")
        (pid,) = processes(opened)
        threading.Timer(0.05, os.kill, (pid, signal.SIGSTOP)).start()
        threading.Timer(0.9, os.kill, (pid, signal.SIGCONT)).start()
        assert opened.run(f"SELECT count(*) {BOMB}").failure == "timeout"
        threading.Timer(0.02, os.kill, (pid, signal.SIGSTOP)).start()
        threading.Timer(0.8, os.kill, (pid, signal.SIGCONT)).start()
        honest = opened.run("SELECT count(*) FROM range(3000) a, range(3000) b WHERE (a.range * b.range) % 7 = 3")
        assert honest.failure is None
        assert processes(opened) == [pid]


def test_a_process_that_hangs_is_ended_and_the_query_asked_again(shop, monkeypatch):
    monkeypatch.setattr(sql_sandbox, "REPLY_TIMEOUT_S", 0.3)
    with over(shop, seconds=0.05, workers=1) as opened:
        opened.run("SELECT 1")
        (pid,) = processes(opened)
        os.kill(pid, signal.SIGSTOP)
        assert opened.run(HONEST).failure is None
        assert processes(opened) != [pid]


@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
def test_an_endless_query_is_run_once(shop, engine):
    with over(shop, engine=engine, seconds=0.2, workers=1) as opened:
        query = ENDLESS[engine].format(n=1)
        assert opened.run(query).failure == "timeout"
        (process,) = map(psutil.Process, processes(opened))
        worked = sum(process.cpu_times()[:2])
        assert all(opened.run(query).failure == "timeout" for _ in range(20))
        assert sum(process.cpu_times()[:2]) - worked < 0.1


def test_what_does_not_stop_when_asked_is_ended(shop, monkeypatch):
    with over(shop, seconds=0.1, workers=1) as opened:
        opened.run("SELECT 1")
        first = processes(opened)
        os.kill(first[0], signal.SIGPROF)  # as the kernel does
        time.sleep(0.1)
        process = opened._idle[0]
        with pytest.raises(sql_process.WorkerExited) as gone:
            process.ask({}, 1.0)
        assert (gone.value.failure, gone.value.outside) == ("timeout", False)
        assert opened.run(HONEST).failure is not None or processes(opened) != first


def test_a_gold_query_has_time_where_a_reply_has_not(shop):
    with over(shop, seconds=0.02) as hurried:
        assert hurried.run(SLOW).failure == "timeout"
    with over(shop, seconds=0.1) as hurried:
        assert hurried.run(SLOW).failure == "timeout"
        assert hurried.run_all(SLOW, gold=True)["original"].failure is None
        assert hurried.run(SLOW).failure is None  # now its answer is known


def test_larger_databases_give_more_time(shop, tmp_path):
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "x.parquet").write_bytes(bytes(5_000_000))
    small, large = sql_sandbox.time_limit({"a": shop / "original"}), sql_sandbox.time_limit({"a": tmp_path / "large"})
    assert small == pytest.approx(sql_sandbox.SECONDS, abs=0.01)
    assert large == pytest.approx(sql_sandbox.SECONDS + 5 * sql_sandbox.SECONDS_PER_MEGABYTE)


# several callers


def test_threads_get_their_own_answers(either):
    answers = {}
    threads = [threading.Thread(target=lambda n=n: answers.update({n: either.run(f"SELECT {n}").rows})) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: ((n,),) for n in range(30)}


def test_an_endless_query_holds_up_nobody_else(shop):
    with over(shop, workers=2, seconds=0.8) as opened:
        judge_all([(HONEST, HONEST), ("SELECT 1", HONEST)], opened)
        endless = threading.Thread(target=opened.run, args=(ENDLESS["duckdb"].format(n=3),))
        endless.start()
        for n in range(10):
            assert opened.run(f"SELECT {n} + 1").rows == ((n + 1,),)
        assert endless.is_alive()
        endless.join()


def test_no_more_processes_than_asked_for(shop):
    with over(shop, workers=2) as opened:
        threads = [threading.Thread(target=opened.run, args=(f"{SLOW} AND {n} = {n}",)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 1 <= len(processes(opened)) <= 2


def test_one_caller_needs_one_process(shop):
    with over(shop, workers=4) as opened:
        for n in range(5):
            opened.run(f"SELECT {n}")
        assert len(processes(opened)) == 1


def test_one_sandbox_serves_all_callers(shop):
    assert Sandbox.at(shop) is Sandbox.at(shop / ".")
    assert Sandbox.at(shop) is not Sandbox.at(shop, engine="sqlite")
    assert list(Sandbox.at(shop).databases) == ["original", "perturbed_1", "perturbed_2"]
    Sandbox.at(shop).close()


# what is kept


def test_a_query_is_run_once(sandbox):
    sandbox.clear_cache()
    first = sandbox.run_all(HONEST)
    sandbox.close()
    assert sandbox.run_all(HONEST) == first
    assert processes(sandbox) == []


def test_the_oldest_is_forgotten_first():
    kept = ResultCache(10)
    for name in "abc":
        kept.put(name, name.upper(), weight=4)
    assert [kept.get(name) for name in "abc"] == [None, "B", "C"]
    kept.get("b")
    kept.put("d", "D", weight=4)
    assert [kept.get(name) for name in "bcd"] == ["B", None, "D"]
    kept.put("b", "b", weight=1)
    kept.put("e", "E", weight=5)
    assert [kept.get(name) for name in "bde"] == ["b", "D", "E"]
    kept.clear()
    assert kept.get("b") is None
