"""Some rows of many, by the hash of their key: the same ones in whatever order they stand, nearly the same once rows join.

    keys = frame.select("uid", size=level("chars", 4))              # 4: quartiles; keys and strata, not the texts
    stratified(keys, 50_000, key="uid", by=["size"], seed=7)        # every stratum has its share
    shard(keys, 20_000, 3, key="uid", seed=7)                       # the fourth 20,000; with those before and after it, all

Both return rows of the frame they are given, in the order of the hash, which has nothing to do with what rows hold: any part
of the result is a fair part. The hash is MD5, so that no version of a library draws other rows.
"""

from collections.abc import Sequence

import duckdb
import polars as pl

from vitrine.errors import SettingsError

HASH = "SELECT key, md5_number_lower($seed || ':' || key) AS _place FROM keys"


def shuffled(frame: pl.DataFrame, *, key: str, seed: int) -> pl.DataFrame:
    """All rows, ordered by the hash of their key; no two rows may share one."""
    keys = pl.DataFrame({"key": frame[key].cast(pl.String)}).to_arrow()
    with duckdb.connect() as hashing:
        hashing.register("keys", keys)
        places = pl.DataFrame(hashing.sql(HASH, params={"seed": str(seed)}).to_arrow_table())
    return frame.with_columns(places["_place"]).sort("_place", key).drop("_place")


def shard(frame: pl.DataFrame, rows: int, number: int, *, key: str, seed: int) -> pl.DataFrame:
    """One of the disjoint parts of `rows` rows that together are the frame; the last part holds what is left."""
    if number and number * rows >= frame.height:
        raise SettingsError(
            f"shard {number} of {rows} rows each starts beyond the {frame.height} rows there are; the last shard is "
            f"{max(0, frame.height - 1) // rows}"
        )
    return shuffled(frame, key=key, seed=seed)[number * rows : (number + 1) * rows]


def stratified(frame: pl.DataFrame, rows: int, *, key: str, by: Sequence[str], seed: int) -> pl.DataFrame:
    """`rows` rows, or all there are: each combination of the columns `by` has its share, and one row at least."""
    everything = shuffled(frame, key=key, seed=seed)
    if rows >= frame.height or not by:
        return everything.head(rows)
    strata = frame.group_by(by).len("_size").sort(by)
    taken = strata.with_columns(_taken=pl.Series(allocated(strata["_size"].to_list(), rows), dtype=pl.UInt32))
    joined = everything.join(taken, on=list(by), how="left", maintain_order="left", nulls_equal=True)
    return joined.filter(pl.int_range(pl.len()).over(by) < pl.col("_taken")).select(frame.columns)


def level(column: str, levels: int) -> pl.Expr:
    """Which of `levels` groups of about equal size a row is in, by the rank of its value; equal values are in one group."""
    return (pl.col(column).rank("min") - 1) * levels // pl.len()


def allocated(sizes: Sequence[int], rows: int) -> list[int]:
    """How many of `rows` each size gets: in proportion, by largest remainders; who would get none takes one from the most."""
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
