"""The pipeline with engine.name=llama_cpp: prompts and benchmark answer with it, and its replies are graded."""

import json
from pathlib import Path

import pytest

from tests.conftest import Run, Smoke, stages_run
from vitrine import tables
from vitrine.tables.answers import ANSWERS

pytest.importorskip("xllamacpp", reason="the extra gguf")
pytest.importorskip("gguf", reason="the extra gguf")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]  # the first test may make the smoke run


@pytest.fixture(scope="module")
def checkout(smoke: Smoke, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return smoke.copy(tmp_path_factory.mktemp("engine") / "checkout")


def compose(shell: Run, checkout: Path) -> None:
    done = shell("python", "-m", "vitrine.cli", "compose", "scale=smoke", "engine.name=llama_cpp", cwd=checkout)
    assert done.returncode == 0, done.stderr


def greedy(checkout: Path, model: str) -> dict[str, tuple[str, float | None]]:
    rows = tables.read(checkout / "data" / "answers" / f"{model}.parquet", ANSWERS)
    return {row["id"]: (row["answer"], row["score"]) for row in rows}


def test_prompts_and_benchmark_answer_with_llama_cpp(checkout: Path, shell: Run) -> None:
    before = greedy(checkout, "sft")
    compose(shell, checkout)
    done = shell("dvc", "repro", "prompts", "benchmark", cwd=checkout, OMP_NUM_THREADS="1")
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    ran = set(stages_run(done.stdout))
    assert {"prompts", "benchmark"} <= ran <= {"prompts", "grpo", "benchmark"}

    after = greedy(checkout, "sft")
    assert after.keys() == before.keys()
    assert all((after[name][1] is None) == (before[name][1] is None) for name in before), "the same replies are graded"
    assert any(score is not None for _, score in after.values())
    equal = sum(after[name] == before[name] for name in before)
    assert equal > 0.9 * len(before), "in float32 greedy replies are those of transformers"
    board = json.loads((checkout / "metrics" / "benchmark.json").read_text())
    assert board["models"]["sft"]["overall"]["n"] > 0


def test_without_the_extra_a_stage_ends_with_one_sentence(checkout: Path, shell: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['xllamacpp'] = None")
    compose(shell, checkout)
    done = shell("./stage", "prompts", cwd=checkout, PYTHONPATH=str(tmp_path))
    assert done.returncode and "Traceback" not in done.stderr
    assert "needs the package xllamacpp, which is not installed: pip install" in done.stderr.splitlines()[-1]
