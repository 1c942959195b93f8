"""MLflow shows the runs; `metrics/<stage>.json` is the record. An error in here never stops a stage.

    with tracking.run("sft", tags={"vitrine.fingerprint": …}, settings={"steps": 100}, inputs={"data/x.parquet": "bef4…"}):
        tracking.log_metrics({"loss": 1.2}, step=10)      # does nothing when no run is open
    tracking.run_of(fingerprint)                          # the run that once made this, or None

Each pipeline (code, dvc.yaml, params.yaml) is one parent run with the headline metrics; each stage is a child run of it. The
tag `vitrine.fingerprint` of a child is the fingerprint of its stage (vitrine/lineage.py). dvc.lock gives the same fingerprint
for a stage that DVC restored from a cache, so that its run is found although the stage did not run. No file that DVC or Git
hashes names a run.

`mlflow` is imported when the first run opens: it takes about two seconds, which a process without tracking does not pay.
"""

import contextlib
import functools
import hashlib
import json
import logging
import math
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from vitrine import processes
from vitrine.lineage import flatten, hash_paths, read_yaml

_PARAM_LIMIT, _KEY_LIMIT, _TAG_LIMIT = 6000, 250, 5000  # what MLflow's stores accept
_BATCH = 100  # MLflow's limit of parameters and tags a call; of metrics it takes 1000
_FLUSH_SECONDS = 5.0
_PATIENCE = 3  # failures in a row after which a run stops trying, so that a dead server does not slow every step
_QUICK = {  # an unreachable server costs seconds and not MLflow's default of minutes; your own values win
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}

_current: "_Run | None" = None


# -------------------------------------------------------------------------------------------------- what stages call


@contextlib.contextmanager
def run(
    stage: str,
    item: str | None = None,
    *,
    tags: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    inputs: Mapping[str, str] | None = None,
    uri: str | None = None,
    experiment: str = "vitrine",
    enabled: bool = True,
) -> Iterator[None]:
    """Everything logged inside belongs to one child run. `inputs` are paths with DVC's md5."""
    global _current
    opened = _Run(f"{stage}@{item}" if item else stage, owner(), uri, experiment)
    outer, _current = _current, opened
    try:
        if enabled:
            opened.open(tags or {})
            opened.params(settings or {})
            opened.datasets(inputs or {})
        else:
            opened.failures = _PATIENCE
        yield
    except BaseException as error:
        opened.close("FAILED" if isinstance(error, Exception) else "KILLED")
        raise
    else:
        opened.close("FINISHED")
    finally:
        _current = outer


def run_of(fingerprint: str, *, uri: str | None = None, experiment: str = "vitrine") -> str | None:
    """The id of the newest finished run with this fingerprint, also if the stage was since restored from a cache."""
    client = _client(_address(uri, owner()))
    found = client.get_experiment_by_name(experiment)
    query = f"tags.`vitrine.fingerprint` = '{fingerprint}' and attributes.status = 'FINISHED'"
    newest = {"max_results": 1, "order_by": ["attributes.start_time DESC"]}
    runs = client.search_runs([found.experiment_id], query, **newest) if found else []
    return str(runs[0].info.run_id) if runs else None


def log_metrics(values: Mapping[str, Any], step: int = 0) -> None:
    """Numbers, flat or nested; whatever is no finite number is passed over (the record has it)."""
    if _current:
        _current.metrics(values, step)


def log_headline(values: Mapping[str, Any]) -> None:
    """Numbers by which pipelines are compared: on the parent run, beside those of the other stages."""
    if _current:
        _current.headline(values)


def owner() -> Path:
    """The repository that owns this run: a queued or temporary experiment belongs to the one it was started from."""
    return Path(os.environ.get("DVC_ROOT") or Path.cwd()).resolve()


# ------------------------------------------------------------------------------------------------------- one run

P = ParamSpec("P")


