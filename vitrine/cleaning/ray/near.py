"""Near-duplicates on a cluster: the rows that `near.repeats` finds, of a dataset that is on no machine as a whole.

    rows = repeats(standing, Near(columns=["title"], jaccard=0.8), count, launch)       # their numbers, in order

Rows that share a band's key meet by a hash shuffle (48 bytes a row and band). The pairs that their sketches promise come to the
machine that calls, go out again to be joined with their two texts and compared, and those that are alike come back; which of
them go is decided here, as on one machine.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from vitrine.cleaning.batch import ROW
from vitrine.cleaning.near import minhash
from vitrine.cleaning.near.shingles import Numbers, jaccard, readable
from vitrine.cleaning.ray.session import Dataset, Launch, collected, each, parts
from vitrine.cleaning.rules import Near

Rows = npt.NDArray[np.int64]
BAND, FIRST, LATER, TEXT = "_band", "_first", "_later", "_text"
WHOLE_BYTES, MET_BYTES, PAIR_BYTES = 16, 48, 1024  # of a row, of a row and band, of a pair with its texts


def names(likeness: Near) -> list[str]:
    """The columns of the bands and of the sketch."""
    return [f"{BAND}{place}" for place in range(minhash.plan(likeness.jaccard)[0] + minhash.SKETCH)]


def repeats(standing: Dataset, likeness: Near, rows: int, launch: Launch) -> Rows:
    """The numbers of the rows that repeat an earlier one that is kept; `standing` has the row numbers, texts and bands."""
    columns, threshold = names(likeness), likeness.jaccard

    def alike(pairs: Dataset, least: float) -> pl.DataFrame:
        found = pl.DataFrame(collected(pairs, FIRST, LATER)).unique()
        return _alike(standing, found, likeness, least, launch)

    whole = each(standing, _whole, columns=columns).repartition(parts(rows, WHOLE_BYTES, launch), keys=["whole"])
    copies = alike(each(whole, _same), 1.0)[LATER].unique().sort().to_numpy()
    bands = each(standing, _by_band, columns=columns, copies=copies)
    met = bands.repartition(parts(rows * len(columns), MET_BYTES, launch), keys=["band", "key"])
    edges = alike(each(met, _promising, threshold=threshold), threshold)
    among, place = np.unique(edges.select(FIRST, LATER).to_numpy().T, return_inverse=True)
    first, later = place.reshape(2, -1)
    return np.union1d(copies, among[minhash.decided((first, later), len(among))])


def _alike(standing: Dataset, pairs: pl.DataFrame, likeness: Near, least: float, launch: Launch) -> pl.DataFrame:
    """Those of `pairs` whose texts are this much alike: each pair is joined with its two texts and compared by a worker."""
    if pairs.is_empty():
        return pairs
    import ray

    among = np.unique(pairs.to_numpy())
    texts = each(standing, _texts, likeness=likeness, among=among).materialize()
    found = ray.data.from_arrow([part.to_arrow() for part in pairs.iter_slices(minhash.PAIRS)])
    for side in (FIRST, LATER):
        of_side = texts.rename_columns({ROW: side, TEXT: side + TEXT})
        found = found.join(of_side, "inner", parts(pairs.height, PAIR_BYTES, launch), on=(side,))
    return pl.DataFrame(collected(each(found, _verified, least=least), FIRST, LATER))


# -------------------------------------------------------------------------------------------------------- on a worker


def _whole(block: pa.Table, columns: Sequence[str]) -> pa.Table:
    """One number for all keys of a row; rows without a text have none."""
    keys = _numbers(pl.DataFrame(block), columns[: -minhash.SKETCH])
    return pa.table({ROW: block[ROW], "whole": minhash.together(keys)}).filter(pa.array(keys[0] != 0))


def _same(part: pa.Table) -> pa.Table:
    """The first row of each number, with each of the others."""
    rows = pl.DataFrame(part).select(pl.col(ROW).min().over("whole").alias(FIRST), pl.col(ROW).alias(LATER))
    return rows.filter(pl.col(FIRST) < pl.col(LATER)).to_arrow()


def _by_band(block: pa.Table, columns: Sequence[str], copies: Rows) -> pa.Table:
    """A row for each key of each row, with the key of the band after it."""
    rows = pl.DataFrame(block)
    rows = rows.filter(~pl.Series(np.isin(rows[ROW].to_numpy(), copies), dtype=pl.Boolean))
    keys, sketch = _numbers(rows, columns[: -minhash.SKETCH]), _numbers(rows, columns[-minhash.SKETCH :])
    count = len(keys)
    told = pl.DataFrame(
        {
            "band": np.repeat(np.arange(count), rows.height),
            "key": keys.ravel(),
            "following": np.roll(keys, -1, axis=0).ravel(),
            ROW: np.tile(rows[ROW].to_numpy(), count),
            **{f"sketch{place}": np.tile(bits, count) for place, bits in enumerate(sketch)},
        }
    )
    return told.filter(pl.col("key") != 0).to_arrow()


def _promising(part: pa.Table, threshold: float) -> pa.Table:
    """The pairs that meet in a band and whose sketches are like enough; all rows of one key are in this part."""
    found = [pl.DataFrame(schema={FIRST: pl.Int64, LATER: pl.Int64})]
    for of_band in pl.DataFrame(part).partition_by("band"):
        rows = of_band.sort(ROW)
        sketch = _numbers(rows, [f"sketch{place}" for place in range(minhash.SKETCH)])
        for one, other in minhash.meeting(rows["key"].to_numpy().copy(), rows["following"].to_numpy()):
            first, later = minhash.promising((np.minimum(one, other), np.maximum(one, other)), sketch, sketch, threshold)
            found.append(pl.DataFrame({FIRST: rows[ROW].gather(first), LATER: rows[ROW].gather(later)}))
    return pl.concat(found).unique().to_arrow()


def _texts(block: pa.Table, likeness: Near, among: Rows) -> pa.Table:
    rows = pl.DataFrame(block)
    few = rows.filter(pl.Series(np.isin(rows[ROW].to_numpy(), among), dtype=pl.Boolean))
    return few.select(ROW, likeness.text.alias(TEXT)).to_arrow(compat_level=pl.CompatLevel.oldest())


def _verified(part: pa.Table, least: float) -> pa.Table:
    pairs = pl.DataFrame(part)
    alike = jaccard(readable(pairs[FIRST + TEXT]), readable(pairs[LATER + TEXT])) >= least
    return pairs.filter(pl.Series(alike, dtype=pl.Boolean)).select(FIRST, LATER).to_arrow()


def _numbers(rows: pl.DataFrame, columns: Sequence[str]) -> Numbers:
    """A row of the array for each column."""
    return rows.select(columns).to_numpy().reshape(rows.height, len(columns)).T
