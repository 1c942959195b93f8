"""Log runs to MLflow. `metrics/<stage>.json` stays the record, and a failure of MLflow never stops a stage.

    with tracking.run("sft", tags={"vitrine.fingerprint": …}, settings={"steps": 100}, inputs={"data/x.parquet": "bef4…"}):
        tracking.log_metrics({"loss": 1.2}, step=10)      # does nothing if no run is open
    tracking.find_run(fingerprint)                        # the id of the run that made this, or None

Each pipeline (code, dvc.yaml, params.yaml) is a parent run with the headline metrics; each stage is a child run of it. The tag
`vitrine.fingerprint` of a child is the fingerprint of its stage (vitrine/lineage.py). dvc.lock gives the same fingerprint if DVC
restored the stage from its cache, so `find_run` returns the original run. No file that DVC or Git hashes names a run.

`mlflow` is imported when the first run opens, since the import takes about two seconds.
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

_PARAM_LIMIT, _KEY_LIMIT, _TAG_LIMIT = 6000, 250, 5000  # characters that MLflow's stores accept
_BATCH = 100  # MLflow's limit of parameters and tags per call; of metrics it accepts 1000
_FLUSH_SECONDS = 5.0
_MAX_FAILURES = 3  # after this many failures in a row a run stops logging, so that a dead server does not slow every step
_TIMEOUTS = {  # an unreachable server costs seconds instead of minutes (MLflow's default); values that you set yourself win
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}

_current: "_Run | None" = None


# -------------------------------------------------------------------------------------------------- for stages


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
    """Log everything inside the block to one child run. `inputs` maps paths to DVC's md5."""
    global _current
    opened = _Run(f"{stage}@{item}" if item else stage, owner(), uri, experiment)
    outer, _current = _current, opened
    try:
        if enabled:
            opened.open(tags or {})
            opened.params(settings or {})
            opened.datasets(inputs or {})
        else:
            opened.failures = _MAX_FAILURES
        yield
    except BaseException as error:
        opened.close("FAILED" if isinstance(error, Exception) else "KILLED")
        raise
    else:
        opened.close("FINISHED")
    finally:
        _current = outer


def find_run(fingerprint: str, *, uri: str | None = None, experiment: str = "vitrine") -> str | None:
    """The id of the newest finished run with this fingerprint, or None. DVC may have restored the stage from its cache since."""
    client = _client(_address(uri, owner()))
    known = client.get_experiment_by_name(experiment)
    query = f"tags.`vitrine.fingerprint` = '{fingerprint}' and attributes.status = 'FINISHED'"
    newest = {"max_results": 1, "order_by": ["attributes.start_time DESC"]}
    runs = client.search_runs([known.experiment_id], query, **newest) if known else []
    return str(runs[0].info.run_id) if runs else None


def log_metrics(values: Mapping[str, Any], step: int = 0) -> None:
    """Log finite numbers, flat or nested. Other values are skipped; metrics/<stage>.json has them."""
    if _current:
        _current.metrics(values, step)


def set_tag(key: str, value: str) -> None:
    """Set a tag of the open run."""
    if _current:
        _current.tag(key, value)


def log_headline(values: Mapping[str, Any]) -> None:
    """Log the numbers that pipelines are compared by, on the parent run."""
    if _current:
        _current.headline(values)


def log_text(text: str, file: str) -> None:
    """Keep a text as a file of this run, such as a preview of the training data."""
    if _current:
        _current.text(text, file)


def owner() -> Path:
    """The repository that owns this run. A queued or temporary experiment belongs to the repository that started it."""
    return Path(os.environ.get("DVC_ROOT") or Path.cwd()).resolve()


# ------------------------------------------------------------------------------------------------------- one run

P = ParamSpec("P")


