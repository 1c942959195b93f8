"""Hostile SQL fails: it reads and writes nothing, changes no later result, outlives no limit and earns no reward.

The attacks are data in `tests/verifiers/attacks`; `ground` defines when an attack succeeds.
"""

import contextlib
import threading

import duckdb
import psutil
import pytest

from tests.verifiers.attacks import ATTACKS, SQLITE_ATTACKS, Attack
from tests.verifiers.attacks.cheats import cheats, guesses
from tests.verifiers.attacks.functions import HARMLESS
from tests.verifiers.attacks.ground import GOLD, HONEST, SECRETS, WEAK, Ground, build_shop
from vitrine.verifiers.sql.judge import Result, Sandbox, judge, same_result

pytestmark = pytest.mark.slow  # not in the quick test run

SECONDS = 0.1
JOINED = "FROM orders JOIN customers USING (customer_id) JOIN order_items USING (order_id)"
GOLDS = {
    "a sum": GOLD,
    "a count": f"SELECT COUNT(*) {JOINED} WHERE customer_state = 'RJ'",
    "a small count": f"SELECT COUNT(*) {JOINED} WHERE customer_state = 'BA' AND price < 40",
    "a table": f"SELECT customer_state, COUNT(*) {JOINED} GROUP BY 1",
    "an ordered table": f"SELECT customer_state, ROUND(SUM(price), 2) {JOINED} GROUP BY 1 ORDER BY 2 DESC LIMIT 2",
}
WEAK_QUERY = "SELECT DISTINCT customer_state, 1 FROM customers"  # it reads and runs but is mostly wrong


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacked")
    with Ground(folder, build_shop(folder / "shop"), seconds=SECONDS) as ready:
        yield ready


@pytest.fixture(scope="module")
def sqlite_ground(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacked_sqlite")
    with Ground(folder, build_shop(folder / "shop"), seconds=SECONDS, engine="sqlite") as ready:
        yield ready


@pytest.fixture(scope="module")
def generous(ground):
    """A sandbox over the same shop with time to spare on a busy machine."""
    with Sandbox(ground.databases, seconds=2.0) as opened:
        yield opened


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_fails(ground, name):
    assert ground.breaches(ATTACKS[name]) == []


@pytest.mark.parametrize("name", SQLITE_ATTACKS)
def test_attack_on_sqlite_fails(sqlite_ground, name):
    assert sqlite_ground.breaches(SQLITE_ATTACKS[name]) == []


# tests of the breach detection


def test_attacks_are_distinct():
    texts = [attack.sql for attack in ATTACKS.values() if not attack.kind.startswith("every")]
    assert len(texts) - len(set(texts)) == 0
    assert len(texts) >= 200


def test_every_table_function_of_duckdb_is_attacked():
    known = (
        duckdb.connect().execute("SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'table'").fetchall()
    )
    tried = {name.removeprefix("every table function: ") for name in ATTACKS}
    assert {name for (name,) in known} - tried == HARMLESS


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param(f"SELECT '{SECRETS[0]}'", "a secret came back", id="a secret in a row"),
        pytest.param(f'SELECT 1 AS "{SECRETS[1]}"', "a secret came back", id="a secret in a column's name"),
        pytest.param(f"SELECT error('{SECRETS[0]}')", "a secret came back", id="a secret in a reason"),
        pytest.param("SELECT 7", "it ran and returned ((7,),)", id="a forbidden query that ran"),
        pytest.param(GOLD, "it earned 1.000", id="a query with a reward"),
    ],
)
def test_successful_attack_is_detected(ground, sql, expected):
    breaches_found = ground.breaches(Attack(kind="test", name="it", sql=sql, may_run=False))
    assert any(breach.startswith(expected) for breach in breaches_found)


