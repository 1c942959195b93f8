"""@stage: the one bridge from DVC and Hydra to a plain function from settings to metrics.

    class Clean(Settings):
        raw: Path
        source: str
        seed: int

    @stage("clean", Clean, item="source")     # `item` names the setting that tells the cells of a matrix apart
    def main(settings: Clean) -> dict[str, float]:
        ...
        return {"rows": 2000}                 # -> metrics/clean/olist.json; seconds and memory -> timings/clean-olist.json

    if __name__ == "__main__":
        main()                                # python -m stages.clean clean.source=olist

`main.body(settings)` is the plain function, for tests. What goes wrong on purpose ends in one sentence and exit code 1
(VITRINE_DEBUG=1 adds the traceback); what goes wrong by mistake keeps its traceback. Either way no metrics are left.

What DVC or Git hashes holds no time, no memory, no date and no run id, so that the same pipeline gives the same dvc.lock. How
long a stage took is in MLflow, and in the ignored folder `timings/`.
"""

import atexit
import contextlib
import ctypes
import errno
import gc
import json
import logging
import math
import os
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

import hydra
import numpy as np
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from vitrine import lineage, params, processes, tracking
from vitrine.checks import Tracking, before_a_stage
from vitrine.errors import SettingsError, VitrineError
from vitrine.files import replacing
from vitrine.settings import Settings, parse

METRICS = Path("metrics")
HEADLINE = METRICS / "headline.json"  # of the one stage that has it: few numbers, by which experiments are compared
TIMINGS = Path("timings")
_IN_DVC = "DVC_STAGE" in os.environ  # DVC started this process

S = TypeVar("S", bound=Settings)
Body = Callable[[S], Mapping[str, Any]]
Headline = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Stage(Generic[S]):
    """A stage that a command line can call."""

    def __init__(self, name: str, kind: type[S], body: Body[S], item: str | None, headline: Headline | None) -> None:
        self.name, self.kind, self.body, self.item, self.headline = name, kind, body, item, headline
        self.__doc__ = body.__doc__

    def __call__(self) -> None:
        """Run on the section of params.yaml that bears this stage's name; a failure ends the process."""
        before = signal.signal(signal.SIGTERM, _terminate)
        own = self.body.__module__ == "__main__"  # `python -m stages.<name>`: this process does nothing else
        if own:
            keep_memory()
            # Importing trl and mlflow makes objects that stay; looking through them less often saves 1.0 of 7.7 s of CPU time.
            gc.set_threshold(50_000, 100, 10)
            atexit.register(_end_at_once)  # before torch registers anything, so that it comes last
        if _IN_DVC:
            processes.end_with_starter()
        try:
            with _one_sentence(self.name):
                params.read()  # Hydra would say less about a missing or broken file

                @hydra.main(version_base="1.3", config_path=str(params.CONF), config_name="stage")
                def task(cfg: DictConfig) -> None:
                    with _one_sentence(self.name):  # inside Hydra, which would shorten the traceback of a mistake
                        self._run(cfg)

                task()
        finally:
            signal.signal(signal.SIGTERM, before)
        if own:
            _finished.append(self.name)

    def _run(self, cfg: DictConfig) -> None:
        values = _section(cfg, self.name)
        cell = self._cell(values)
        record = METRICS / self.name / f"{cell}.json" if cell else METRICS / f"{self.name}.json"
        record.unlink(missing_ok=True)  # from here on a record means that this run went well
        drifted = before_a_stage(self.name)
        settings = parse(self.kind, self.name, values)
        shown = parse(Tracking, "tracking", _section(cfg, "tracking") if "tracking" in cfg else {})
        reads, tracked = declared(self.name, {self.item: cell} if self.item else {}, cfg)
        hashes = lineage.hash_paths(reads)
        made_by = lineage.read_stages(Path("dvc.yaml"))  # dvc.lock keeps stages that were renamed, with what they once wrote
        known = {name: one for name, one in lineage.read_stages(Path("dvc.lock")).items() if name.partition("@")[0] in made_by}
        damage = lineage.find_damage(hashes, known)
        if damage and _IN_DVC:
            raise VitrineError(damage)
        if damage:  # started by hand: dvc.lock may tell of an older run
            print(f"vitrine {self.name}: {damage}", file=sys.stderr)
        fingerprint = lineage.fingerprint(f"{self.name}@{cell}" if cell else self.name, hashes, tracked)
        about: dict[str, Any] = {
            "tags": {"vitrine.fingerprint": fingerprint} | ({"vitrine.drift": ", ".join(drifted)} if drifted else {}),
            "settings": settings.model_dump(mode="json"),
            "inputs": {path: md5 for path, md5 in hashes.items() if not path.startswith(("vitrine/", "stages/"))},
        }
        _seed(getattr(settings, "seed", None))
        with tracking.run(self.name, cell, **about, **shown.model_dump()):
            began, started = datetime.now(UTC), time.perf_counter()
            metrics = _plain(self.body(settings))
            costs = {"seconds": round(time.perf_counter() - started, 2), "peak_mb": _peak_mb()}
            tracking.log_metrics({**metrics, **costs})
            _write(TIMINGS / (f"{self.name}-{cell}.json" if cell else f"{self.name}.json"), {"began": f"{began:%FT%TZ}", **costs})
            if self.headline:
                tracking.log_headline(self.headline(metrics))
                _write(HEADLINE, self.headline(metrics))
            _write(record, metrics)

    def _cell(self, values: Mapping[str, Any]) -> str | None:
        """Which cell of the matrix this is; its name becomes part of file names."""
        if self.item is None:
            return None
        cell = values.get(self.item)
        if not isinstance(cell, str) or not cell or cell.startswith(".") or "/" in cell:
            key = f"{self.name}.{self.item}"
            raise SettingsError(f"{key}: names no {self.item} (got {cell!r}); say which: python -m stages.{self.name} {key}=NAME")
        return cell


