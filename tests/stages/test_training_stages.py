"""What base, sft, grpo and benchmark say when there is nothing to work on."""

import pytest

from stages import base, benchmark, grpo, sft
from stages.format import Format
from vitrine import tables
from vitrine.errors import CheckpointError, EmptyError, SettingsError, TableError
from vitrine.settings import parse
from vitrine.stage import composition
from vitrine.tables.chat import CHAT

STAGES = {
    "base": (base, base.Base),
    "sft": (sft, sft.Sft),
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

    def call(name, rows, cut=0):
        for side in ("train", "test"):
            path = tmp_path / "data" / "chat" / f"{side}.parquet"
            tables.write(path, rows, CHAT)
            path.write_bytes(path.read_bytes()[: -cut or None])
        module, kind = STAGES[name]
        return module.main.body(parse(kind, name, composition(["scale=smoke"])[name]))

    return call


@pytest.mark.parametrize(
    ("name", "rows", "said"),
    [
        ("base", [], "holds no rows, and a model cannot be made from no text"),
        ("sft", [ROW], "no row with a gold reply to learn from"),
        ("grpo", [], "no prompt of insights, extract"),
        ("benchmark", [], "holds no rows, and a model is judged on held-out prompts"),
    ],
)
def test_nothing_to_work_on_is_said(run, name, rows, said):
    with pytest.raises(EmptyError, match=said):
        run(name, rows)


@pytest.mark.parametrize("name", ["sft", "grpo", "benchmark"])
def test_a_missing_model_is_said(run, name):
    with pytest.raises(CheckpointError, match="is not a model folder; run `dvc repro`"):
        run(name, [ROW | {"gold": "positivo, nota 5"}])


@pytest.mark.parametrize("name", ["base", "sft", "grpo", "benchmark"])
def test_a_truncated_table_is_said(run, name):
    with pytest.raises(TableError, match="is not a whole parquet file"):
        run(name, [ROW], cut=20)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("grpo", "prompts", {"general": 5}),
        ("grpo", "prompts", {"insihgts": 5}),
        ("format", "tasks", {"churn": {"rows": 1, "gold": None}}),
    ],
)
def test_a_task_that_is_not_one_is_refused(name, key, value):
    kind = {"grpo": grpo.Grpo, "format": Format}[name]
    section = composition(["scale=smoke"])[name] | {key: value}
    with pytest.raises(SettingsError, match=f"{name}.{key}: .*should be one of extract"):
        parse(kind, name, section)
