"""Tracking: every run is logged if MLflow works, and no stage fails if it does not."""

import logging
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from vitrine import lineage, processes, tracking

DEAD = "http://someone:secret@127.0.0.1:9"  # the discard port: nothing listens there


@pytest.fixture(scope="session")
def _database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, created once: that takes a second. Tests that use it are slow, since importing MLflow takes two more."""
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
    """All runs by name."""
    client = tracking._client(f"sqlite:///{root}/mlflow.db")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    return {run.info.run_name: run for run in client.search_runs(experiments)}


def test_without_an_open_run_logging_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tracking.log_metrics({"loss": 1.0}, step=1)
    tracking.log_headline({"sft": 0.5})
    tracking.set_tag("colour", "green")
    assert list(tmp_path.iterdir()) == []


def test_nested_values_get_dotted_keys() -> None:
    values = {"lm": {"layers": 4, "rope": {"theta": 10.5}}, "names": ["a", "b"], "none": {}, "on": True, "nan": float("nan")}
    assert list(lineage.flatten(values)) == [
        ("lm.layers", 4), ("lm.rope.theta", 10.5), ("names", ["a", "b"]), ("none", {}), ("on", True), ("nan", values["nan"])
    ]  # fmt: skip
    assert list(tracking._numbers(values)) == [("lm.layers", 4.0), ("lm.rope.theta", 10.5)]


def logger_state() -> dict[str, Any]:
    loggers = [logging.root, *(logging.getLogger(name) for name in ("vitrine", "vitrine.some.module", "a_library.module"))]
    return {log.name: (log.disabled, log.propagate, log.level, list(log.handlers)) for log in loggers}


@pytest.mark.slow
def test_a_new_database_leaves_the_loggers_of_the_process_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("seed: 7\n")
    before, off = logger_state(), logging.root.manager.disable
    with tracking.run("toy"):
        assert "toy" in runs(tmp_path)
        assert (logger_state(), logging.root.manager.disable) == (before, off)
    assert (logger_state(), logging.root.manager.disable) == (before, off)


@pytest.mark.slow
@pytest.mark.slow
def test_a_stage_is_a_child_of_its_pipeline(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_EXP_NAME", "brave-otter")
    Path("dvc.lock").write_text("schema: '2.0'\n")
    settings = {"lm": {"layers": 4}, "names": ["a", "b"], "long": "x" * 9000, **{f"many.{n}": n for n in range(120)}}
    with tracking.run(
        "sft",
        tags={"vitrine.fingerprint": "f" * 64, "colour": "green", "long": "x" * 9000},
        settings=settings,
        inputs={"data/chat": "0" * 32 + ".dir"},
    ):
        for step in range(250):
            tracking.log_metrics({"loss": 1 / (step + 1), "deep": {"x": step}, "odd (name)": float("nan"), "flag": True}, step)
        tracking.log_headline({"sft": 0.5, "suite": "a1b2", "odd": float("nan")})
        tracking.set_tag("vitrine.report", "0" * 16)
    by_name = runs(repository)
    child, parent = by_name["sft"], by_name["brave-otter"]
    assert (child.info.status, parent.info.status) == ("FINISHED", "FINISHED")
    tags = child.data.tags
    assert tags["mlflow.parentRunId"] == parent.info.run_id
    assert tags["dvc.stage"] == "sft"
    assert tags["dvc.exp_name"] == "brave-otter"
    assert tags["colour"] == "green"
    assert tags["vitrine.report"] == "0" * 16
    assert len(tags["long"]) == 5000
    assert len(tags["dvc.lock"]) == 32
    assert tags["vitrine.pipeline"] == parent.data.tags["vitrine.pipeline"] == tracking.pipeline_fingerprint(Path())
    assert tags["vitrine.fingerprint"] == "f" * 64
    assert parent.data.metrics == {"sft": 0.5}, "pipelines are compared on their parent runs"
    assert {entry.dataset.name: entry.dataset.digest for entry in child.inputs.dataset_inputs} == {"data/chat": "0" * 32 + ".dir"}
    params = child.data.params
    assert (params["lm.layers"], params["names"]) == ("4", "['a', 'b']")
    assert len(params["long"]) == 6000
    assert len([key for key in params if key.startswith("many.")]) == 120
    assert parent.data.params == {"toy.rows": "3", "seed": "7"}
    history = tracking._client(f"sqlite:///{repository}/mlflow.db").get_metric_history(child.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(step, 1 / (step + 1)) for step in range(250)]
    assert set(child.data.metrics) == {"loss", "deep.x"}
    files = {path.name for path in repository.iterdir()}
    assert files - {"mlflow.db.lock", "mlruns"} == {"dvc.lock", "dvc.yaml", "mlflow.db", "params.yaml"}, "no file names a run"


@pytest.mark.slow
def test_stages_of_one_pipeline_share_a_parent(repository: Path) -> None:
    for name, item in (("ingest", "olist"), ("format", None)):
        with tracking.run(name, item):
            pass
    Path("params.yaml").write_text("toy: {rows: 4}\nseed: 7\n")
    with tracking.run("base"):
        pass
    by_name = runs(repository)
    first, second, third = by_name["ingest@olist"], by_name["format"], by_name["base"]
    parent = next(run for run in by_name.values() if run.info.run_id == first.data.tags["mlflow.parentRunId"])
    assert parent.data.params == {"toy.rows": "3", "seed": "7"}
    assert first.data.tags["mlflow.parentRunId"] == second.data.tags["mlflow.parentRunId"]
    assert third.data.tags["mlflow.parentRunId"] != second.data.tags["mlflow.parentRunId"]
    assert len(by_name) == 5


@pytest.mark.slow
def test_find_run_gives_the_newest_successful_run_of_a_fingerprint(repository: Path) -> None:
    assert tracking.find_run("a") is None
    for _ in range(2):
        with tracking.run("sft", tags={"vitrine.fingerprint": "a"}):
            pass
    with pytest.raises(ZeroDivisionError), tracking.run("sft", tags={"vitrine.fingerprint": "a"}):
        raise ZeroDivisionError
    client = tracking._client(f"sqlite:///{repository}/mlflow.db")
    newest = client.search_runs(["1"], "tags.`dvc.stage` = 'sft' and attributes.status = 'FINISHED'")[0]
    assert tracking.find_run("a") == newest.info.run_id
    assert tracking.find_run("b") is None


KILLED = """
import os, signal, sys
from vitrine import tracking
with tracking.run("sft", tags={"vitrine.fingerprint": "a"}):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.slow
def test_the_next_run_closes_runs_of_killed_processes(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).resolve().parents[1]
    monkeypatch.setenv("PYTHONPATH", str(root))
    assert subprocess.run([sys.executable, "-c", KILLED], timeout=120).returncode == -9
    (killed,) = [run for run in runs(repository).values() if run.info.run_name == "sft"]
    assert killed.info.status == "RUNNING"
    Path("params.yaml").write_text("seed: 8\n")  # another pipeline, with another parent run
    with tracking.run("base"):
        statuses = {name: run.info.status for name, run in runs(repository).items()}
        assert statuses["sft"] == "KILLED"
        assert statuses["base"] == "RUNNING", "runs of living processes stay open"
    assert {run.info.status for run in runs(repository).values()} == {"KILLED", "FINISHED"}


