"""The other recipes at scale=smoke, from raw rows to the report: every stage, without network."""

import json
from pathlib import Path

import pytest
import yaml

from tests.conftest import Offline, Run, stages_run

ATTRIBUTES = ("attributes", "atributos")

pytestmark = [pytest.mark.part, pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("recipe", ["portfolio", "tucano2", "llama32"])
def test_a_recipe_runs_from_raw_rows_to_the_report(recipe: str, clone: Path, shell: Run, offline: Offline) -> None:
    composed = shell("python", "-m", "vitrine.cli", "compose", f"recipe={recipe}", "scale=smoke", cwd=clone)
    assert composed.returncode == 0, composed.stderr
    shell("git", "commit", "-qam", recipe, cwd=clone)
    done = shell("dvc", "repro", cwd=clone, OMP_NUM_THREADS="1", **offline.env)
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    assert offline.attempts() == []
    pipeline = yaml.safe_load((clone / "dvc.yaml").read_text())["stages"]
    assert {name.partition("@")[0] for name in stages_run(done.stdout)} == set(pipeline)

    tasks = yaml.safe_load((clone / "params.yaml").read_text())["format"]["tasks"]
    scored = json.dumps(json.loads((clone / "metrics" / "benchmark.json").read_text()))
    missing = [task for task, amounts in tasks.items() if amounts.get("rows") and task in graded(recipe) and task not in scored]
    assert not missing, "tasks with rows but without a score"
    assert (clone / "metrics" / "report.html").stat().st_size > 1000

    again = shell("dvc", "repro", cwd=clone)
    assert stages_run(again.stdout) == [], "nothing changed, but a stage ran"


def graded(recipe: str) -> set[str]:
    """The graded tasks of the recipe; `general` and `analyst` have no score."""
    return {
        "portfolio": {"extract", "sentiment", "sql", "insights", "describe", "churn", "classify", "qa", "shopping", *ATTRIBUTES},
        "tucano2": {"extract", "sentiment", "sql", "insights", "churn"},
        "llama32": {"describe"},
    }[recipe]
