"""@stage: turns a plain function from settings to metrics into a stage that DVC and Hydra can run.

    class Clean(Settings):
        raw: Path
        source: str
        seed: int

    @stage("clean", Clean, item="source")     # `item`: the setting that differs between the cells of a matrix stage
    def main(settings: Clean) -> dict[str, float]:
        ...
        return {"rows": 2000}                 # -> metrics/clean/olist.json; seconds and memory -> timings/clean-olist.json

    if __name__ == "__main__":
        main()                                # python -m stages.clean clean.source=olist

`main.body(settings)` is the plain function, for tests. A VitrineError ends the stage with one sentence and exit code 1
(VITRINE_DEBUG=1 adds the traceback); any other error keeps its traceback. In both cases no metrics are written: the record of
an earlier run stays until a run succeeds. (DVC deletes it before it starts a stage.)

Files that DVC or Git hashes hold no time, memory, date or run id, so that the same pipeline gives the same dvc.lock. How long a
stage took is in MLflow and in the ignored folder `timings/`.
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
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

import hydra
import numpy as np
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from vitrine import lineage, params, processes, scratch, tracking
from vitrine.checks import Tracking, check_before_stage
from vitrine.errors import SettingsError, VitrineError
from vitrine.files import replacing
from vitrine.settings import Settings, parse

METRICS = Path("metrics")
HEADLINE = METRICS / "headline.json"  # a few numbers to compare experiments by; one stage writes it
TIMINGS = Path("timings")
_IN_DVC = "DVC_STAGE" in os.environ  # DVC started this process

S = TypeVar("S", bound=Settings)
Body = Callable[[S], Mapping[str, Any]]
Headline = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Stage(Generic[S]):
    """A stage that can be called from the command line."""

    def __init__(self, name: str, kind: type[S], body: Body[S], item: str | None, headline: Headline | None) -> None:
        self.name, self.kind, self.body, self.item, self.headline = name, kind, body, item, headline
        self.__doc__ = body.__doc__

    def __call__(self) -> None:
        """Run with this stage's section of params.yaml. A failure ends the process."""
        before = signal.signal(signal.SIGTERM, _terminate)
        own = self.body.__module__ == "__main__"  # started as `python -m stages.<name>`: the process does nothing else
        if own:
            keep_freed_memory()
            # The imports of trl and mlflow create many lasting objects; collecting less often saves 1.0 of 7.7 s of CPU time.
            gc.set_threshold(50_000, 100, 10)
            atexit.register(_end_at_once)  # registered before torch's handlers, so that it runs last
        try:
            with _one_sentence(self.name):
                if _IN_DVC:
                    processes.end_with_starter()
                params.read()  # gives a clearer message than Hydra about a missing or broken file

                @hydra.main(version_base="1.3", config_path=str(params.CONF), config_name="stage")
                def task(cfg: DictConfig) -> None:
                    with _one_sentence(self.name):  # inside Hydra, which would shorten the traceback
                        self._run(cfg)

                task()
        except SystemExit as end:
            if own and isinstance(end.code, int):
                _exit_codes.append(end.code)
            raise
        finally:
            signal.signal(signal.SIGTERM, before)
        if own:
            _exit_codes.append(0)

    def _run(self, cfg: DictConfig) -> None:
        _check_overrides(self.name, HydraConfig.get().overrides.task, cfg)
        values = _section(cfg, self.name)
        cell = self._cell(values)
        record = METRICS / self.name / f"{cell}.json" if cell else METRICS / f"{self.name}.json"
        with contextlib.suppress(FileNotFoundError), record.open("rb"):
            pass  # raises if a folder is in the place of the record, before the stage's work instead of after it
        drifted = check_before_stage(self.name)
        settings = parse(self.kind, self.name, values)
        where = parse(Tracking, "tracking", _section(cfg, "tracking") if "tracking" in cfg else {})
        saving = parse(scratch.Saving, "checkpoints", _section(cfg, "checkpoints") if "checkpoints" in cfg else {})
        reads, tracked = declared_inputs(self.name, {self.item: cell} if self.item else {}, cfg)
        hashes = lineage.hash_paths(reads)
        current = lineage.read_stages(Path("dvc.yaml"))  # dvc.lock still has entries of stages that were renamed
        locked = lineage.read_stages(Path("dvc.lock")).items()
        damage = lineage.find_damage(hashes, {name: entry for name, entry in locked if name.partition("@")[0] in current})
        if damage and _IN_DVC:
            raise VitrineError(damage)
        if damage:  # started by hand: dvc.lock may describe an older run
            print(f"vitrine {self.name}: {damage}", file=sys.stderr)
        fingerprint = lineage.fingerprint(f"{self.name}@{cell}" if cell else self.name, hashes, tracked)
        about: dict[str, Any] = {
            "tags": {"vitrine.fingerprint": fingerprint} | ({"vitrine.drift": ", ".join(drifted)} if drifted else {}),
            "settings": settings.model_dump(mode="json"),
            "inputs": {path: md5 for path, md5 in hashes.items() if not path.startswith(("vitrine/", "stages/"))},
        }
        _seed(getattr(settings, "seed", None))
        resumed_by = fingerprint if reads and len(hashes) == len(reads) else None  # all of its inputs are known
        with (
            tracking.run(self.name, cell, **about, **where.model_dump()),
            scratch.use(f"{self.name}-{cell}" if cell else self.name, resumed_by, saving, tracking.owner()),
        ):
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
        """The item of this cell of the matrix. It becomes part of file names, so it must be a plain name."""
        if self.item is None:
            return None
        cell = values.get(self.item)
        if not isinstance(cell, str) or not cell or cell.startswith(".") or "/" in cell:
            key = f"{self.name}.{self.item}"
            raise SettingsError(f"{key}: names no {self.item} (got {cell!r}); name one: python -m stages.{self.name} {key}=NAME")
        return cell


