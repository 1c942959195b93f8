"""No telemetry, and the default pipeline needs no network."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Offline, Run
from vitrine.environment import PRIVATE, THREADS

ROOT = Path(__file__).resolve().parents[1]
SWITCHES = {
    "ANONYMIZED_TELEMETRY", "AXOLOTL_DO_NOT_TRACK", "DISABLE_TELEMETRY", "DO_NOT_TRACK", "DVC_NO_ANALYTICS",
    "GRADIO_ANALYTICS_ENABLED", "HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_UPDATE_CHECK", "ITERATIVE_DO_NOT_TRACK",
    "MLFLOW_DISABLE_TELEMETRY", "RAY_USAGE_STATS_ENABLED", "UNSLOTH_DISABLE_STATISTICS", "VLLM_NO_USAGE_STATS",
}  # fmt: skip


def python(code: str, **env: str) -> str:
    clean = {key: value for key, value in os.environ.items() if key not in PRIVATE | THREADS}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=clean | env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_vitrine_sets_every_switch() -> None:
    assert set(PRIVATE) == SWITCHES
    environment = json.loads(python("import json, os, vitrine; print(json.dumps(dict(os.environ)))"))
    assert {name: environment.get(name) for name in PRIVATE | THREADS} == PRIVATE | THREADS


def test_variables_that_are_already_set_are_kept() -> None:
    code = "import os, vitrine; print(os.environ['TOKENIZERS_PARALLELISM'], os.environ['OMP_WAIT_POLICY'])"
    assert python(code, TOKENIZERS_PARALLELISM="true", OMP_WAIT_POLICY="ACTIVE") == "true ACTIVE"


@pytest.mark.parametrize("module", ["settings", "stage", "tracking", "cli", "tables", "errors"])
def test_switches_are_set_before_any_library_whichever_module_is_imported_first(module: str) -> None:
    code = (
        "import os, sys\n"
        "class Watch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        top = name.partition('.')[0]\n"
        "        if top in ('torch', 'transformers', 'mlflow', 'huggingface_hub', 'datasets', 'trl', 'numpy', 'tokenizers'):\n"
        "            assert os.environ.get('DO_NOT_TRACK') == '1', name\n"
        "sys.meta_path.insert(0, Watch())\n"
        f"import vitrine.{module}\n"
        "print('well')"
    )
    assert python(code) == "well"


@pytest.mark.slow
def test_installed_libraries_read_the_switches() -> None:
    """The installed versions still use these names."""
    code = (
        "import vitrine\n"
        "from huggingface_hub import constants\n"
        "from mlflow.telemetry.utils import is_telemetry_disabled\n"
        "from dvc.analytics import is_enabled\n"
        "from iterative_telemetry import IterativeTelemetryLogger, DO_NOT_TRACK_ENV\n"
        "import os\n"
        "print(constants.HF_HUB_DISABLE_TELEMETRY, constants.HF_HUB_DISABLE_UPDATE_CHECK, is_telemetry_disabled(),\n"
        "      is_enabled(), DO_NOT_TRACK_ENV in os.environ)"
    )
    assert python(code, CI="", GITHUB_ACTIONS="") == "True True True False True"


def test_dvc_configuration_disables_analytics_and_update_checks() -> None:
    config = (ROOT / ".dvc" / "config").read_text()
    assert "analytics = false" in config
    assert "check_update = false" in config


def test_plots_need_no_network(tmp_path: Path) -> None:
    from dvc_render import VegaRenderer
    from dvc_render.html import render_html

    assert "html_template = plots/page.html" in (ROOT / ".dvc" / "config").read_text()
    points = [{"step": step, "loss": 1 / step, "rev": "workspace"} for step in (1, 2, 3)]
    plots = [VegaRenderer(points, "curves/sft.csv", x="step", y="loss"), VegaRenderer([], "metrics/format.json")]
    page = Path(render_html(plots, tmp_path / "index.html", ROOT / ".dvc" / "plots" / "page.html")).read_text()
    assert "vegaEmbed('#curves_sft_csv'" in page, "DVC calls the function that this page defines"
    assert page.count("function vegaEmbed(") == 1
    assert "cdn." not in page
    assert not re.search(r"(src|href)\s*=|\bimport\b|fetch\(", page)


def test_the_offline_fixture_blocks_and_logs_connections(offline: Offline) -> None:
    code = "import urllib.request as u\ntry:\n    u.urlopen('http://127.0.0.1:9')\nexcept OSError as e:\n    print(e)"
    assert "offline" in python(code, **offline.env)
    assert len(offline.attempts()) == 1


@pytest.mark.slow
def test_a_stage_runs_without_a_network(clone: Path, shell: Run, offline: Offline) -> None:
    command = ["python", "-m", "stages.ingest", "ingest.source=alpaca", "ingest.sources.alpaca.rows=32"]
    done = shell(*command, cwd=clone, timeout=120, **offline.env)
    assert done.returncode == 0, done.stderr
    assert json.loads((clone / "metrics" / "ingest" / "alpaca.json").read_text())
    assert "MLflow" not in done.stderr, "the MLflow run is complete"
    assert offline.attempts() == []