def test_is_alive_distinguishes_a_reused_process_id() -> None:
    own = processes.identity()
    assert processes.is_alive(own)
    pid, started = own.split()
    assert not processes.is_alive(f"{pid} {float(started) - 60}")
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    alive = f"{child.pid} {time.time()}"
    assert processes.is_alive(alive)
    child.kill()
    time.sleep(0.2)
    assert not processes.is_alive(alive), "a zombie has ended"
    child.wait()
    assert not processes.is_alive(alive)


@pytest.mark.slow
def test_the_pipeline_fingerprint_includes_code(repository: Path) -> None:
    before = tracking.pipeline_fingerprint(Path())
    Path("stages").mkdir()
    Path("stages/x.py").write_text("1\n")
    assert tracking.pipeline_fingerprint(Path()) != before


@pytest.mark.slow
def test_a_failed_stage_is_a_failed_run(repository: Path) -> None:
    with tracking.run("sft"):
        pass
    with pytest.raises(ZeroDivisionError), tracking.run("sft"):
        tracking.log_metrics({"loss": 1.0})
        raise ZeroDivisionError
    client = tracking._client(f"sqlite:///{repository}/mlflow.db")
    attempts = client.search_runs(["0", "1"], "tags.`dvc.stage` = 'sft'", order_by=["attributes.start_time DESC"])
    assert sorted(run.info.status for run in attempts) == ["FAILED", "FINISHED"]
    assert [run.data.metrics for run in attempts if run.info.status == "FAILED"] == [{"loss": 1.0}]
    with pytest.raises(KeyboardInterrupt), tracking.run("grpo"):
        raise KeyboardInterrupt
    assert runs(repository)["grpo"].info.status == "KILLED"


