"""Rows without near-duplicates: every row is looked at before the first goes on, so they wait in a file meanwhile.

    for rows in unlike(Near(columns=["title"], jaccard=0.8), pieces, take_away): …

`take_away` is given the numbers of the rows that nearly repeat an earlier one, and the reason. In memory are a few keys a row,
and of the texts those that are compared.
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
from vitrine.cleaning.rules import Near

SLICE = 1 << 15  # rows


def unlike(likeness: Near, pieces: Iterator[pl.DataFrame], take_away: Callable[[pl.Series, str], None]) -> Iterator[pl.DataFrame]:
    """The rows of `pieces`, in order, that resemble no row before them that stays."""
    with tempfile.TemporaryDirectory(prefix="vitrine-near-") as folder:
        path = Path(folder) / "rows.arrow"
        bands = _waiting(pieces, path)
        if not bands.size:
            return
        with pa.memory_map(str(path)) as file:
            rows = pl.DataFrame(pa.ipc.open_file(file).read_all())

            def texts(few: npt.NDArray[np.int64]) -> pl.Series:
                return rows[few].select(likeness.text).to_series()

            again = pl.Series(minhash.repeats(bands, texts, jaccard=likeness.jaccard))
            if again.any():
                take_away(rows.filter(again)[ROW], likeness.reason)
            for start in range(0, rows.height, SLICE):
                yield rows[start : start + SLICE].filter(~again[start : start + SLICE])


def _waiting(pieces: Iterator[pl.DataFrame], path: Path) -> npt.NDArray[np.uint64]:
    """Write `pieces` into `path` but for their bands, which are returned."""
    bands: list[npt.NDArray[np.uint64]] = []
    file: Any = None
    for rows in pieces:
        table = rows.drop(BANDS).to_arrow(compat_level=pl.CompatLevel.oldest())
        file = file or pa.ipc.new_file(path, table.schema)
        file.write_table(table)
        bands.append(rows[BANDS].to_numpy())
    if file:
        file.close()
    return np.concatenate(bands) if bands else np.zeros((0, 0), np.uint64)