def stage(
    name: str, kind: type[S], *, item: str | None = None, headline: Headline | None = None
) -> Callable[[Body[S]], Stage[S]]:
    """Make `body(settings) -> metrics` a stage that reads section `name` and leaves `metrics/<name>[/<item>].json`."""

    def decorate(body: Body[S]) -> Stage[S]:
        return Stage(name, kind, body, item, headline)

    return decorate


# ------------------------------------------------------------------------------------------------- what comes in


def _section(cfg: DictConfig, name: str) -> dict[str, Any]:
    """One section of params.yaml as plain values: the only place where a DictConfig is opened."""
    if name not in cfg:
        raise SettingsError(f"params.yaml has no section `{name}`: run `make params`")
    section = OmegaConf.to_container(cfg[name], resolve=True) if OmegaConf.is_config(cfg[name]) else cfg[name]
    if not isinstance(section, dict):
        raise SettingsError(f"{name}: must be a section with keys (got {section!r}); run `make params`")
    return {str(key): value for key, value in section.items()}


def declared(name: str, cell: Mapping[str, Any], cfg: DictConfig) -> tuple[list[str], dict[str, Any]]:
    """The paths this stage depends on and the parameters that DVC tracks for it, as dvc.yaml declares them."""
    block = lineage.read_stages(Path("dvc.yaml")).get(name) or {}
    deps = [dep if isinstance(dep, str) else next(iter(dep)) for dep in block.get("deps") or []]
    # dvc.yaml writes ${section.key} as OmegaConf does, and resolves it against the same file
    try:
        given = OmegaConf.create({**cfg, "item": dict(cell), "_deps": deps, "_params": block.get("params") or []})
        values = OmegaConf.create({str(key): OmegaConf.select(cfg, key) for key in given["_params"]})
        plain: Any = OmegaConf.to_container(values, resolve=True)
    except OmegaConfBaseException:
        return [], {}  # in a spelling that only DVC reads: MLflow lacks the inputs, the stage lacks nothing
    return [str(path).rstrip("/") for path in given["_deps"]], plain


