"""Errors of base, sft, prompts, grpo and benchmark for missing or broken inputs, and the choice of prompts."""

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
        for split in ("train", "test"):
            path = tmp_path / "data" / "chat" / f"{split}.parquet"
            tables.write(path, rows, CHAT)
            path.write_bytes(path.read_bytes()[: -cut or None])
        path = tmp_path / "data" / "prompts.parquet"
        tables.write(path, rows, PROMPTS)
        path.write_bytes(path.read_bytes()[: -cut or None])
        module, kind = STAGES[name]
        return module.main.body(parse(kind, name, composed("scale=smoke")[name] | settings))

    return call


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("base", [], "holds no rows, and a model needs text to be trained on"),
        ("sft", [ROW], "no row with a gold reply to learn from"),
        ("grpo", [], "has no prompt; see prompts.tasks"),
        ("benchmark", [], "holds no rows, and the benchmark needs held-out prompts"),
    ],
)
def test_empty_inputs_are_errors(run, name, rows, message):
    with pytest.raises(EmptyError, match=re.escape(message)):
        run(name, rows)


def test_grpo_without_any_unskipped_prompt_is_an_error(run):
    marked = [ROW | {"id": mark, "mark": mark, "flat": mark != "sometimes"} for mark in ("always", "never")]
    with pytest.raises(EmptyError, match=r"has 2 prompts, but all are marked always or flat; see grpo\.skip"):
        run("grpo", marked, skip=["always", "flat"])


@pytest.mark.parametrize(
    ("skip", "left"),
    [([], "abcde"), (["always"], "bcde"), (["never"], "ade"), (["flat"], "cde"), (["always", "never", "flat"], "de")],
)
def test_prompts_with_the_marks_are_skipped_and_unmarked_ones_are_not(skip, left):
    rows = [("a", "always", True), ("b", "never", True), ("c", "never", False), ("d", "sometimes", False), ("e", None, None)]
    kept = [name for name, mark, flat in rows if not grpo.is_skipped({"mark": mark, "flat": flat}, tuple(skip))]
    assert "".join(kept) == left


def test_prompts_are_the_last_distinct_ones_of_their_task():
    rows = [ROW | {"id": str(n), "messages": [{"role": "user", "content": f"{n // 2}"}]} for n in range(8)]
    chosen = prompts.choose(rows, {"sentiment": 3, "sql": 5})
    assert [row["id"] for row in chosen] == ["7", "5", "3"]


def test_without_samples_no_model_is_loaded(run):
    assert run("prompts", [ROW], tasks={"sentiment": {"rows": 9, "samples": 0}}) == {"prompts": 1.0, "sentiment.prompts": 1.0}


@pytest.mark.parametrize("name", ["sft", "prompts", "grpo", "benchmark"])
def test_a_missing_model_is_an_error(run, name):
    sampled = {"tasks": {"sentiment": {"rows": 9, "samples": 2}}} if name == "prompts" else {}
    with pytest.raises(CheckpointError, match="is not a model folder; run `dvc repro`"):
        run(name, [ROW | {"gold": "positivo, nota 5"}], **sampled)


@pytest.mark.parametrize("measure", ["bertscore", "bleurt"])
def test_similarity_models_are_loaded_before_any_model_answers(run, measure):
    model = {"name": "/no/such/folder", "revision": "main"} | ({"layer": 1} if measure == "bertscore" else {})
    with pytest.raises(CheckpointError, match=f"/no/such/folder .*cannot be loaded .*benchmark.{measure}"):
        run("benchmark", [ROW], **{measure: model})


@pytest.mark.parametrize("name", ["base", "sft", "prompts", "grpo", "benchmark"])
def test_a_truncated_table_is_an_error(run, name):
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
def test_an_unknown_task_is_a_settings_error(name, key, value):
    kind = {"prompts": prompts.Prompts, "grpo": grpo.Grpo, "format": Format}[name]
    section = composed("scale=smoke")[name] | {key: value}
    with pytest.raises(SettingsError, match=f"{name}.{key}: .*should be one of extract"):
        parse(kind, name, section)
