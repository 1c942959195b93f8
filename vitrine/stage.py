"""@stage: the one bridge from DVC and Hydra to a plain function from settings to metrics.

    class Clean(Settings):
        raw: Path
        source: str
        seed: int

    @stage("clean", Clean, item="source")     # `item` names the setting that tells the cells of a matrix apart
    def main(settings: Clean) -> dict[str, float]:
        ...
        return {"rows": 2000}                 # -> metrics/clean/olist.json, with the seconds and the peak memory

    if __name__ == "__main__":
        main()                                # python -m stages.clean clean.source=olist

`main.body(settings)` is the plain function, for tests. What goes wrong on purpose ends in one sentence and exit code 1
(VITRINE_DEBUG=1 adds the traceback); what goes wrong by mistake keeps its traceback. Either way no metrics are left.
"""

import contextlib
import errno
import json
import math
import os
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

import hydra
import numpy as np
import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from vitrine import params, tracking
from vitrine.checks import Tracking, before_a_stage
from vitrine.environment import end_at_once, keep_memory
from vitrine.errors import SettingsError, VitrineError
from vitrine.settings import Settings, parse

METRICS = Path("metrics")

S = TypeVar("S", bound=Settings)


class Stage(Generic[S]):
    """A stage that a command line can call."""

    def __init__(self, name: str, kind: type[S], body: Callable[[S], Mapping[str, Any]], item: str | None) -> None:
        self.name, self.kind, self.body, self.item = name, kind, body, item
        self.__doc__ = body.__doc__

    def __call__(self) -> None:
        """Run on the section of params.yaml that bears this stage's name; a failure ends the process."""
        before = signal.signal(signal.SIGTERM, _terminate)
        keep_memory()
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
        if self.body.__module__ == "__main__":  # `python -m stages.<name>`: nothing comes after it
            end_at_once()

    def _run(self, cfg: DictConfig) -> None:
        values = _section(cfg, self.name)
        cell = self._cell(values)
        record = METRICS / self.name / f"{cell}.json" if cell else METRICS / f"{self.name}.json"
        record.unlink(missing_ok=True)  # from here on a record means that this run went well
        drifted = before_a_stage(self.name)
        settings = parse(self.kind, self.name, values)
        shown = parse(Tracking, "tracking", _section(cfg, "tracking") if "tracking" in cfg else {})
        inputs = declared_inputs(self.name, {self.item: cell} if self.item else {}, cfg)
        _seed(getattr(settings, "seed", None))
        with tracking.run(self.name, cell, settings=settings.model_dump(mode="json"), inputs=inputs, **shown.model_dump()):
            if drifted:
                tracking.tag("vitrine.drift", ", ".join(drifted))
            started = time.perf_counter()
            found = dict(self.body(settings))
            found |= {"seconds": round(time.perf_counter() - started, 2), "peak_mb": _peak_mb()}
            metrics = _plain(found)
            tracking.log_metrics(metrics)
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


def stage(name: str, kind: type[S], *, item: str | None = None) -> Callable[[Callable[[S], Mapping[str, Any]]], Stage[S]]:
    """Make `body(settings) -> metrics` a stage that reads section `name` and leaves `metrics/<name>[/<item>].json`."""

    def decorate(body: Callable[[S], Mapping[str, Any]]) -> Stage[S]:
        return Stage(name, kind, body, item)

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


def declared_inputs(name: str, cell: Mapping[str, Any], cfg: DictConfig) -> list[Path]:
    """The data this stage reads, as dvc.yaml declares it; code is a dependency too, but no dataset."""
    pipeline = Path("dvc.yaml")
    stages = (yaml.safe_load(pipeline.read_text(encoding="utf-8")) or {}).get("stages", {}) if pipeline.exists() else {}
    deps = [dep if isinstance(dep, str) else next(iter(dep)) for dep in stages.get(name, {}).get("deps", [])]
    # dvc.yaml writes ${section.key} as OmegaConf does, and resolves it against the same file
    try:
        given = OmegaConf.create({**{str(key): cfg[key] for key in cfg}, "item": dict(cell), "deps": deps})
        paths = [str(dep) for dep in given["deps"]]
    except OmegaConfBaseException:
        return []  # a dependency in a spelling that only DVC reads: the view loses a line, the stage nothing
    return [Path(path) for path in paths if not path.startswith(("vitrine/", "stages/"))]


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


def _write(path: Path, metrics: Mapping[str, Any]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_text(json.dumps(metrics, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    half.replace(path)


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
        full = _full_disk(error)
        if full:
            _leave(name, full, 1)
        traceback.print_exc()
        sys.exit(1)


def _leave(name: str, sentence: str, code: int) -> NoReturn:
    if os.environ.get("VITRINE_DEBUG", "0") not in ("", "0"):
        traceback.print_exc()
    print(f"vitrine {name}: {sentence}", file=sys.stderr)
    sys.exit(code)


def _full_disk(error: BaseException | None) -> str | None:
    """The sentence for a full disk, which each library reports in its own way, or None."""
    while error is not None:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        if full or "No space left on device" in str(error):
            named = getattr(error, "filename", None)
            where = Path(os.fsdecode(named) if isinstance(named, (str, bytes)) else Path.cwd()).absolute()
            return f"the disk that holds {where} is full: free some space (`dvc gc -w` removes unused versions) and run again"
        error = error.__cause__ or error.__context__
    return None
