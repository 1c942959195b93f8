"""MLflow is a view of a run; `metrics/<stage>.json` is the record. Nothing that goes wrong here stops a stage.

    with tracking.run("sft", settings={"steps": 100}, inputs=[Path("data/chat/train.parquet")]):
        tracking.log_metrics({"loss": 1.2}, step=10)      # a safe no-op when no run is open

One parent run per pipeline fingerprint (code, dvc.yaml, params.yaml), one child run per stage under it. Every finished
stage leaves `metrics/runs/<stage>.json`, which names its run or says why there is none; DVC caches that file with the
stage's other outputs, so a stage restored from the cache still points at the run that once made them.

`mlflow` is imported when the first run opens: about two seconds that a process without tracking does not pay.
"""

import contextlib
import functools
import hashlib
import json
import logging
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import yaml

RUNS = Path("metrics/runs")
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
    settings: Mapping[str, Any] | None = None,
    inputs: Iterable[Path] = (),
    uri: str | None = None,
    experiment: str = "vitrine",
    enabled: bool = True,
) -> Iterator[None]:
    """Everything logged inside belongs to one child run; once it has gone well `metrics/runs/` says which."""
    global _current
    ref = RUNS / (f"{stage}-{item}.json" if item else f"{stage}.json")
    ref.unlink(missing_ok=True)
    opened = _Run(stage, item, owner(), uri, experiment)
    outer, _current = _current, opened
    try:
        if enabled:
            opened.open()
            opened.params(settings or {})
            opened.datasets([(path, path.as_posix()) for path in inputs])
        else:
            opened.give_up("tracking.enabled is false")
        yield
    except BaseException as error:
        opened.close("FAILED" if isinstance(error, Exception) else "KILLED")
        raise
    else:
        opened.close("FINISHED")
        _write_json(ref, opened.reference())
    finally:
        _current = outer


def log_metrics(values: Mapping[str, Any], step: int = 0) -> None:
    """Numbers, flat or nested; whatever is no finite number is passed over (the record has it)."""
    if _current:
        _current.metrics(values, step)


def log_params(values: Mapping[str, Any]) -> None:
    """Parameters, flat or nested, cut to what MLflow stores."""
    if _current:
        _current.params(values)


def log_dataset(path: Path, name: str | None = None) -> None:
    """A file or folder this run reads, by the digest DVC knows it under."""
    if _current:
        _current.datasets([(path, name or path.as_posix())])


def log_artifact(path: Path) -> None:
    """A small file to keep beside the run (a preview, a plot); never weights, which DVC holds."""
    if _current:
        _current.artifact(path)


