"""MLflow is a view: it shows every run when it can, and stops none when it cannot."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from vitrine import tracking

DEAD = "http://someone:secret@127.0.0.1:9"  # the discard port: nothing listens there


@pytest.fixture(scope="session")
def _database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, made once: creating its tables takes a second."""
    folder = tmp_path_factory.mktemp("mlflow")
    tracking._client(f"sqlite:///{folder}/mlflow.db").search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _database: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("toy: {rows: 3}\nseed: 7\n")
    Path("dvc.yaml").write_text("stages: {}\n")
    shutil.copy(_database, tmp_path / "mlflow.db")
    return tmp_path


def runs(root: Path) -> dict[str, Any]:
    """Every run by name."""
    client = tracking._client(f"sqlite:///{root}/mlflow.db")
    found = client.search_runs([one.experiment_id for one in client.search_experiments()])
    return {run.info.run_name: run for run in found}


def reference(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tracking.RUNS / f"{name}.json").read_text())
    return found


def test_without_a_run_everything_is_a_no_op(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tracking.log_metrics({"loss": 1.0}, step=1)
    tracking.log_params({"a": 1})
    tracking.log_dataset(Path("nowhere"))
    tracking.log_artifact(Path("nowhere"))
    tracking.tag("a", "b")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_stage_is_a_child_of_its_pipeline(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_EXP_NAME", "brave-otter")
    Path("dvc.lock").write_text("schema: '2.0'\n")
    Path("note.txt").write_text("hello")
    settings = {"lm": {"layers": 4}, "names": ["a", "b"], "long": "x" * 9000, **{f"many.{n}": n for n in range(120)}}
    with tracking.run("sft", settings=settings):
        for step in range(250):
            tracking.log_metrics({"loss": 1 / (step + 1), "deep": {"x": step}, "odd (name)": float("nan"), "flag": True}, step)
        tracking.log_params({"later": 1})
        tracking.log_artifact(Path("note.txt"))
        tracking.tag("colour", "green")
    found = runs(repository)
    child, parent = found["sft"], found["brave-otter"]
    assert (child.info.status, parent.info.status) == ("FINISHED", "FINISHED")
    tags = child.data.tags
    assert tags["mlflow.parentRunId"] == parent.info.run_id
    assert tags["dvc.stage"] == "sft"
    assert tags["dvc.exp_name"] == "brave-otter"
    assert tags["colour"] == "green"
    assert len(tags["dvc.lock"]) == 32
    assert tags["vitrine.fingerprint"] == parent.data.tags["vitrine.fingerprint"] == tracking.pipeline_fingerprint(Path())
    params = child.data.params
    assert (params["lm.layers"], params["names"], params["later"]) == ("4", "['a', 'b']", "1")
    assert len(params["long"]) == 6000
    assert len([key for key in params if key.startswith("many.")]) == 120
    assert parent.data.params == {"toy.rows": "3", "seed": "7"}
    history = tracking._client(f"sqlite:///{repository}/mlflow.db").get_metric_history(child.info.run_id, "loss")
    assert [(one.step, one.value) for one in history] == [(step, 1 / (step + 1)) for step in range(250)]
    assert set(child.data.metrics) == {"loss", "deep.x"}
    assert (repository / "mlruns").is_dir()
    assert reference("sft") == {
        "run_id": child.info.run_id, "parent_run_id": parent.info.run_id, "experiment": "vitrine",
        "uri": "sqlite:///mlflow.db", "reason": None,
    }  # fmt: skip


def test_stages_of_one_pipeline_share_a_parent_and_link_back(repository: Path) -> None:
    with tracking.run("ingest", "olist"):
        pass
    with tracking.run("format"):
        pass
    Path("params.yaml").write_text("toy: {rows: 4}\nseed: 7\n")
    with tracking.run("base"):  # another fingerprint: format stands for a stage that DVC restored from its cache
        pass
    found = runs(repository)
    first, second, third = found["ingest@olist"], found["format"], found["base"]
    assert first.data.tags["mlflow.parentRunId"] == second.data.tags["mlflow.parentRunId"]
    assert third.data.tags["mlflow.parentRunId"] != second.data.tags["mlflow.parentRunId"]
    assert second.data.tags["ref.ingest-olist"] == first.info.run_id
    assert third.data.tags["ref.format"] == second.info.run_id
    assert "ref.format" not in second.data.tags
    assert len(found) == 5


def test_code_is_part_of_the_fingerprint(repository: Path) -> None:
    before = tracking.pipeline_fingerprint(Path())
    Path("stages").mkdir()
    Path("stages/x.py").write_text("1\n")
    assert tracking.pipeline_fingerprint(Path()) != before


@pytest.mark.slow
def test_datasets_carry_the_digest_dvc_knows_them_by(repository: Path) -> None:
    folder = Path("data/clean")
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "deep" / "b.txt").write_text("b")
    subprocess.run(["git", "init", "-q"], check=True)
    for words in (["init", "-q"], ["add", "-q", "data/clean"]):
        subprocess.run([sys.executable, "-m", "dvc", *words], check=True)
    dvc = next(line.split()[-1] for line in Path("data/clean.dvc").read_text().splitlines() if "md5:" in line)
    assert tracking.digest(folder, {}) == dvc
    stale = {"data/clean": {"md5": "0" * 32 + ".dir", "size": 99}}
    assert tracking.digest(folder, stale) == dvc, "a lock that tells another size is not believed"
    fresh = {"data/clean": {"md5": "0" * 32 + ".dir", "size": 2}}
    assert tracking.digest(folder, fresh) == "0" * 32 + ".dir"
    with tracking.run("format", inputs=[folder, Path("data/nowhere")]):
        tracking.log_dataset(folder / "a.txt", "one file")
    inputs = {one.dataset.name: one.dataset.digest for one in runs(repository)["format"].inputs.dataset_inputs}
    assert inputs == {"data/clean": dvc, "one file": "0cc175b9c0f1b6a831c399e269772661"}


def test_a_failed_stage_is_a_failed_run_and_leaves_no_reference(repository: Path) -> None:
    with tracking.run("sft"):
        pass
    with pytest.raises(ZeroDivisionError), tracking.run("sft"):
        tracking.log_metrics({"loss": 1.0})
        raise ZeroDivisionError
    assert not (tracking.RUNS / "sft.json").exists()
    client = tracking._client(f"sqlite:///{repository}/mlflow.db")
    found = client.search_runs(["0", "1"], "tags.`dvc.stage` = 'sft'", order_by=["attributes.start_time DESC"])
    assert sorted(run.info.status for run in found) == ["FAILED", "FINISHED"]
    assert [run.data.metrics for run in found if run.info.status == "FAILED"] == [{"loss": 1.0}]
    with pytest.raises(KeyboardInterrupt), tracking.run("grpo"):
        raise KeyboardInterrupt
    assert runs(repository)["grpo"].info.status == "KILLED"


def test_a_dead_server_costs_seconds_and_no_stage(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()
    with tracking.run("sft", settings={"a": 1}, uri=DEAD):
        for step in range(500):
            tracking.log_metrics({"loss": 1.0}, step)
    assert time.monotonic() - started < 20
    said = reference("sft")
    assert said["run_id"] is None
    assert said["uri"] == "http://127.0.0.1:9"
    assert said["reason"]
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert error.startswith("vitrine sft: MLflow does not hold all of this run: ")
    assert "secret" not in error + json.dumps(said)


def test_a_server_that_stumbles_gets_the_metrics_later(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from mlflow import MlflowClient

    working = MlflowClient.log_batch
    calls: list[int] = []

    def stumbling(self: Any, run_id: str, metrics: Any = (), **rest: Any) -> None:
        calls.extend([len(metrics)] if metrics else [])
        if len(calls) == 1:
            raise OSError("database is locked")
        working(self, run_id, metrics=metrics, **rest)

    monkeypatch.setattr(MlflowClient, "log_batch", stumbling)
    with tracking.run("sft"):
        for step in range(100):
            tracking.log_metrics({"loss": 1.0}, step)
        tracking.tag("colour", "green")
    found = runs(repository)["sft"]
    assert found.info.status == "FINISHED"
    assert found.data.metrics == {"loss": 1.0}
    assert found.data.tags["colour"] == "green"
    assert reference("sft")["run_id"] == found.info.run_id
    assert reference("sft")["reason"] == "database is locked"
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_switched_off_it_touches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with tracking.run("sft", enabled=False):
        tracking.log_metrics({"loss": 1.0})
    assert [path.name for path in tmp_path.iterdir()] == ["metrics"]
    assert reference("sft")["reason"] == "tracking.enabled is false"


def test_the_owning_repository_keeps_the_database(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "queued"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("DVC_ROOT", str(repository))
    with tracking.run("sft"):
        pass
    assert "sft" in runs(repository)
    assert {path.name for path in elsewhere.iterdir()} == {"metrics"}
    assert reference("sft")["uri"] == "sqlite:///mlflow.db"


@pytest.mark.parametrize(
    ("uri", "absolute"),
    [
        ("sqlite:///mlflow.db", "sqlite:////house/mlflow.db"),
        ("sqlite:///deep/runs.db", "sqlite:////house/deep/runs.db"),
        ("sqlite:////other/runs.db", "sqlite:////other/runs.db"),
        ("https://tracking.example.org", "https://tracking.example.org"),
        ("postgresql://a:b@c/d", "postgresql://a:b@c/d"),
    ],
)
def test_a_database_has_an_absolute_address(uri: str, absolute: str) -> None:
    assert tracking._absolute(uri, Path("/house")) == absolute


@pytest.mark.slow
def test_two_first_stages_at_once_make_one_parent(tmp_path: Path) -> None:
    code = "import sys; from vitrine import tracking\nwith tracking.run(sys.argv[1]): tracking.log_metrics({'loss': 1.0})"
    (tmp_path / "params.yaml").write_text("seed: 7\n")
    root = Path(__file__).resolve().parents[1]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{code}", name],
            cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        )
        for name in ("first", "second")
    ]  # fmt: skip
    said = [one.communicate(timeout=120)[1] for one in started]
    assert said == ["", ""]
    found = runs(tmp_path)
    assert len(found) == 3
    assert found["first"].data.tags["mlflow.parentRunId"] == found["second"].data.tags["mlflow.parentRunId"]


def test_mlflow_is_imported_with_the_first_run_only() -> None:
    code = "import sys, vitrine.stage, vitrine.tracking; print('mlflow' in sys.modules, 'torch' in sys.modules)"
    root = Path(__file__).resolve().parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True).stdout == "False False\n"