def _guarded(call: Callable[Concatenate[Any, P], None]) -> Callable[Concatenate[Any, P], None]:
    """MLflow's errors end here: said once, remembered, and after a few in a row no longer provoked."""

    @functools.wraps(call)
    def guarded(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> None:
        if self.failures >= _PATIENCE:
            return
        try:
            call(self, *args, **kwargs)
        except Exception as error:
            self.fail(error)
        else:
            self.failures = 0

    return guarded


class _Run:
    """A child run on an MLflow server, or the reason why there is none."""

    def __init__(self, name: str, root: Path, uri: str | None, experiment: str) -> None:
        self.name, self.root, self.experiment = name, root, experiment
        self.uri = _address(uri, root)
        self.run_id: str | None = None
        self.parent_id: str | None = None
        self.failures = 0
        self._said = False
        self._client: Any = None
        self._buffer: list[tuple[str, float, int, int]] = []
        self._flushed = time.monotonic()

    def fail(self, error: Exception) -> None:
        self.failures = self.failures + 1 if self.run_id else _PATIENCE
        if not self._said:
            self._said = True
            reason = re.sub(r"(\w+://)[^/\s@]*@", r"\1", " ".join(str(error).split()))[:300] or type(error).__name__
            print(f"vitrine {self.name}: MLflow does not hold all of this run: {reason}", file=sys.stderr)

    @_guarded
    def open(self, tags: Mapping[str, str]) -> None:
        from filelock import FileLock

        pipeline = pipeline_fingerprint(Path())
        about = {"vitrine.pipeline": pipeline, "vitrine.host": socket.gethostname(), **_circumstances()}
        # Two first stages at once: one creates the tables, the experiment and the parent.
        with FileLock(self.root / "mlflow.db.lock", timeout=60):
            self._client = _client(self.uri)
            experiment_id = self._experiment_id()
            self._close_dead(experiment_id)
            self.parent_id = self._parent(experiment_id, pipeline, about)
        about |= {"vitrine.process": processes.identity(), "dvc.stage": self.name, "mlflow.parentRunId": self.parent_id}
        own = {key: value[:_TAG_LIMIT] for key, value in {**about, **hash_paths(["dvc.lock"]), **tags}.items()}
        self.run_id = self._client.create_run(experiment_id, start_time=_now(), run_name=self.name, tags=own).info.run_id
        self._client.update_run(self.parent_id, status="RUNNING")

    def close(self, status: str) -> None:
        self._flush()
        self._terminate(status)

    def metrics(self, values: Mapping[str, Any], step: int) -> None:
        now = _now()
        self._buffer += [(key, value, now, step) for key, value in _numbers(values)]
        if len(self._buffer) >= _BATCH or time.monotonic() - self._flushed > _FLUSH_SECONDS:
            self._flush()

    @_guarded
    def params(self, values: Mapping[str, Any]) -> None:
        self._log_params(self.run_id, values)

    @_guarded
    def headline(self, values: Mapping[str, Any]) -> None:
        for key, value in _numbers(values):
            self._client.log_metric(self.parent_id, key, value)

    @_guarded
    def datasets(self, hashes: Mapping[str, str]) -> None:
        from mlflow.entities import Dataset, DatasetInput

        found = [DatasetInput(Dataset(p[:500], md5, "dvc", json.dumps({"path": p})), []) for p, md5 in hashes.items()]
        if found:
            self._client.log_inputs(self.run_id, found)

    @_guarded
    def _terminate(self, status: str) -> None:
        self._client.set_terminated(self.run_id, status=status)
        self._client.update_run(self.parent_id, status=status)

    @_guarded
    def _flush(self) -> None:
        from mlflow.entities import Metric

        self._flushed = time.monotonic()
        while self._buffer:  # a batch that did not arrive stays, and goes with the next
            self._client.log_batch(self.run_id, metrics=[Metric(*one) for one in self._buffer[:_BATCH]])
            del self._buffer[:_BATCH]

    def _log_params(self, run_id: str | None, values: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        found = [Param(_key(key), str(value)[:_PARAM_LIMIT]) for key, value in flatten(values)]
        for start in range(0, len(found), _BATCH):
            self._client.log_batch(run_id, params=found[start : start + _BATCH])

    def _experiment_id(self) -> str:
        found = self._client.get_experiment_by_name(self.experiment)
        if found:
            return str(found.experiment_id)
        artifacts = (self.root / "mlruns").as_uri() if self.uri.startswith("sqlite:") else None
        return str(self._client.create_experiment(self.experiment, artifact_location=artifacts))

    def _close_dead(self, experiment_id: str) -> None:
        """A stage that was killed by SIGKILL, or by a power cut, closed nothing: its run and its parent's do not run any more."""
        query = f"attributes.status = 'RUNNING' and tags.`vitrine.host` = '{socket.gethostname()}'"
        for run in self._client.search_runs([experiment_id], query):
            process, parent = run.data.tags.get("vitrine.process"), run.data.tags.get("mlflow.parentRunId")
            if process and not processes.is_alive(process):
                for run_id in filter(None, (run.info.run_id, parent)):
                    self._client.set_terminated(run_id, status="KILLED")

    def _parent(self, experiment_id: str, pipeline: str, about: Mapping[str, str]) -> str:
        query = f"tags.`vitrine.pipeline` = '{pipeline}' and tags.`vitrine.kind` = 'pipeline'"
        found = self._client.search_runs([experiment_id], query, max_results=1)
        if found:
            return str(found[0].info.run_id)
        name = about.get("dvc.exp_name", f"pipeline {pipeline[:8]}")
        tags = {"vitrine.kind": "pipeline", **about}
        parent = str(self._client.create_run(experiment_id, start_time=_now(), run_name=name, tags=tags).info.run_id)
        self._log_params(parent, read_yaml(Path("params.yaml")))
        return parent


def pipeline_fingerprint(root: Path) -> str:
    """One hash of everything that decides what the pipeline makes: its parameters, its graph, its code."""
    hashes = hash_paths(str(root / name) for name in ("params.yaml", "dvc.yaml", "vitrine", "stages"))
    return hashlib.sha256(" ".join(hashes.values()).encode()).hexdigest()


# ------------------------------------------------------------------------------------------------------- small parts


def _client(uri: str) -> Any:
    """MLflow's client, imported late and told to be quiet and quick about it."""
    for name, value in _QUICK.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    for noisy in ("mlflow.store.db.utils", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return MlflowClient(tracking_uri=uri)


def _address(uri: str | None, root: Path) -> str:
    """Where runs go. A relative database would land in the temporary folder of a queued experiment, and be deleted with it."""
    uri = uri or os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"
    relative = re.fullmatch(r"sqlite:///(?!/)(.+)", uri)
    return f"sqlite:///{root / relative[1]}" if relative else uri


def _circumstances() -> dict[str, str]:
    """Which experiment and which commit this run belongs to, as far as the environment knows."""
    found = {"dvc.exp_name": os.environ.get("DVC_EXP_NAME"), "dvc.baseline_rev": os.environ.get("DVC_EXP_BASELINE_REV")}
    revision = _git("rev-parse", "HEAD")
    if revision:
        dirty = "-dirty" if _git("status", "--porcelain", "--untracked-files=no") else ""
        found |= {"git.rev": revision + dirty, "mlflow.source.git.commit": revision}
    return {key: value for key, value in found.items() if value}


def _git(*words: str) -> str:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(["git", *words], capture_output=True, text=True, timeout=20, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""
    return ""


def _key(key: str) -> str:
    return re.sub(r"[^\w\-./ :]", "_", key)[:_KEY_LIMIT]


def _numbers(values: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for key, value in flatten(values):
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            yield _key(key), float(value)


def _now() -> int:
    return int(time.time() * 1000)
