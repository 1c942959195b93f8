"""Sample rows by the hash of their key: the same rows whatever their order, and nearly the same when rows are added.

    keys = frame.select("uid", size=quantile_group("chars", 4))     # 4: quartiles; keys and strata, not the texts
    stratified(keys, 50_000, key="uid", by=["size"], seed=7)        # every stratum has its share
    shard(keys, 20_000, 3, key="uid", seed=7)                       # the fourth 20,000; all shards together are the frame

Both return rows of the given frame in the order of the hash, which is independent of the rows' content: any part of the result is
a fair sample. The hash is MD5, so every version of a library draws the same rows.
"""

from collections.abc import Sequence

import duckdb
import polars as pl

from vitrine.errors import SettingsError

HASH = "SELECT key, md5_number_lower($seed || ':' || key) AS _place FROM keys"


def shuffled(frame: pl.DataFrame, *, key: str, seed: int) -> pl.DataFrame:
    """All rows, ordered by the hash of their key. Keys are unique."""
    keys = pl.DataFrame({"key": frame[key].cast(pl.String)}).to_arrow()
    with duckdb.connect() as hashing:
        hashing.register("keys", keys)
        places = pl.DataFrame(hashing.sql(HASH, params={"seed": str(seed)}).to_arrow_table())
    return frame.with_columns(places["_place"]).sort("_place", key).drop("_place")


def shard(frame: pl.DataFrame, rows: int, number: int, *, key: str, seed: int) -> pl.DataFrame:
    """Shard `number` of the frame: disjoint parts of `rows` rows; the last one has the remaining rows."""
    if number and number * rows >= frame.height:
        raise SettingsError(
            f"shard {number} of {rows} rows each starts beyond the {frame.height} rows there are; the last shard is "
            f"{max(0, frame.height - 1) // rows}"
        )
    return shuffled(frame, key=key, seed=seed)[number * rows : (number + 1) * rows]


def stratified(frame: pl.DataFrame, rows: int, *, key: str, by: Sequence[str], seed: int) -> pl.DataFrame:
    """`rows` rows, or all if there are fewer. Each combination of the columns `by` has its share, and at least one row."""
    ordered = shuffled(frame, key=key, seed=seed)
    if rows >= frame.height or not by:
        return ordered.head(rows)
    strata = frame.group_by(by).len("_size").sort(by)
    taken = strata.with_columns(_taken=pl.Series(allocate(strata["_size"].to_list(), rows), dtype=pl.UInt32))
    joined = ordered.join(taken, on=list(by), how="left", maintain_order="left", nulls_equal=True)
    return joined.filter(pl.int_range(pl.len()).over(by) < pl.col("_taken")).select(frame.columns)


def quantile_group(column: str, levels: int) -> pl.Expr:
    """The quantile group of a row, 0 to `levels` - 1, by the rank of its value. Equal values are in the same group."""
    return (pl.col(column).rank("min") - 1) * levels // pl.len()


def allocate(sizes: Sequence[int], rows: int) -> list[int]:
    """Divide `rows` in proportion to `sizes`, by largest remainders. A size with no row gets one from the largest share."""
    total = sum(sizes)
    shares = [rows * size // total for size in sizes]
    by_remainder = sorted(range(len(sizes)), key=lambda place: (-(rows * sizes[place] % total), place))
    for place in by_remainder[: rows - sum(shares)]:
        shares[place] += 1
    for place in range(len(shares)):
        richest = max(range(len(shares)), key=lambda other: shares[other])
        if shares[place] == 0 and shares[richest] > 1:
            shares[richest] -= 1
            shares[place] = 1
    return shares
