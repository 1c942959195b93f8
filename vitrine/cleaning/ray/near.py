"""Near-duplicates on a cluster: the same rows as `minhash.find_near_duplicates`, for data that no single machine holds.

    rows = find_near_duplicates(remaining, NearDuplicateRule(columns=["title"], jaccard=0.8), count, launch)   # row numbers

A hash shuffle brings rows with an equal band key together (48 bytes for each row and band). The pairs with similar sketches go to
the calling machine, which sends them out again: workers join each pair with its two texts and compare them. The calling machine
then decides which rows to drop, as on one machine.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from vitrine.cleaning.batch import ROW
from vitrine.cleaning.near import minhash
from vitrine.cleaning.near.shingles import Numbers, comparable_texts, jaccard
from vitrine.cleaning.ray.session import Dataset, Launch, collect_columns, map_blocks, partition_count
from vitrine.cleaning.rules import NearDuplicateRule

Rows = npt.NDArray[np.int64]
BAND, FIRST, LATER, TEXT = "_band", "_first", "_later", "_text"
COMBINED_BYTES, BAND_BYTES, PAIR_BYTES = 16, 48, 1024  # for a row, for a row and band, for a pair with its texts


def names(rule: NearDuplicateRule) -> list[str]:
    """The names of the columns of the bands and of the sketch."""
    return [f"{BAND}{place}" for place in range(minhash.band_plan(rule.jaccard)[0] + minhash.SKETCH_NUMBERS)]


def find_near_duplicates(remaining: Dataset, rule: NearDuplicateRule, rows: int, launch: Launch) -> Rows:
    """The numbers of the near-duplicates of earlier kept rows. `remaining` has row numbers, texts and bands."""
    columns, threshold = names(rule), rule.jaccard

    def similar(pairs: Dataset, least: float) -> pl.DataFrame:
        candidates = pl.DataFrame(collect_columns(pairs, FIRST, LATER)).unique()
        return _similar(remaining, candidates, rule, least, launch)

    combined = map_blocks(remaining, _combine_keys, columns=columns).repartition(
        partition_count(rows, COMBINED_BYTES, launch), keys=["combined"]
    )
    copies = similar(map_blocks(combined, _pairs_with_first), 1.0)[LATER].unique().sort().to_numpy()
    bands = map_blocks(remaining, _by_band, columns=columns, copies=copies)
    partitions = bands.repartition(partition_count(rows * len(columns), BAND_BYTES, launch), keys=["band", "key"])
    edges = similar(map_blocks(partitions, _candidate_pairs, threshold=threshold), threshold)
    among, place = np.unique(edges.select(FIRST, LATER).to_numpy().T, return_inverse=True)
    first, later = place.reshape(2, -1)
    return np.union1d(copies, among[minhash.rows_to_drop((first, later), len(among))])


def _similar(remaining: Dataset, pairs: pl.DataFrame, rule: NearDuplicateRule, least: float, launch: Launch) -> pl.DataFrame:
    """The pairs whose texts have at least this similarity. Workers join each pair with its two texts and compare them."""
    if pairs.is_empty():
        return pairs
    import ray

    among = np.unique(pairs.to_numpy())
    texts = map_blocks(remaining, _texts, rule=rule, among=among).materialize()
    joined = ray.data.from_arrow([part.to_arrow() for part in pairs.iter_slices(minhash.PAIRS_AT_ONCE)])
    for end in (FIRST, LATER):
        end_texts = texts.rename_columns({ROW: end, TEXT: end + TEXT})
        joined = joined.join(end_texts, "inner", partition_count(pairs.height, PAIR_BYTES, launch), on=(end,))
    return pl.DataFrame(collect_columns(map_blocks(joined, _compare, least=least), FIRST, LATER))


# -------------------------------------------------------------------------------------------------------- on a worker


def _combine_keys(block: pa.Table, columns: Sequence[str]) -> pa.Table:
    """One number for all keys of a row; rows without a text are left out."""
    keys = _numbers(pl.DataFrame(block), columns[: -minhash.SKETCH_NUMBERS])
    return pa.table({ROW: block[ROW], "combined": minhash.combine_keys(keys)}).filter(pa.array(keys[0] != 0))


def _pairs_with_first(part: pa.Table) -> pa.Table:
    """For each combined number, pairs of its first row with each of the others."""
    rows = pl.DataFrame(part).select(pl.col(ROW).min().over("combined").alias(FIRST), pl.col(ROW).alias(LATER))
    return rows.filter(pl.col(FIRST) < pl.col(LATER)).to_arrow()


def _by_band(block: pa.Table, columns: Sequence[str], copies: Rows) -> pa.Table:
    """One row for each row and band, with its key and the key of the next band."""
    rows = pl.DataFrame(block)
    rows = rows.filter(~pl.Series(np.isin(rows[ROW].to_numpy(), copies), dtype=pl.Boolean))
    keys, sketch = _numbers(rows, columns[: -minhash.SKETCH_NUMBERS]), _numbers(rows, columns[-minhash.SKETCH_NUMBERS :])
    count = len(keys)
    by_band = pl.DataFrame(
        {
            "band": np.repeat(np.arange(count), rows.height),
            "key": keys.ravel(),
            "following": np.roll(keys, -1, axis=0).ravel(),
            ROW: np.tile(rows[ROW].to_numpy(), count),
            **{f"sketch{place}": np.tile(bits, count) for place, bits in enumerate(sketch)},
        }
    )
    return by_band.filter(pl.col("key") != 0).to_arrow()


def _candidate_pairs(part: pa.Table, threshold: float) -> pa.Table:
    """The pairs that share a band key and have similar sketches. All rows of a key are in the same part."""
    candidates = [pl.DataFrame(schema={FIRST: pl.Int64, LATER: pl.Int64})]
    for band_rows in pl.DataFrame(part).partition_by("band"):
        rows = band_rows.sort(ROW)
        sketch = _numbers(rows, [f"sketch{place}" for place in range(minhash.SKETCH_NUMBERS)])
        for one, other in minhash.candidate_pairs(rows["key"].to_numpy().copy(), rows["following"].to_numpy()):
            first, later = minhash.filter_by_sketch((np.minimum(one, other), np.maximum(one, other)), sketch, sketch, threshold)
            candidates.append(pl.DataFrame({FIRST: rows[ROW].gather(first), LATER: rows[ROW].gather(later)}))
    return pl.concat(candidates).unique().to_arrow()


def _texts(block: pa.Table, rule: NearDuplicateRule, among: Rows) -> pa.Table:
    rows = pl.DataFrame(block)
    few = rows.filter(pl.Series(np.isin(rows[ROW].to_numpy(), among), dtype=pl.Boolean))
    return few.select(ROW, rule.text.alias(TEXT)).to_arrow(compat_level=pl.CompatLevel.oldest())


def _compare(part: pa.Table, least: float) -> pa.Table:
    pairs = pl.DataFrame(part)
    is_similar = jaccard(comparable_texts(pairs[FIRST + TEXT]), comparable_texts(pairs[LATER + TEXT])) >= least
    return pairs.filter(pl.Series(is_similar, dtype=pl.Boolean)).select(FIRST, LATER).to_arrow()


def _numbers(rows: pl.DataFrame, columns: Sequence[str]) -> Numbers:
    """A row of the array for each column."""
    return rows.select(columns).to_numpy().reshape(rows.height, len(columns)).T