def stage(
    name: str, kind: type[S], *, item: str | None = None, headline: Headline | None = None
) -> Callable[[Body[S]], Stage[S]]:
    """Make `body(settings) -> metrics` a stage that reads section `name` and leaves `metrics/<name>[/<item>].json`."""

    def decorate(body: Body[S]) -> Stage[S]:
        return Stage(name, kind, body, item, headline)

    return decorate


# ------------------------------------------------------------------------------------------------- inputs


def _section(cfg: DictConfig, name: str) -> dict[str, Any]:
    """One section of params.yaml as plain values. Only this function reads a DictConfig."""
    if name not in cfg:
        raise SettingsError(f"params.yaml has no section `{name}`: run `make params`")
    section = OmegaConf.to_container(cfg[name], resolve=True) if OmegaConf.is_config(cfg[name]) else cfg[name]
    if not isinstance(section, dict):
        raise SettingsError(f"{name}: must be a section with keys (got {section!r}); run `make params`")
    return {str(key): value for key, value in section.items()}


def _check_overrides(name: str, overrides: Iterable[str], cfg: DictConfig) -> None:
    """Refuse overrides of sections that the stage does not read. Its own section holds resolved values, so they do nothing."""
    for override in overrides:
        key, _, value = override.lstrip("+~").partition("=")
        if key.partition(".")[0] not in (name, "tracking", "checkpoints"):
            own = f"{name}.{key}"
            use = f"write {own}={value}" if OmegaConf.select(cfg, own) is not None else f"write {name}.KEY=VALUE"
            raise SettingsError(f"{key} is outside the section `{name}`, and the stage reads no other one: {use}")


def declared_inputs(name: str, cell: Mapping[str, Any], cfg: DictConfig) -> tuple[list[str], dict[str, Any]]:
    """The dependencies of this stage and the parameters that DVC tracks for it, as dvc.yaml declares them."""
    block = lineage.read_stages(Path("dvc.yaml")).get(name) or {}
    deps = [dep if isinstance(dep, str) else next(iter(dep)) for dep in block.get("deps") or []]
    # dvc.yaml writes ${section.key} as OmegaConf does, and resolves it against the same file
    try:
        given = OmegaConf.create({**cfg, "item": dict(cell), "_deps": deps, "_params": block.get("params") or []})
        values = OmegaConf.create({str(key): OmegaConf.select(cfg, key) for key in given["_params"]})
        plain: Any = OmegaConf.to_container(values, resolve=True)
    except OmegaConfBaseException:
        return [], {}  # syntax that only DVC understands: the inputs are missing in MLflow, the stage itself is not affected
    return [str(path).rstrip("/") for path in given["_deps"]], plain


