"""Listings with a description worth learning, and general instructions, as examples.

described(clean, limit=50_000, seed=7, choice=Listings(strata=4, shard=None))                         # short and long alike
described(clean, limit=20_000, seed=7, choice=Listings(strata=1, shard=Shard(rows=20_000, number=3))) # the fourth 20,000
"""

from pathlib import Path
from typing import Any

import polars as pl
from pydantic import Field

from vitrine import tables
from vitrine.settings import Settings
from vitrine.splits import sample
from vitrine.tables.published import instructions, listings


class Shard(Settings):
    """One of the disjoint parts that a large source is learnt in, one after another."""

    rows: int = Field(ge=1)
    number: int = Field(ge=0)


class Listings(Settings):
    """Which listings are taken where there are more than are asked for."""

    strata: int = Field(ge=1, le=16)  # levels of the title's length and of the content's; 4: quartiles of each
    shard: Shard | None  # null: from all


QUARTILES = Listings(strata=4, shard=None)


def described(clean: Path, *, limit: int, seed: int, choice: Listings) -> list[dict[str, Any]]:
    """Up to `limit` listings; the title is the entity, so that no title stands on two sides of a split."""
    found = tables.scan(clean / "amazon_titles" / "listings.parquet", listings.LISTINGS)
    measured = _measured(found)
    if choice.shard:
        measured = sample.shard(measured, choice.shard.rows, choice.shard.number, key="uid", seed=seed)
    levels = ["title_level", "content_level"]
    leveled = measured.with_columns(sample.level(name, choice.strata).alias(name) for name in levels)
    uids = sample.stratified(leveled, limit, key="uid", by=levels, seed=seed).select("uid")
    rows = found.filter(pl.col("uid").is_in(uids["uid"].implode())).collect(engine="streaming")  # a join would hold all texts
    in_order = uids.join(rows, on="uid", how="left", maintain_order="left")
    return in_order.select(id="uid", entity=pl.col("title").str.to_lowercase(), title="title", content="content").to_dicts()


def _measured(found: pl.LazyFrame) -> pl.DataFrame:
    """Of each title the first listing's uid and lengths: what is in memory of millions of rows."""
    measured = found.select(
        "uid",
        title=pl.col("title").hash(),  # only ever compared with its like
        title_level=pl.col("title").str.len_chars(),
        content_level=pl.col("content").str.len_chars(),
    ).collect(engine="streaming")
    return measured.sort("uid").unique("title", keep="first", maintain_order=True).drop("title")


def general(clean: Path, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Up to `limit` general instructions."""
    found = tables.scan(clean / "alpaca" / "instructions.parquet", instructions.INSTRUCTIONS).sort("id")
    entity = pl.concat_str(["instruction", "input"], separator="\n")
    rows = found.with_columns(entity=entity).unique("entity", keep="first", maintain_order=True).collect()
    return rows.sample(min(limit, rows.height), shuffle=True, seed=seed).to_dicts()
