"""Listings with a description worth learning, and general instructions, as examples."""

from pathlib import Path
from typing import Any

import polars as pl

from vitrine import tables
from vitrine.tables import instructions, listings


def described(clean: Path, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Up to `limit` listings; the title is the entity, so that no title stands on two sides of a split."""
    found = (
        tables.scan(clean / "amazon_titles" / "listings.parquet", listings.LISTINGS)
        .sort("uid")
        .unique("title", keep="first", maintain_order=True)
    )
    rows = found.select(id="uid", entity=pl.col("title").str.to_lowercase(), title="title", content="content").collect()
    return rows.sample(min(limit, rows.height), shuffle=True, seed=seed).to_dicts()


def general(clean: Path, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Up to `limit` general instructions."""
    found = tables.scan(clean / "alpaca" / "instructions.parquet", instructions.INSTRUCTIONS).sort("id")
    entity = pl.concat_str(["instruction", "input"], separator="\n")
    rows = found.with_columns(entity=entity).unique("entity", keep="first", maintain_order=True).collect()
    return rows.sample(min(limit, rows.height), shuffle=True, seed=seed).to_dicts()