def test_changes_are_detected(ground, monkeypatch):
    harmless = Attack(kind="test", name="it", sql="SELECT 7", may_run=True)
    assert ground.breaches(harmless) == []
    (ground.out / "x").write_text("x")
    assert ground.breaches(harmless) == [f"{ground.out / 'x'} changed"]
    (ground.out / "x").unlink()
    ground.breaches(harmless)
    monkeypatch.setattr(ground, "answers", {})
    assert any(breach.startswith("the honest query after it") for breach in ground.breaches(harmless))


def test_exceeded_limit_is_detected(ground, monkeypatch):
    monkeypatch.setattr("tests.verifiers.attacks.ground.GRACE", -SECONDS)
    assert any(
        breach.startswith("it took") for breach in ground.breaches(Attack(kind="test", name="it", sql="SELECT 8", may_run=True))
    )


def test_database_files_are_watched(ground):
    assert {file.name for file in ground.before} >= {"secret.csv", "secret.txt", "orders.parquet"}
    assert any(ground.scratch in file.parents for file in ground.before)


# batches


def test_honest_replies_keep_their_score_between_hostile_ones(ground):
    hostile = [attack for attack in ATTACKS.values() if attack.kind in ("reads", "writes", "statements", "shadows", "sleep")]
    scores = []
    for place, attack in enumerate(hostile[::12]):
        judge(attack.aimed(files=str(ground.files), out=str(ground.out)), GOLD, ground.sandbox)
        scores.append(judge(f"{GOLD} AND {place} = {place}", GOLD, ground.sandbox).score)
    assert scores == [1.0] * len(scores)


def test_worker_killed_during_a_batch_loses_no_score(ground):
    before = set(psutil.Process().children(recursive=True))
    killed, scores = [], []

    def kill():
        for process in set(psutil.Process().children(recursive=True)) - before:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
                killed.append(process.pid)

    with Sandbox(ground.databases, seconds=2.0) as sandbox:
        for number in range(150):
            if number in (30, 90):
                threading.Timer(0.004, kill).start()  # while the next few run
            scores.append(judge(f"{GOLD} AND {number} = {number}", GOLD, sandbox).score)
    assert len(killed) >= 2
    assert scores == [1.0] * len(scores)


# rewards


@pytest.fixture(scope="module", params=GOLDS)
def gold(request, generous):
    """A gold query, its result on the original, and the score of a weak query."""
    query = GOLDS[request.param]
    original, *copies = generous.run_all(query, gold=True).values()
    assert not any(same_result(original, copy) for copy in copies)
    return query, original, max(WEAK, judge(WEAK_QUERY, query, generous).score)


@pytest.mark.parametrize("cheat", cheats(GOLD, Result(("a",), ((1.0,),))))
def test_memorized_result_earns_no_more_than_a_weak_query(gold, generous, cheat):
    query, original, weak = gold
    verdict = judge(cheats(query, original)[cheat], query, generous)
    assert not verdict.equal
    assert verdict.score <= weak


@pytest.mark.parametrize("guess", guesses())
def test_guess_earns_no_more_than_a_weak_query(gold, generous, guess):
    query, _, weak = gold
    verdict = judge(guesses()[guess], query, generous)
    assert not verdict.equal
    assert verdict.score <= weak


def test_query_right_on_the_original_only_is_not_equal(ground, generous):
    last = max(row[0] for row in generous.run("SELECT max(order_purchase_timestamp) FROM orders").rows)
    query = GOLDS["a table"]
    dated = query.replace(" GROUP", f" WHERE order_purchase_timestamp <= '{last}' GROUP")
    assert same_result(generous.run(query), generous.run(dated))
    verdict = judge(dated, query, generous)
    assert not verdict.equal
    assert verdict.bird
    assert WEAK < verdict.score < 1.0


def test_equivalent_queries_earn_full_score(generous):
    for unused in ("x", "no such status"):
        honest = HONEST.replace("{unused_status}", unused)
        assert judge(f"WITH t AS ({honest}) SELECT * FROM t ORDER BY 3 DESC, 1", honest, generous).score == 1.0