def tag(key: str, value: str) -> None:
    """A label on the run."""
    if _current:
        _current.tags({key: value})


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

    def __init__(self, stage: str, item: str | None, root: Path, uri: str | None, experiment: str) -> None:
        self.name = f"{stage}@{item}" if item else stage
        self.root, self.experiment = root, experiment
        self.uri = _absolute(uri or os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db", root)
        self.run_id: str | None = None
        self.parent_id: str | None = None
        self.reason: str | None = None
        self.failures = 0
        self._client: Any = None
        self._buffer: list[tuple[str, float, int, int]] = []
        self._flushed = time.monotonic()

    def fail(self, error: Exception) -> None:
        self.failures = self.failures + 1 if self.run_id else _PATIENCE
        if self.reason is None:
            self.reason = _without_credentials(" ".join(str(error).split()))[:300] or type(error).__name__
            print(f"vitrine {self.name}: MLflow does not hold all of this run: {self.reason}", file=sys.stderr)

    def give_up(self, reason: str) -> None:
        self.failures, self.reason = _PATIENCE, reason

    def reference(self) -> dict[str, str | None]:
        """What `metrics/runs/<stage>.json` says; the place of a local database is the repository's own business."""
        return {
            "run_id": self.run_id,
            "parent_run_id": self.parent_id,
            "experiment": self.experiment,
            "uri": _without_credentials(self.uri).replace(f"sqlite:///{self.root}/", "sqlite:///"),
            "reason": self.reason,
        }

    @_guarded
    def open(self) -> None:
        fingerprint = pipeline_fingerprint(Path())
        about = {"vitrine.fingerprint": fingerprint, **_circumstances()}
        with _lock(self.root):  # two first stages at once: one creates the tables, the experiment and the parent
            self._client = _client(self.uri)
            experiment_id = self._experiment_id()
            self.parent_id = self._parent(experiment_id, fingerprint, about)
        tags = {"mlflow.parentRunId": self.parent_id, "dvc.stage": self.name, **about, **_upstream(self.name)}
        if Path("dvc.lock").exists():
            tags["dvc.lock"] = hashlib.md5(Path("dvc.lock").read_bytes(), usedforsecurity=False).hexdigest()
        child = self._client.create_run(experiment_id, start_time=_now(), run_name=self.name, tags=tags)
        self.run_id = child.info.run_id
        self._client.update_run(self.parent_id, status="RUNNING")

    def close(self, status: str) -> None:
        self._flush()
        self._terminate(status)

    def metrics(self, values: Mapping[str, Any], step: int) -> None:
        now = _now()
        for key, value in flatten(values):
            if _is_number(value) and math.isfinite(value):
                self._buffer.append((_key(key), float(value), now, step))
        if len(self._buffer) >= _BATCH or time.monotonic() - self._flushed > _FLUSH_SECONDS:
            self._flush()

    @_guarded
    def params(self, values: Mapping[str, Any]) -> None:
        self._log_params(self.run_id, values)

    @_guarded
    def tags(self, values: Mapping[str, str]) -> None:
        for key, value in values.items():
            self._client.set_tag(self.run_id, _key(key), str(value)[:_TAG_LIMIT])

    @_guarded
    def artifact(self, path: Path) -> None:
        self._client.log_artifact(self.run_id, str(path))

    @_guarded
    def datasets(self, named: Iterable[tuple[Path, str]]) -> None:
        from mlflow.entities import Dataset, DatasetInput

        lock = locked(Path("dvc.lock"))
        found = [
            DatasetInput(Dataset(name[:500], digest(path, lock), "dvc", json.dumps({"path": path.as_posix()})), [])
            for path, name in named
            if path.exists()
        ]
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

    def _parent(self, experiment_id: str, fingerprint: str, about: Mapping[str, str]) -> str:
        query = f"tags.`vitrine.fingerprint` = '{fingerprint}' and tags.`vitrine.kind` = 'pipeline'"
        found = self._client.search_runs([experiment_id], query, max_results=1)
        if found:
            return str(found[0].info.run_id)
        name = about.get("dvc.exp_name", f"pipeline {fingerprint[:8]}")
        tags = {"vitrine.kind": "pipeline", **about}
        parent = str(self._client.create_run(experiment_id, start_time=_now(), run_name=name, tags=tags).info.run_id)
        self._log_params(parent, _yaml(Path("params.yaml")))
        return parent


# ------------------------------------------------------------------------------------------- digests and fingerprints


def pipeline_fingerprint(root: Path) -> str:
    """One hash of everything that decides what the pipeline makes: its parameters, its graph, its code."""
    whole = hashlib.sha256()
    code = [path for folder in ("vitrine", "stages") for path in sorted((root / folder).rglob("*.py"))]
    for path in [root / "params.yaml", root / "dvc.yaml", *code]:
        if path.exists():
            whole.update(f"{path.relative_to(root).as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def locked(lock: Path) -> dict[str, dict[str, Any]]:
    """What `dvc.lock` knows about each path: its md5 and size."""
    stages = _yaml(lock).get("stages") or {}
    entries = [entry for stage in stages.values() for side in ("deps", "outs") for entry in stage.get(side) or []]
    return {entry["path"]: entry for entry in entries if "md5" in entry}


def digest(path: Path, lock: Mapping[str, Mapping[str, Any]]) -> str:
    """DVC's md5 of a file or folder: from the lock when the size still agrees, computed in DVC's way otherwise."""
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    known = lock.get(path.as_posix().rstrip("/"))
    if known and known.get("size") == sum(file.stat().st_size for file in files):
        return str(known["md5"])
    if not path.is_dir():
        return _md5(path)
    entries = [{"md5": _md5(file), "relpath": file.relative_to(path).as_posix()} for file in files]
    listing = json.dumps(sorted(entries, key=lambda entry: entry["relpath"]), sort_keys=True)
    return hashlib.md5(listing.encode(), usedforsecurity=False).hexdigest() + ".dir"


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested mappings as dotted keys: {"a": {"b": 1}} -> a.b, 1."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, functools.partial(hashlib.md5, usedforsecurity=False)).hexdigest()


# ------------------------------------------------------------------------------------------------------- small parts


def _client(uri: str) -> Any:
    """MLflow's client, imported late and told to be quiet and quick about it."""
    for name, value in _QUICK.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    for noisy in ("mlflow.store.db.utils", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return MlflowClient(tracking_uri=uri)


def _lock(root: Path) -> Any:
    from filelock import FileLock

    return FileLock(root / "mlflow.db.lock", timeout=60)


def _absolute(uri: str, root: Path) -> str:
    """A relative database would land in the temporary folder of a queued experiment, and be deleted with it."""
    relative = re.fullmatch(r"sqlite:///(?!/)(.+)", uri)
    return f"sqlite:///{root / relative[1]}" if relative else uri


def _without_credentials(text: str) -> str:
    return re.sub(r"(\w+://)[^/\s@]*@", r"\1", text)


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


def _upstream(own: str) -> dict[str, str]:
    """The runs that made what lies here: a stage that DVC restored from its cache links back to where it once ran."""
    found = {}
    for path in sorted(RUNS.glob("*.json")):
        with contextlib.suppress(ValueError, OSError, AttributeError):
            run_id = json.loads(path.read_text()).get("run_id")
            if run_id and path.stem != own.replace("@", "-"):
                found[f"ref.{path.stem}"] = str(run_id)
    return found


def _yaml(path: Path) -> dict[str, Any]:
    found = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if path.exists() else {}
    return found if isinstance(found, dict) else {}


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Whole or not at all; and never through a link into DVC's cache."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    half.replace(path)


def _key(key: str) -> str:
    return re.sub(r"[^\w\-./ :]", "_", key)[:_KEY_LIMIT]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _now() -> int:
    return int(time.time() * 1000)
