"""format: examples become prompts in three splits; every option has an effect."""

import json
import re
import shutil
from collections import Counter

import polars as pl
import pytest

from stages import format as stage
from tests.conftest import composed
from vitrine import tables
from vitrine.cleaning.near.shingles import comparable_texts
from vitrine.errors import EmptyError, SettingsError
from vitrine.facts import shop
from vitrine.settings import parse
from vitrine.tables.chat import CHAT
from vitrine.tables.published.listings import LISTINGS

SMALL = {name: {"rows": 40, "gold": None} for name in ("extract", "sentiment", "sql", "describe", "general")}
SMALL["insights"] = {"rows": 40, "gold": 5}
CHURN = {"train": "2017-08-31", "test": "2018-02-28", "window_days": 180, "until": "2018-08-31"}
MASKED = {"jaccard": 0.8, "same_only": ["sql", "insights"], "not_compared": ["churn"]}
BEYOND = {"ngram": 13, "jaccard": 0.8, "by_gold": ["sql"], "replies": ["describe"], "masked": MASKED}


def formatted(clean, folder, **changes):
    """Metrics, prompts by split and the folder of one run."""
    defaults = {"tasks": SMALL, "task_rows": None, "shop_orders": 200, "seed": 7}
    defaults |= {"validation": 0.1, "validation_rows": 6, "test": 0.3, "test_rows": 6}
    paths = {"clean": str(clean), "chat": str(folder / "chat"), "facts": str(folder / "facts")}
    section = composed("scale=smoke")["format"] | defaults | paths | changes
    metrics = stage.main.body(parse(stage.Format, "format", section))
    chat = {split: tables.read(folder / "chat" / f"{split}.parquet", CHAT) for split in ("train", "validation", "test")}
    return metrics, chat, folder


@pytest.fixture
def run(example_config, tmp_path):
    return lambda **changes: formatted(example_config.clean, tmp_path / str(len(list(tmp_path.iterdir()))), **changes)


@pytest.fixture(scope="module")
def default_outputs(example_config, tmp_path_factory):
    return outputs(*formatted(example_config.clean, tmp_path_factory.mktemp("default")))


def outputs(metrics, chat, folder):
    """The outputs of a run, without the path of its folder."""
    customers = pl.read_parquet(folder / "facts" / "churn.parquet").rows()
    return metrics, customers, json.loads(json.dumps(chat).replace(json.dumps(str(folder))[1:-1], "here"))


def test_metrics_count_the_written_rows(run):
    metrics, chat, folder = run()
    for split, rows in chat.items():
        assert sum(value for name, value in metrics.items() if name.startswith(f"{split}.") and name != "train.golds") == len(
            rows
        )
    entities = {split: {(row["task"], row["entity"]) for row in rows} for split, rows in chat.items()}
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
        pytest.param({"validation_rows": 1}, id="validation_rows"),
        pytest.param({"seed": 8}, id="seed"),
        pytest.param({"shop_orders": 100}, id="shop_orders"),
        pytest.param({"contamination": BEYOND | {"ngram": 4}}, id="contamination.ngram"),
        pytest.param({"contamination": BEYOND | {"jaccard": 0.4}}, id="contamination.jaccard"),
        pytest.param({"contamination": BEYOND | {"by_gold": ["sql", "general"]}}, id="contamination.by_gold"),
        pytest.param({"contamination": BEYOND | {"replies": ["describe", "general"]}}, id="contamination.replies"),
        pytest.param({"contamination": BEYOND | {"masked": None}}, id="contamination.masked"),
        pytest.param({"contamination": BEYOND | {"masked": MASKED | {"jaccard": 0.4}}}, id="contamination.masked.jaccard"),
        pytest.param({"contamination": BEYOND | {"masked": MASKED | {"same_only": []}}}, id="contamination.masked.same_only"),
        pytest.param(
            {"contamination": BEYOND | {"masked": MASKED | {"not_compared": ["insights"]}}},
            id="contamination.masked.skipped",
        ),
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
def test_every_option_changes_the_outputs(run, default_outputs, changes):
    assert outputs(*run(**changes)) != default_outputs


@pytest.mark.slow
def test_the_folder_does_not_change_the_outputs(run, default_outputs):
    assert outputs(*run()) == default_outputs


@pytest.mark.slow
def test_the_same_settings_give_the_same_bytes(run):
    first, second = run()[2], run()[2]
    files = sorted(path.relative_to(first) for path in first.rglob("*.parquet"))
    assert len(files) > 20
    for file in files:
        if "chat" not in file.parts:  # chat rows name the folder of their facts, which differs here
            assert (first / file).read_bytes() == (second / file).read_bytes()