def _seed(seed: int | None) -> None:
    """Seed the global generators of random, numpy and torch. (By default torch has a fixed seed; numpy has none.)"""
    if seed is None:
        return
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


# ------------------------------------------------------------------------------------------------- outputs


def _plain(value: Any) -> Any:
    """Values of any library as JSON has them. NaN and infinity become null, since JSON has neither."""
    if isinstance(value, Mapping):
        return {str(key): _plain(element) for key, element in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(element) for element in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write(path: Path, values: Mapping[str, Any]) -> None:
    with replacing(path) as new:
        new.write_text(json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")


def _peak_mb() -> float:
    """Peak memory of this process or of its largest child process, whichever is larger."""
    kilobytes = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(kilobytes / (2**20 if sys.platform == "darwin" else 2**10), 1)


# ------------------------------------------------------------------------------------------------- failures


class _Terminated(BaseException):
    """SIGTERM arrived. Unwinds the stack as Ctrl-C does, so that open files and runs are closed."""


def _terminate(number: int, frame: Any) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a second SIGTERM ends the process at once
    raise _Terminated


@contextlib.contextmanager
def _one_sentence(name: str) -> Iterator[None]:
    """Turn expected failures into one sentence and an exit code. Unexpected errors keep their traceback."""
    try:
        yield
    except KeyboardInterrupt:
        _leave(name, "interrupted; nothing of this stage is recorded", 130)
    except _Terminated:
        _leave(name, "terminated; nothing of this stage is recorded", 143)
    except VitrineError as error:
        _leave(name, " ".join(str(error).split()) or type(error).__name__, 1)
    except Exception as error:
        sentence = _explain_os_error(error)
        if sentence:
            _leave(name, sentence, 1)
        traceback.print_exc()
        sys.exit(1)


def _leave(name: str, sentence: str, code: int) -> NoReturn:
    if os.environ.get("VITRINE_DEBUG", "0") not in ("", "0"):
        traceback.print_exc()
    print(f"vitrine {name}: {sentence}", file=sys.stderr)
    sys.exit(code)


_FULL = "the disk that holds {} is full: free some space (`dvc gc -w` removes unused versions) and run again"
_FORBIDDEN = (
    "{} may not be read or written here: check who owns it and its permissions, and that the disk is not mounted read-only"
)
_OS_ERRORS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: _FORBIDDEN,
    errno.EISDIR: "{} is a folder where a file should be: move it away and run again",
    errno.ENOTDIR: "{} is, or lies in, a file where a folder should be: move it away and run again",
}


def _explain_os_error(error: BaseException | None) -> str | None:
    """A sentence for a full disk, a missing permission or a wrong file type, also if a library wrapped the error. Else None."""
    while error is not None:
        number = error.errno if isinstance(error, OSError) else None
        for code, sentence in _OS_ERRORS.items():
            if number == code or os.strerror(code) in str(error):
                named = getattr(error, "filename", None)
                where = Path(os.fsdecode(named) if isinstance(named, (str, bytes)) else Path.cwd()).absolute()
                return sentence.format(where)
        error = error.__cause__ or error.__context__
    return None


# ------------------------------------------------------------------------------------------------- the process


def keep_freed_memory() -> None:
    """Let glibc reuse freed memory (blocks up to 1 GB) instead of returning it to the system: 6% less CPU time in a short SFT."""
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, 1 << 30)
        mallopt(_TRIM_THRESHOLD, (1 << 31) - 1)


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # from <malloc.h>
_exit_codes: list[int] = []  # of the stage that this process has run


def _end_at_once() -> None:
    """Exit without Python's cleanup of imported modules: saves 1.8 s of CPU time in each stage with torch and trl.

    Exit handlers and threads of other libraries have finished before."""
    if _exit_codes:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_exit_codes[-1])
