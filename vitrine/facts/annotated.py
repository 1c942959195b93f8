"""Brazilian listings with annotated attributes, as examples.

    one of `examples(clean, limit=4000, seed=7)`:
    {"id": "loja||123", "entity": "fogao 4 bocas …", "type": "Fogão", "title": "Fogão 4 Bocas …", "description": "…",
     "attributes": ["cor", "marca"], "values": {"cor": "", "marca": "Atlas"}}

Sellers copy titles, so a title is the entity: no product is in two splits. Each product type keeps its share of the examples. A
description is cut after `DESCRIPTION` characters: nine in ten values that the texts state stand before that. The attributes are
in a random order, which depends on the id: otherwise all prompts about a type would share a text that is long enough to count as
contamination.
"""

import random
from pathlib import Path
from typing import Any

import polars as pl

from vitrine import tables
from vitrine.facts import sample
from vitrine.tables.published.annotated import LISTINGS
from vitrine.verifiers.labels import normalize

DESCRIPTION = 800  # characters


def examples(clean: Path, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Up to `limit` listings."""
    listings = tables.scan(clean / "pave_br" / "listings.parquet", LISTINGS)
    chosen = sample.stratified(listings.select("id", "type").collect(), limit, key="id", by=["type"], seed=seed).select("id")
    rows = listings.filter(pl.col("id").is_in(chosen["id"].implode())).collect()
    in_order = chosen.join(rows, on="id", how="left", maintain_order="left")
    return [example(row) for row in in_order.iter_rows(named=True)]


def example(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the table as an example. `vendor` and `model` stay in the table: predictions are no part of a task."""
    listing = {name: row[name] for name in ("id", "type", "title")}
    annotated = list(zip(row["attributes"], row["values"], strict=True))
    random.Random(row["id"]).shuffle(annotated)
    own = {"entity": normalize(row["title"]), "description": cut(row["description"]) or None}
    return listing | own | {"attributes": [name for name, _ in annotated], "values": dict(annotated)}


def cut(text: str) -> str:
    """The words within the first `DESCRIPTION` characters."""
    return text if len(text) <= DESCRIPTION else text[: DESCRIPTION + 1].rpartition(" ")[0]
