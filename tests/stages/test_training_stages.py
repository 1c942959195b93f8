"""What base, sft, grpo and benchmark say when there is nothing to work on."""

import re

import pytest

from stages import base, benchmark, grpo, prompts, sft
from stages.format import Format
from tests.conftest import composed
from vitrine import tables
from vitrine.errors import CheckpointError, EmptyError, SettingsError, TableError
from vitrine.settings import parse
from vitrine.tables.chat import CHAT
from vitrine.tables.prompts import PROMPTS

STAGES = {
    "base": (base, base.Base),
    "sft": (sft, sft.Sft),
    "prompts": (prompts, prompts.Prompts),
    "grpo": (grpo, grpo.Grpo),
    "benchmark": (benchmark, benchmark.Benchmark),
}
ROW = {
    "id": "a",
    "task": "sentiment",
    "entity": "e",
    "messages": [{"role": "user", "content": "bom"}],
    "gold": None,
    "facts": "{}",
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(name, rows, cut=0, **settings):
        for side in ("train", "test"):
            path = tmp_path / "data" / "chat" / f"{side}.parquet"
            tables.write(path, rows, CHAT)
            path.write_bytes(path.read_bytes()[: -cut or None])
        asked = tmp_path / "data" / "prompts.parquet"
        tables.write(asked, rows, PROMPTS)
        asked.write_bytes(asked.read_bytes()[: -cut or None])
        module, kind = STAGES[name]
        return module.main.body(parse(kind, name, composed("scale=smoke")[name] | settings))

    return call


@pytest.mark.parametrize(
    ("name", "rows", "said"),
    [
        ("base", [], "holds no rows, and a model cannot be made from no text"),
        ("sft", [ROW], "no row with a gold reply to learn from"),
        ("grpo", [], "has no prompt; see prompts.tasks"),
        ("benchmark", [], "holds no rows, and a model is judged on held-out prompts"),
    ],
)
def test_nothing_to_work_on_is_said(run, name, rows, said):
    with pytest.raises(EmptyError, match=re.escape(said)):
        run(name, rows)


def test_prompts_that_can_teach_nothing_are_said(run):
    marked = [ROW | {"id": mark, "mark": mark, "flat": mark != "sometimes"} for mark in ("always", "never")]
    with pytest.raises(EmptyError, match=r"has 2 prompts, all of them always or flat; see grpo\.skip"):
        run("grpo", marked, skip=["always", "flat"])


@pytest.mark.parametrize(
    ("skip", "left"),
    [([], "abcde"), (["always"], "bcde"), (["never"], "ade"), (["flat"], "cde"), (["always", "never", "flat"], "de")],
)
def test_marked_prompts_are_skipped_and_unmarked_ones_never(skip, left):
    rows = [("a", "always", True), ("b", "never", True), ("c", "never", False), ("d", "sometimes", False), ("e", None, None)]
    kept = [name for name, mark, flat in rows if not grpo.is_skipped({"mark": mark, "flat": flat}, tuple(skip))]
    assert "".join(kept) == left


def test_the_prompts_of_a_task_are_its_last_ones_and_distinct():
    rows = [ROW | {"id": str(n), "messages": [{"role": "user", "content": f"{n // 2}"}]} for n in range(8)]
    chosen = prompts.choose(rows, {"sentiment": 3, "sql": 5})
    assert [row["id"] for row in chosen] == ["7", "5", "3"]


def test_without_samples_no_model_is_asked(run):
    assert run("prompts", [ROW], tasks={"sentiment": {"rows": 9, "samples": 0}}) == {"prompts": 1.0, "sentiment.prompts": 1.0}


@pytest.mark.parametrize("name", ["sft", "prompts", "grpo", "benchmark"])
def test_a_missing_model_is_said(run, name):
    sampled = {"tasks": {"sentiment": {"rows": 9, "samples": 2}}} if name == "prompts" else {}
    with pytest.raises(CheckpointError, match="is not a model folder; run `dvc repro`"):
        run(name, [ROW | {"gold": "positivo, nota 5"}], **sampled)


@pytest.mark.parametrize("measure", ["bertscore", "bleurt"])
def test_a_model_that_compares_is_loaded_before_any_model_answers(run, measure):
    named = {"name": "/no/such/folder", "revision": "main"} | ({"layer": 1} if measure == "bertscore" else {})
    with pytest.raises(CheckpointError, match=f"/no/such/folder .*cannot be loaded .*benchmark.{measure}"):
        run("benchmark", [ROW], **{measure: named})


@pytest.mark.parametrize("name", ["base", "sft", "prompts", "grpo", "benchmark"])
def test_a_truncated_table_is_said(run, name):
    with pytest.raises(TableError, match="is not a whole parquet file"):
        run(name, [ROW], cut=20)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("prompts", "tasks", {"general": {"rows": 5, "samples": 0}}),
        ("prompts", "tasks", {"insihgts": {"rows": 5, "samples": 0}}),
        ("grpo", "partial_until", {"sqll": 0.5}),
        ("format", "tasks", {"chrun": {"rows": 1, "gold": None}}),
    ],
)
def test_a_task_that_is_not_one_is_refused(name, key, value):
    kind = {"prompts": prompts.Prompts, "grpo": grpo.Grpo, "format": Format}[name]
    section = composed("scale=smoke")[name] | {key: value}
    with pytest.raises(SettingsError, match=f"{name}.{key}: .*should be one of extract"):
        parse(kind, name, section)
