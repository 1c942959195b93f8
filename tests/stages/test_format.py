"""format: examples become prompts on three sides; every option changes what comes out."""

import json

import pytest

from stages import format as stage
from tests.tasks.conftest import places  # noqa: F401 -- a fixture
from vitrine import tables
from vitrine.facts import shop
from vitrine.settings import parse
from vitrine.stage import composition
from vitrine.tables.chat import CHAT

SMALL = {name: {"rows": 40, "gold": None} for name in ("extract", "sentiment", "sql", "describe", "general")}
SMALL["insights"] = {"rows": 40, "gold": 5}


@pytest.fixture
def run(places, tmp_path):  # noqa: F811
    def call(**changes):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        usual = {"tasks": SMALL, "validation": 0.1, "test": 0.3, "test_rows": 6, "shop_orders": 200, "seed": 7}
        where = {"clean": str(places.clean), "chat": str(folder / "chat"), "facts": str(folder / "facts")}
        section = composition(["scale=smoke"])["format"] | usual | where | changes
        metrics = stage.main.body(parse(stage.Format, "format", section))
        chat = {side: tables.read(folder / "chat" / f"{side}.parquet", CHAT) for side in ("train", "validation", "test")}
        return metrics, chat, folder

    return call


def test_what_it_counts_is_what_it_wrote(run):
    metrics, chat, folder = run()
    for side, rows in chat.items():
        assert sum(value for name, value in metrics.items() if name.startswith(f"{side}.") and name != "train.golds") == len(rows)
    entities = {side: {(row["task"], row["entity"]) for row in rows} for side, rows in chat.items()}
    assert not entities["train"] & (entities["test"] | entities["validation"])
    assert all(json.loads(row["facts"]) is not None and row["messages"][-1]["role"] == "user" for row in chat["train"])
    assert sorted(path.name for path in (folder / "facts" / "shop").iterdir()) == sorted(shop.COPIES)


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
    ],
)
def test_every_option_changes_what_comes_out(run, changes):
    assert run()[:1] != run(**changes)[:1] or run()[1] != run(**changes)[1]


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
