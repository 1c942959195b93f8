"""Listings with their descriptions, and general instructions, as examples.

described(clean, limit=50_000, seed=7, choice=Listings(strata=4, shard=None))                         # stratified by length
described(clean, limit=20_000, seed=7, choice=Listings(strata=1, shard=Shard(rows=20_000, number=3))) # the fourth 20,000
"""

from pathlib import Path
from typing import Any

import polars as pl
from pydantic import Field

from vitrine import tables
from vitrine.facts import sample
from vitrine.settings import Settings
from vitrine.tables.published import instructions, listings


class Shard(Settings):
    """One of the disjoint shards of a large source, which can be trained on one after another."""

    rows: int = Field(ge=1)
    number: int = Field(ge=0)


class Listings(Settings):
    """Which listings to take if there are more than the limit."""

    strata: int = Field(ge=1, le=16)  # length levels of titles and of contents; 4: quartiles of each
    shard: Shard | None  # null: all listings


QUARTILES = Listings(strata=4, shard=None)


def described(clean: Path, *, limit: int, seed: int, choice: Listings) -> list[dict[str, Any]]:
    """Up to `limit` listings; the title is the entity, so that no title is in two splits."""
    all_listings = tables.scan(clean / "amazon_titles" / "listings.parquet", listings.LISTINGS)
    measured = _measured(all_listings)
    if choice.shard:
        measured = sample.shard(measured, choice.shard.rows, choice.shard.number, key="uid", seed=seed)
    levels = ["title_level", "content_level"]
    leveled = measured.with_columns(sample.quantile_group(name, choice.strata).alias(name) for name in levels)
    uids = sample.stratified(leveled, limit, key="uid", by=levels, seed=seed).select("uid")
    rows = all_listings.filter(pl.col("uid").is_in(uids["uid"].implode())).collect(engine="streaming")  # a join loads all
    in_order = uids.join(rows, on="uid", how="left", maintain_order="left")
    return in_order.select(id="uid", entity=pl.col("title").str.to_lowercase(), title="title", content="content").to_dicts()


def _measured(all_listings: pl.LazyFrame) -> pl.DataFrame:
    """The uid and lengths of the first listing of each title. Only these are in memory, so millions of rows fit."""
    measured = all_listings.select(
        "uid",
        title=pl.col("title").hash(),  # compared with other hashes only
        title_level=pl.col("title").str.len_chars(),
        content_level=pl.col("content").str.len_chars(),
    ).collect(engine="streaming")
    return measured.sort("uid").unique("title", keep="first", maintain_order=True).drop("title")


def general(clean: Path, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Up to `limit` general instructions."""
    rows = tables.scan(clean / "alpaca" / "instructions.parquet", instructions.INSTRUCTIONS).sort("id")
    entity = pl.concat_str(["instruction", "input"], separator="\n")
    distinct = rows.with_columns(entity=entity).unique("entity", keep="first", maintain_order=True).collect()
    return distinct.sample(min(limit, distinct.height), shuffle=True, seed=seed).to_dicts()
