"""A Ray cluster for as long as a block lasts: a running one by its address, or one of this machine's own.

    with session(Launch(name="ray", workers=2)):        # two processes here, gone afterwards
        ray.data.range(10).map_batches(…)

Ray is an extra: nothing imports it before it is asked for. It is quiet: no telemetry (vitrine/environment.py), no dashboard
and no logs of workers; what goes wrong on a worker is raised here as it was raised there.
"""

import logging
import math
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from vitrine.errors import SettingsError, VitrineError
from vitrine.settings import Settings

Dataset = Any
PART = 1 << 27  # bytes that one worker is given to find repeats in
KINDS = 4  # of processes: for cleaning, for the two halves of a shuffle, and on their way out
WORKERS_ENV = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}  # a worker for each processor


class Launch(Settings):
    """How the rows are gone through. It shapes no output, and so DVC does not track it."""

    name: Literal["local", "ray"]
    address: str | None = None  # of a running cluster; null starts one on this machine
    workers: int | None = Field(default=None, ge=1)  # pieces of a table that are in work at once

    @model_validator(mode="after")
    def _options_of_ray(self) -> "Launch":
        if self.name == "local" and (self.address is not None or self.workers is not None):
            raise ValueError("address and workers are for launch=ray; launch=local would not read them")
        if self.name == "ray" and self.workers is None:
            raise ValueError("launch=ray needs workers, the number of processors to use")
        return self


@contextmanager
def session(launch: Launch) -> Iterator[None]:
    """Ray is there inside the block; if it was there before, it stays."""
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise SettingsError("launch=ray needs Ray, which is not installed: pip install 'vitrine[ray]'") from error
    ours = not ray.is_initialized()
    try:
        if ours:
            _start(ray, launch)
        with ray.data.DataContext.current(_quiet(ray.data.DataContext.get_current().copy())):
            yield
    except ray.exceptions.RayTaskError as error:
        raise _raised(error, ray.exceptions.RayError) from error
    finally:
        if ours:
            ray.shutdown()


def each(dataset: Dataset, function: Callable[..., Any], compute: Any = None, **words: Any) -> Dataset:
    """What `function` makes of each block; after `repartition(keys=…)` a block is a part, whole."""
    return dataset.map_batches(function, batch_size=None, batch_format="pyarrow", fn_kwargs=words, compute=compute)


def parts(rows: int, row_bytes: int, launch: Launch) -> int:
    """Into how many parts so many rows are shuffled: a part fits a worker, and every worker has one."""
    return max(launch.workers or 1, math.ceil(rows * row_bytes / PART))


def collected(dataset: Dataset, *columns: str) -> dict[str, npt.NDArray[np.int64]]:
    """Whole columns of integers, on this machine."""
    found = list(dataset.iter_batches(batch_size=None, batch_format="numpy"))
    return {name: np.concatenate([np.zeros(0, np.int64), *(batch[name] for batch in found)]) for name in columns}


def _start(ray: Any, launch: Launch) -> None:
    # Ray ends idle processes beyond the number of processors; a shuffle has its own kind, which would be started anew each time
    kept = {"num_workers_soft_limit": KINDS * (launch.workers or 1)}
    here = {"address": "local", "num_cpus": launch.workers, "include_dashboard": False, "_system_config": kept}
    on_terminate = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            **({"address": launch.address} if launch.address else here),
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": WORKERS_ENV},
        )
    except (ConnectionError, ValueError) as error:
        where, said = launch.address or "this machine", str(error).strip().splitlines()[0]
        raise SettingsError(f"launch.address: no Ray cluster answers at {where} ({said}); null starts one here") from error
    with suppress(ValueError):  # not the main thread: Ray has not put its own in place either
        signal.signal(signal.SIGTERM, on_terminate)  # Ray's would end a stage without its sentence


def _quiet(context: Any) -> Any:
    context.enable_progress_bars = sys.stderr.isatty()
    context.print_on_execution_start = False
    context.execution_options.preserve_order = True
    for handler in logging.getLogger("ray.data").handlers:
        if isinstance(handler, logging.StreamHandler):  # not those of files
            handler.setLevel(logging.CRITICAL)
    return context


def _raised(error: Any, wrapping: type[BaseException]) -> BaseException:
    """What a worker raised, without Ray's wrappings, and ours without the lines that Ray adds to a sentence."""
    inside: Any = getattr(error, "cause", None) or error.__cause__
    if isinstance(error, wrapping) and inside:
        return _raised(inside, wrapping)
    return type(error)(str(error).partition("\n")[0]) if isinstance(error, VitrineError) else error
