"""Builds the small databases that replies are graded on, once for all tasks.

counts = build({"olist", "taxonomy"}, clean, facts, shop_orders=1500, churn=options, validation=0.02, test=0.08, seed=7)

facts/shop/<copy>/*.parquet     the small shop for SQL rewards, and its perturbed copies     olist
facts/whole/<copy>/*.parquet    all orders, for the SQL benchmark, and perturbed copies      olist
facts/churn.parquet             customer profiles at a snapshot, and whether they returned   olist
facts/taxonomy.parquet          all product categories                                       taxonomy
"""

from collections.abc import Collection
from pathlib import Path

from pydantic import Field

from vitrine.facts import categories, shop
from vitrine.facts import churn as customers
from vitrine.facts.churn import Churn
from vitrine.settings import Settings


class Databases(Settings):
    shop_orders: int = Field(ge=1, le=2000)
    churn: Churn


def build(
    sources: Collection[str], clean: Path, facts: Path, options: Databases, *, validation: float, test: float, seed: int
) -> dict[str, float]:
    """Build the databases that these sources allow. Return their sizes."""
    counts: dict[str, float] = {}
    facts.mkdir(parents=True, exist_ok=True)  # a declared output of the stage, even if empty
    if "olist" in sources:
        for name, orders in (("shop", options.shop_orders), ("whole", None)):
            copies = shop.build(clean, facts / name, orders=orders, seed=seed)
            counts |= {f"{name}.{copy}": float(count) for copy, count in copies.items()}
        counts |= customers.build(clean, facts / "churn.parquet", options.churn, validation=validation, test=test, seed=seed)
    if "taxonomy" in sources:
        counts |= categories.build(clean, facts)
    return counts