def test_a_source_that_is_not_selected_gives_no_prompts(run):
    metrics, chat, _ = run(tasks={"describe": {"rows": 40, "gold": None}})
    assert {row["task"] for rows in chat.values() for row in rows} == {"describe"} and metrics["train.describe"] > 0


@pytest.mark.slow
def test_no_training_text_is_in_validation_or_test(run):
    """Compares entities, prompts, and runs of thirteen words that are not part of a task's template."""
    _, chat, _ = run(tasks={name: {"rows": 400, "gold": None} for name in SMALL})
    words = {split: [(row["task"], read(row["messages"][-1]["content"])) for row in rows] for split, rows in chat.items()}
    counts = Counter((task, trigram) for rows in words.values() for task, text in rows for trigram in set(runs(text, 3)))
    prompts = Counter(task for rows in words.values() for task, _ in rows)
    template = {trigram for (task, trigram), count in counts.items() if count > 0.4 * prompts[task]}
    compared = {split: [text for task, text in rows if task not in BEYOND["by_gold"]] for split, rows in words.items()}
    own = {split: {run for text in rows for run in own_runs(text, template)} for split, rows in compared.items()}
    texts = {split: {" ".join(text) for _, text in rows} for split, rows in words.items()}
    entities = {split: {row["entity"] for row in rows} for split, rows in chat.items()}
    for by_split in (own, texts, entities):
        train, validation, test = (by_split[split] for split in ("train", "validation", "test"))
        assert len(train) > 100 and len(test) > 10
        assert not train & (validation | test) and not validation & test


def read(prompt):
    return comparable_texts(pl.Series([prompt])).item().split()


def runs(words, size):
    return [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]


def own_runs(words, template):
    template_words = {at + place for at, trigram in enumerate(runs(words, 3)) if trigram in template for place in range(3)}
    return [run for at, run in enumerate(runs(words, 13)) if template_words.isdisjoint(range(at, at + 13))]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"tasks": {"describe": {"rows": 1}}},
            r"none of the 1 examples of describe is left for (train|test); raise format\.tasks\.describe",
        ),
        ({"tasks": {"describe": {"rows": 40}}, "test": 0.0001}, "none of the 40 examples of describe is left for test"),
    ],
)
def test_a_task_with_an_empty_split_stops_the_stage(run, changes, message):
    with pytest.raises(EmptyError, match=message):
        run(**changes)


def test_a_configured_task_without_examples_stops_the_stage(example_config, tmp_path):
    """For example, a task of a source that is not selected."""
    shutil.copytree(example_config.clean, tmp_path / "clean")
    tables.write(tmp_path / "clean" / "amazon_titles" / "listings.parquet", [], LISTINGS)
    requested = {"describe": {"rows": 40}, "sentiment": {"rows": 40}}
    message = r"there are no rows of amazon_titles \(for describe\): .* vitrine set format\.tasks\.describe\.rows=0$"
    with pytest.raises(EmptyError, match=message):
        formatted(tmp_path / "clean", tmp_path, tasks=requested)
    metrics, _, _ = formatted(tmp_path / "clean", tmp_path, tasks=requested | {"describe": {"rows": 0}})
    assert metrics["test.sentiment"] > 0


def test_unknown_tasks_in_contamination_are_settings_errors(run):
    with pytest.raises(SettingsError, match=r"contamination.*sqll.*should be one of"):
        run(contamination=BEYOND | {"by_gold": ["sqll"]})
    with pytest.raises(SettingsError, match=r"contamination.*descrive.*should be one of"):
        run(contamination=BEYOND | {"replies": ["descrive"]})
    with pytest.raises(SettingsError, match=r"contamination\.masked.*churm.*should be one of"):
        run(contamination=BEYOND | {"masked": MASKED | {"not_compared": ["churm"]}})


@pytest.mark.slow
def test_no_test_prompt_is_a_masked_copy_of_a_training_prompt_and_similar_ones_are_counted(run):
    metrics, chat, _ = run(tasks={"insights": {"rows": 400}, "sql": {"rows": 60}, "general": {"rows": 300}}, test_rows=60)
    masked = {
        split: {re.sub(r"\d+([.,/:-]\d+)*", "#", row["messages"][-1]["content"]) for row in rows} for split, rows in chat.items()
    }
    assert not masked["train"] & (masked["test"] | masked["validation"]) and len(masked["train"]) > 100
    assert metrics["set_aside.contaminated.masked"] > 20
    for task in ("insights", "sql", "general"):
        assert metrics[f"leaked_masked.{task}"] == 0.0 <= metrics[f"near_masked.{task}"] <= 1.0
    assert metrics["near_masked.insights"] > 0