@pytest.mark.slow
@pytest.mark.parametrize("where", ["_client", "_experiment_id", "_parent", "create_run"])
def test_ctrl_c_while_a_run_opens_prints_nothing(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    from mlflow import MlflowClient

    with tracking.run("base"):
        pass
    stopped: list[str] = []

    def interrupt(*args: Any, **kwargs: Any) -> None:
        stopped.append(where)
        raise KeyboardInterrupt

    owner: Any = {"_client": tracking, "create_run": MlflowClient}.get(where, tracking._Run)
    with monkeypatch.context() as patch:
        patch.setattr(owner, where, interrupt)
        with pytest.raises(KeyboardInterrupt), tracking.run("sft"):
            stopped.append("body")
    assert stopped == [where]
    assert "".join(capsys.readouterr()) == ""
    statuses = {run.data.tags.get("vitrine.kind", "stage"): run.info.status for run in runs(repository).values()}
    assert statuses == {"stage": "FINISHED", "pipeline": "KILLED" if where == "create_run" else "FINISHED"}
    with tracking.run("sft"):
        pass
    assert runs(repository)["sft"].info.status == "FINISHED", "the lock is free again"


@pytest.mark.slow
def test_a_dead_server_costs_seconds_and_fails_no_stage(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()
    with tracking.run("sft", settings={"a": 1}, uri=DEAD):
        for step in range(500):
            tracking.log_metrics({"loss": 1.0}, step)
    assert time.monotonic() - started < 60  # 3 s on an idle core; minutes with the limits of MLflow, 500 steps
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert error.startswith("vitrine sft: MLflow is missing part of this run: ")
    assert "secret" not in error


@pytest.mark.slow
def test_metrics_are_sent_again_after_a_failed_call(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from mlflow import MlflowClient

    working = MlflowClient.log_batch
    calls: list[int] = []

    def fail_once(self: Any, run_id: str, metrics: Any = (), **rest: Any) -> None:
        calls.extend([len(metrics)] if metrics else [])
        if len(calls) == 1:
            raise OSError("database is locked")
        working(self, run_id, metrics=metrics, **rest)

    monkeypatch.setattr(MlflowClient, "log_batch", fail_once)
    with tracking.run("sft"):
        for step in range(100):
            tracking.log_metrics({"loss": 1.0}, step)
    run = runs(repository)["sft"]
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"loss": 1.0}
    (message,) = capsys.readouterr().err.splitlines()
    assert message.endswith("database is locked")


def test_disabled_tracking_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with tracking.run("sft", enabled=False):
        tracking.log_metrics({"loss": 1.0})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_database_lies_in_the_owning_repository(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "queued"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("DVC_ROOT", str(repository))
    with tracking.run("sft"):
        pass
    assert "sft" in runs(repository)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("uri", "absolute"),
    [
        ("sqlite:///mlflow.db", "sqlite:////project/mlflow.db"),
        ("sqlite:///deep/runs.db", "sqlite:////project/deep/runs.db"),
        ("sqlite:////other/runs.db", "sqlite:////other/runs.db"),
        ("https://tracking.example.org", "https://tracking.example.org"),
        ("postgresql://a:b@c/d", "postgresql://a:b@c/d"),
    ],
)
def test_a_database_has_an_absolute_address(uri: str, absolute: str) -> None:
    assert tracking._address(uri, Path("/project")) == absolute


@pytest.mark.slow
def test_two_stages_that_start_at_once_share_one_parent(tmp_path: Path) -> None:
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
    errors = [process.communicate(timeout=120)[1] for process in started]
    assert errors == ["", ""]
    by_name = runs(tmp_path)
    assert len(by_name) == 3
    assert by_name["first"].data.tags["mlflow.parentRunId"] == by_name["second"].data.tags["mlflow.parentRunId"]


def test_mlflow_is_imported_by_the_first_run_only() -> None:
    code = "import sys, vitrine.stage, vitrine.tracking; print('mlflow' in sys.modules, 'torch' in sys.modules)"
    root = Path(__file__).resolve().parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True).stdout == "False False\n"
