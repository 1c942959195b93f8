"""format: examples become prompts on three sides; every option changes what comes out."""

import json
from collections import Counter

import polars as pl
import pytest

from stages import format as stage
from tests.conftest import composed
from vitrine import tables
from vitrine.cleaning.near.shingles import readable
from vitrine.errors import SettingsError
from vitrine.facts import shop
from vitrine.settings import parse
from vitrine.tables.chat import CHAT

SMALL = {name: {"rows": 40, "gold": None} for name in ("extract", "sentiment", "sql", "describe", "general")}
SMALL["insights"] = {"rows": 40, "gold": 5}
CHURN = {"train": "2017-08-31", "test": "2018-02-28", "window_days": 180, "until": "2018-08-31"}
BEYOND = {"ngram": 13, "jaccard": 0.8, "by_gold": ["sql"]}


def formatted(clean, folder, **changes):
    """Metrics, prompts by side and the folder of one run."""
    usual = {"tasks": SMALL, "task_rows": None, "validation": 0.1, "test": 0.3, "test_rows": 6, "shop_orders": 200, "seed": 7}
    where = {"clean": str(clean), "chat": str(folder / "chat"), "facts": str(folder / "facts")}
    section = composed("scale=smoke")["format"] | usual | where | changes
    metrics = stage.main.body(parse(stage.Format, "format", section))
    chat = {side: tables.read(folder / "chat" / f"{side}.parquet", CHAT) for side in ("train", "validation", "test")}
    return metrics, chat, folder


@pytest.fixture
def run(places, tmp_path):
    return lambda **changes: formatted(places.clean, tmp_path / str(len(list(tmp_path.iterdir()))), **changes)


@pytest.fixture(scope="module")
def usual(places, tmp_path_factory):
    return told(*formatted(places.clean, tmp_path_factory.mktemp("usual")))


def told(metrics, chat, folder):
    """What a run says, wherever its folder is."""
    customers = pl.read_parquet(folder / "facts" / "churn.parquet").rows()
    return metrics, customers, json.loads(json.dumps(chat).replace(json.dumps(str(folder))[1:-1], "here"))


def test_what_it_counts_is_what_it_wrote(run):
    metrics, chat, folder = run()
    for side, rows in chat.items():
        assert sum(value for name, value in metrics.items() if name.startswith(f"{side}.") and name != "train.golds") == len(rows)
    entities = {side: {(row["task"], row["entity"]) for row in rows} for side, rows in chat.items()}
    assert not entities["train"] & (entities["test"] | entities["validation"])
    assert all(json.loads(row["facts"]) is not None and row["messages"][-1]["role"] == "user" for row in chat["train"])
    assert sorted(path.name for path in (folder / "facts" / "shop").iterdir()) == sorted(shop.COPIES)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"tasks": SMALL | {"extract": {"rows": 20, "gold": None}}}, id="tasks.extract.rows"),
        pytest.param({"tasks": SMALL | {"insights": {"rows": 40, "gold": 2}}}, id="tasks.insights.gold"),
        pytest.param({"validation": 0.3}, id="validation"),
        pytest.param({"test": 0.1}, id="test"),
        pytest.param({"test_rows": 2}, id="test_rows"),
        pytest.param({"seed": 8}, id="seed"),
        pytest.param({"shop_orders": 100}, id="shop_orders"),
        pytest.param({"contamination": BEYOND | {"ngram": 2}}, id="contamination.ngram"),
        pytest.param({"contamination": BEYOND | {"jaccard": 0.2}}, id="contamination.jaccard"),
        pytest.param({"contamination": BEYOND | {"by_gold": ["sql", "sentiment"]}}, id="contamination.by_gold"),
        pytest.param({"questions": {"shapes": "core", "engine": "duckdb"}}, id="questions.shapes"),
        pytest.param({"questions": {"shapes": "all", "engine": "sqlite"}}, id="questions.engine"),
        pytest.param({"listings": {"strata": 1, "shard": None}}, id="listings.strata"),
        pytest.param({"listings": {"strata": 4, "shard": {"rows": 100, "number": 0}}}, id="listings.shard"),
        pytest.param({"listings": {"strata": 4, "shard": {"rows": 30, "number": 0}}}, id="listings.shard.rows"),
        pytest.param({"listings": {"strata": 4, "shard": {"rows": 100, "number": 1}}}, id="listings.shard.number"),
        pytest.param({"churn": CHURN | {"train": "2017-07-31"}}, id="churn.train"),
        pytest.param({"churn": CHURN | {"test": "2018-03-01"}}, id="churn.test"),
        pytest.param({"churn": CHURN | {"window_days": 90}}, id="churn.window_days"),
    ],
)
def test_every_option_changes_what_comes_out(run, usual, changes):
    assert told(*run(**changes)) != usual


@pytest.mark.slow
def test_where_it_runs_changes_nothing(run, usual):
    assert told(*run()) == usual


@pytest.mark.slow
def test_the_same_settings_give_the_same_bytes(run):
    one, two = run()[2], run()[2]
    files = sorted(path.relative_to(one) for path in one.rglob("*.parquet"))
    assert len(files) > 20
    for file in files:
        if "chat" not in file.parts:  # chat rows name the folder of their facts, which differs here
            assert (one / file).read_bytes() == (two / file).read_bytes()


def test_a_source_that_is_not_selected_gives_no_prompts(run):
    metrics, chat, _ = run(tasks={"describe": {"rows": 40, "gold": None}})
    assert {row["task"] for rows in chat.values() for row in rows} == {"describe"} and metrics["train.describe"] > 0


@pytest.mark.slow
def test_no_text_of_train_stands_on_a_side_that_is_held_out(run):
    """Entities, prompts, and thirteen words in a row of which none belongs to what a task's prompts say anyway."""
    _, chat, _ = run(tasks={name: {"rows": 400, "gold": None} for name in SMALL})
    words = {side: [(row["task"], read(row["messages"][-1]["content"])) for row in rows] for side, rows in chat.items()}
    usual = Counter((task, three) for rows in words.values() for task, said in rows for three in set(runs(said, 3)))
    prompts = Counter(task for rows in words.values() for task, _ in rows)
    template = {three for (task, three), count in usual.items() if count > 0.4 * prompts[task]}
    own = {side: {run for _, said in rows for run in own_runs(said, template)} for side, rows in words.items()}
    texts = {side: {" ".join(said) for _, said in rows} for side, rows in words.items()}
    entities = {side: {row["entity"] for row in rows} for side, rows in chat.items()}
    for found in (own, texts, entities):
        assert len(found["train"]) > 100 and len(found["test"]) > 10
        assert not found["train"] & (found["validation"] | found["test"]) and not found["validation"] & found["test"]


def read(prompt):
    return readable(pl.Series([prompt])).item().split()


def runs(words, size):
    return [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]


def own_runs(words, template):
    usual = {at + place for at, three in enumerate(runs(words, 3)) if three in template for place in range(3)}
    return [run for at, run in enumerate(runs(words, 13)) if usual.isdisjoint(range(at, at + 13))]


def test_a_task_that_does_not_exist_cannot_be_told_by_its_gold(run):
    with pytest.raises(SettingsError, match=r"contamination.*sqll.*should be one of"):
        run(contamination=BEYOND | {"by_gold": ["sqll"]})
