"""A Ray cluster for the length of a `with` block: a running one by its address, or a new one on this machine.

    with session(Launch(name="ray", workers=2)):        # two processes on this machine, which end with the block
        ray.data.range(10).map_batches(…)

Ray is an extra: nothing imports it before it is needed. It runs without telemetry (vitrine/environment.py), dashboard and worker
logs. An exception on a worker is raised here as it was raised there.
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
PARTITION_BYTES = 1 << 27  # bytes of a partition in which one worker finds repeats
PROCESS_KINDS = 4  # kinds of processes: for cleaning, for the two halves of a shuffle, and those that are ending
WORKERS_ENV = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}  # one thread for each worker


class Launch(Settings):
    """Where cleaning runs. It does not change the output, so DVC does not track it."""

    name: Literal["local", "ray"]
    address: str | None = None  # of a running cluster; null starts one on this machine
    workers: int | None = Field(default=None, ge=1)  # row groups that are in work at once

    @model_validator(mode="after")
    def _options_of_ray(self) -> "Launch":
        if self.name == "local" and (self.address is not None or self.workers is not None):
            raise ValueError("address and workers are for launch=ray; launch=local would not read them")
        if self.name == "ray" and self.workers is None:
            raise ValueError("launch=ray needs workers, the number of processors to use")
        return self


@contextmanager
def session(launch: Launch) -> Iterator[None]:
    """Start Ray for the block. If Ray was running before, it goes on running."""
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
        raise _original_error(error, ray.exceptions.RayError) from error
    finally:
        if ours:
            ray.shutdown()


def map_blocks(dataset: Dataset, function: Callable[..., Any], compute: Any = None, **arguments: Any) -> Dataset:
    """Apply `function` to each block. After `repartition(keys=…)` a block is one whole partition."""
    return dataset.map_batches(function, batch_size=None, batch_format="pyarrow", fn_kwargs=arguments, compute=compute)


def partition_count(rows: int, row_bytes: int, launch: Launch) -> int:
    """The number of partitions for a shuffle: a partition fits into a worker, and every worker has at least one."""
    return max(launch.workers or 1, math.ceil(rows * row_bytes / PARTITION_BYTES))


def collect_columns(dataset: Dataset, *columns: str) -> dict[str, npt.NDArray[np.int64]]:
    """Whole columns of integers, on this machine."""
    batches = list(dataset.iter_batches(batch_size=None, batch_format="numpy"))
    return {name: np.concatenate([np.zeros(0, np.int64), *(batch[name] for batch in batches)]) for name in columns}


def _start(ray: Any, launch: Launch) -> None:
    # Ray ends idle processes beyond the number of processors. A shuffle has processes of its own: keep them between shuffles.
    limits = {"num_workers_soft_limit": PROCESS_KINDS * (launch.workers or 1)}
    here = {"address": "local", "num_cpus": launch.workers, "include_dashboard": False, "_system_config": limits}
    on_terminate = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            **({"address": launch.address} if launch.address else here),
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": WORKERS_ENV},
        )
    except (ConnectionError, ValueError) as error:
        where, message = launch.address or "this machine", str(error).strip().splitlines()[0]
        raise SettingsError(f"launch.address: no Ray cluster answers at {where} ({message}); null starts one here") from error
    with suppress(ValueError):  # not in the main thread, where Ray sets no handler either
        signal.signal(signal.SIGTERM, on_terminate)  # Ray's handler would end a stage without its message


def _quiet(context: Any) -> Any:
    context.enable_progress_bars = sys.stderr.isatty()
    context.print_on_execution_start = False
    context.execution_options.preserve_order = True
    for handler in logging.getLogger("ray.data").handlers:
        if isinstance(handler, logging.StreamHandler):  # not those of files
            handler.setLevel(logging.CRITICAL)
    return context


def _original_error(error: Any, wrapping: type[BaseException]) -> BaseException:
    """The exception that a worker raised, without Ray's wrappers and without the lines that Ray adds to our messages."""
    inside: Any = getattr(error, "cause", None) or error.__cause__
    if isinstance(error, wrapping) and inside:
        return _original_error(inside, wrapping)
    return type(error)(str(error).partition("\n")[0]) if isinstance(error, VitrineError) else error