def _seed(seed: int | None) -> None:
    """Seed what is shared by a process. numpy would otherwise start from entropy; torch has a fixed default seed."""
    if seed is None:
        return
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


# ------------------------------------------------------------------------------------------------- what goes out


def _plain(value: Any) -> Any:
    """Numbers of any library as JSON writes them; what is not a number is null, since JSON knows no NaN."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write(path: Path, values: Mapping[str, Any]) -> None:
    with replacing(path) as new:
        new.write_text(json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")


def _peak_mb() -> float:
    """The most memory this process, or the largest of its children, has held."""
    kilobytes = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(kilobytes / (2**20 if sys.platform == "darwin" else 2**10), 1)


# ------------------------------------------------------------------------------------------------- what goes wrong


class _Terminated(BaseException):
    """SIGTERM arrived: unwind as Ctrl-C does, so that what is open is closed."""


def _terminate(number: int, frame: Any) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a second one does not wait
    raise _Terminated


@contextlib.contextmanager
def _one_sentence(name: str) -> Iterator[None]:
    """Turn what stops a stage into one sentence and an exit code; a mistake of ours keeps its traceback."""
    try:
        yield
    except KeyboardInterrupt:
        _leave(name, "interrupted; nothing of this stage is recorded", 130)
    except _Terminated:
        _leave(name, "terminated; nothing of this stage is recorded", 143)
    except VitrineError as error:
        _leave(name, " ".join(str(error).split()) or type(error).__name__, 1)
    except Exception as error:
        refused = _refused(error)
        if refused:
            _leave(name, refused, 1)
        traceback.print_exc()
        sys.exit(1)


def _leave(name: str, sentence: str, code: int) -> NoReturn:
    if os.environ.get("VITRINE_DEBUG", "0") not in ("", "0"):
        traceback.print_exc()
    print(f"vitrine {name}: {sentence}", file=sys.stderr)
    sys.exit(code)


_FREE = "the disk that holds {} is full: free some space (`dvc gc -w` removes unused versions) and run again"
_ALLOW = "{} may not be read or written here: check who owns it and its permissions, and that the disk is not mounted read-only"
_REFUSALS = {
    errno.ENOSPC: _FREE,
    errno.EDQUOT: _FREE,
    errno.EACCES: _ALLOW,
    errno.EPERM: _ALLOW,
    errno.EROFS: _ALLOW,
    errno.EISDIR: "{} is a folder where a file should be: move it away and run again",
    errno.ENOTDIR: "{} is, or lies in, a file where a folder should be: move it away and run again",
}


def _refused(error: BaseException | None) -> str | None:
    """The sentence for what the system refused, which each library reports in its own way, or None."""
    while error is not None:
        number = error.errno if isinstance(error, OSError) else None
        for code, sentence in _REFUSALS.items():
            if number == code or os.strerror(code) in str(error):
                named = getattr(error, "filename", None)
                where = Path(os.fsdecode(named) if isinstance(named, (str, bytes)) else Path.cwd()).absolute()
                return sentence.format(where)
        error = error.__cause__ or error.__context__
    return None


# ------------------------------------------------------------------------------------------------- the process


def keep_memory() -> None:
    """Keep what this process frees, up to a gigabyte at a time, if its C library is glibc: 6 % less CPU time in a short SFT."""
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, 1 << 30)
        mallopt(_TRIM_THRESHOLD, (1 << 31) - 1)


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of <malloc.h>
_finished: list[str] = []  # the stage that this process has run well


def _end_at_once() -> None:
    """End a stage's process without taking apart all it has imported: 1.8 s of CPU time less in each stage with torch and trl.

    What other libraries and their threads have to do at the end is done first."""
    if _finished:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
