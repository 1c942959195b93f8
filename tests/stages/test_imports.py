"""Settings are validated without importing the training libraries, which take seconds to import."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ["torch", "transformers", "trl", "peft", "datasets", "mlflow", "tokenizers", "ray"]
STAGES = sorted(path.stem for path in (ROOT / "stages").glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("stage", STAGES)
def test_importing_a_stage_imports_nothing_heavy(stage):
    code = f"import json, sys, stages.{stage}; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == []
