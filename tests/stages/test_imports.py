"""Settings are validated without importing the training libraries, which take seconds to import."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ["torch", "transformers", "trl", "peft", "datasets", "mlflow", "tokenizers", "ray"]
STAGES = sorted(path.stem for path in (ROOT / "stages").glob("*.py") if path.stem != "__init__")


def heavy_imports(stages: list[str]) -> dict[str, list[str]]:
    """The heavy libraries that are loaded once a stage has been imported, after those before it in one process."""
    code = "import importlib, json, sys\nfound = {}\n"
    code += f"for stage in {stages}:\n    importlib.import_module(f'stages.{{stage}}')\n"
    code += f"    found[stage] = [name for name in {HEAVY} if name in sys.modules]\nprint(json.dumps(found))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def test_importing_the_stages_imports_nothing_heavy():
    """The first stage of the list that is not empty is the one to blame."""
    assert heavy_imports(STAGES) == {stage: [] for stage in STAGES}


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_can_be_imported_first(stage):
    """Alone in a process: no stage relies on a module that another one has imported."""
    assert heavy_imports([stage]) == {stage: []}
