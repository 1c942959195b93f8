"""Drop near-duplicates from batches of rows. All rows must be known first, so they wait in a file meanwhile.

    for rows in drop_near_duplicates(NearDuplicateRule(columns=["title"], jaccard=0.8), batches, set_aside): …

`set_aside` gets the numbers of the dropped rows and the reason. Memory holds a few keys a row, and the texts being compared.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from vitrine.cleaning.batch import BANDS, ROW
from vitrine.cleaning.near import minhash
from vitrine.cleaning.rules import NearDuplicateRule

SLICE = 1 << 15  # rows


def drop_near_duplicates(
    rule: NearDuplicateRule, batches: Iterator[pl.DataFrame], set_aside: Callable[[pl.Series, str], None]
) -> Iterator[pl.DataFrame]:
    """Yield the rows that are not near-duplicates of an earlier kept row, in order."""
    with tempfile.TemporaryDirectory(prefix="vitrine-near-") as folder:
        path = Path(folder) / "rows.arrow"
        bands = _write(batches, path)
        if not bands.size:
            return
        with pa.memory_map(str(path)) as file:
            rows = pl.DataFrame(pa.ipc.open_file(file).read_all())

            def texts(few: npt.NDArray[np.int64]) -> pl.Series:
                return rows[few].select(rule.text).to_series()

            is_near = pl.Series(minhash.find_near_duplicates(bands, texts, jaccard=rule.jaccard))
            if is_near.any():
                set_aside(rows.filter(is_near)[ROW], rule.reason)
            for start in range(0, rows.height, SLICE):
                yield rows[start : start + SLICE].filter(~is_near[start : start + SLICE])


def _write(batches: Iterator[pl.DataFrame], path: Path) -> npt.NDArray[np.uint64]:
    """Write the rows into `path` without their bands. Return the bands."""
    bands: list[npt.NDArray[np.uint64]] = []
    file: Any = None
    for rows in batches:
        table = rows.drop(BANDS).to_arrow(compat_level=pl.CompatLevel.oldest())
        file = file or pa.ipc.new_file(path, table.schema)
        file.write_table(table)
        bands.append(rows[BANDS].to_numpy())
    if file:
        file.close()
    return np.concatenate(bands) if bands else np.zeros((0, 0), np.uint64)