def _guarded(call: Callable[Concatenate[Any, P], None]) -> Callable[Concatenate[Any, P], None]:
    """Catch errors of MLflow: print the first one, and stop calling MLflow after _MAX_FAILURES in a row."""

    @functools.wraps(call)
    def guarded(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> None:
        if self.failures >= _MAX_FAILURES:
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
        self._reported = False
        self._client: Any = None
        self._buffer: list[tuple[str, float, int, int]] = []
        self._flushed = time.monotonic()

    def fail(self, error: Exception) -> None:
        self.failures = self.failures + 1 if self.run_id else _MAX_FAILURES
        if not self._reported:
            self._reported = True
            reason = re.sub(r"(\w+://)[^/\s@]*@", r"\1", " ".join(str(error).split()))[:300] or type(error).__name__
            print(f"vitrine {self.name}: MLflow is missing part of this run: {reason}", file=sys.stderr)

    @_guarded
    def open(self, tags: Mapping[str, str]) -> None:
        from filelock import FileLock

        pipeline = pipeline_fingerprint(Path())
        about = {"vitrine.pipeline": pipeline, "vitrine.host": socket.gethostname(), **_origin_tags()}
        # If two first stages start at once, only one of them creates the tables, the experiment and the parent.
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
    def tag(self, key: str, value: str) -> None:
        self._client.set_tag(self.run_id, _key(key), value[:_TAG_LIMIT])

    @_guarded
    def text(self, text: str, file: str) -> None:
        self._client.log_text(self.run_id, text, file)

    @_guarded
    def datasets(self, hashes: Mapping[str, str]) -> None:
        from mlflow.entities import Dataset, DatasetInput

        inputs = [DatasetInput(Dataset(p[:500], md5, "dvc", json.dumps({"path": p})), []) for p, md5 in hashes.items()]
        if inputs:
            self._client.log_inputs(self.run_id, inputs)

    @_guarded
    def _terminate(self, status: str) -> None:
        if self.run_id:  # none yet if Ctrl-C stopped `open`
            self._client.set_terminated(self.run_id, status=status)
        if self.parent_id:
            self._client.update_run(self.parent_id, status=status)

    @_guarded
    def _flush(self) -> None:
        self._flushed = time.monotonic()
        if not self._buffer:
            return  # without the import, which may be what Ctrl-C stopped
        from mlflow.entities import Metric

        while self._buffer:  # if a batch fails, it stays in the buffer for the next flush
            self._client.log_batch(self.run_id, metrics=[Metric(*values) for values in self._buffer[:_BATCH]])
            del self._buffer[:_BATCH]

    def _log_params(self, run_id: str | None, values: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        params = [Param(_key(key), str(value)[:_PARAM_LIMIT]) for key, value in flatten(values)]
        for start in range(0, len(params), _BATCH):
            self._client.log_batch(run_id, params=params[start : start + _BATCH])

    def _experiment_id(self) -> str:
        known = self._client.get_experiment_by_name(self.experiment)
        if known:
            return str(known.experiment_id)
        artifacts = (self.root / "mlruns").as_uri() if self.uri.startswith("sqlite:") else None
        return str(self._client.create_experiment(self.experiment, artifact_location=artifacts))

    def _close_dead(self, experiment_id: str) -> None:
        """Close runs, and their parents, whose process on this machine ended without closing them (SIGKILL, power cut)."""
        query = f"attributes.status = 'RUNNING' and tags.`vitrine.host` = '{socket.gethostname()}'"
        for run in self._client.search_runs([experiment_id], query):
            process, parent = run.data.tags.get("vitrine.process"), run.data.tags.get("mlflow.parentRunId")
            if process and not processes.is_alive(process):
                for run_id in filter(None, (run.info.run_id, parent)):
                    self._client.set_terminated(run_id, status="KILLED")

    def _parent(self, experiment_id: str, pipeline: str, about: Mapping[str, str]) -> str:
        query = f"tags.`vitrine.pipeline` = '{pipeline}' and tags.`vitrine.kind` = 'pipeline'"
        parents = self._client.search_runs([experiment_id], query, max_results=1)
        if parents:
            return str(parents[0].info.run_id)
        name = about.get("dvc.exp_name", f"pipeline {pipeline[:8]}")
        tags = {"vitrine.kind": "pipeline", **about}
        parent = str(self._client.create_run(experiment_id, start_time=_now(), run_name=name, tags=tags).info.run_id)
        self._log_params(parent, read_yaml(Path("params.yaml")))
        return parent


def pipeline_fingerprint(root: Path) -> str:
    """One hash of everything that shapes the outputs: params.yaml, dvc.yaml and the code."""
    hashes = hash_paths(str(root / name) for name in ("params.yaml", "dvc.yaml", "vitrine", "stages"))
    return hashlib.sha256(" ".join(hashes.values()).encode()).hexdigest()


# ------------------------------------------------------------------------------------------------------- helpers


def _client(uri: str) -> Any:
    """MLflow's client, imported late, with short timeouts and few log messages."""
    for name, value in _TIMEOUTS.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    for noisy in ("mlflow.store.db.utils", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return MlflowClient(tracking_uri=uri)


def _address(uri: str | None, root: Path) -> str:
    """The address of the server or database, absolute: a queued experiment's working folder is temporary."""
    uri = uri or os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"
    relative = re.fullmatch(r"sqlite:///(?!/)(.+)", uri)
    return f"sqlite:///{root / relative[1]}" if relative else uri


def _origin_tags() -> dict[str, str]:
    """Tags for the experiment and commit of this run, if the environment has them."""
    tags = {"dvc.exp_name": os.environ.get("DVC_EXP_NAME"), "dvc.baseline_rev": os.environ.get("DVC_EXP_BASELINE_REV")}
    revision = _git("rev-parse", "HEAD")
    if revision:
        dirty = "-dirty" if _git("status", "--porcelain", "--untracked-files=no") else ""
        tags |= {"git.rev": revision + dirty, "mlflow.source.git.commit": revision}
    return {key: value for key, value in tags.items() if value}


def _git(*args: str) -> str:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(["git", *args], capture_output=True, text=True, timeout=20, check=False)
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
