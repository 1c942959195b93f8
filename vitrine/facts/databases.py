"""The small databases that answers are checked against, made once for every task that is asked.

counts = build({"olist", "taxonomy"}, clean, facts, shop_orders=1500, churn=options, validation=0.02, test=0.08, seed=7)

facts/shop/<copy>/*.parquet     the shop that rewards run SQL on, and its perturbed copies  olist
facts/whole/<copy>/*.parquet    all its orders, which the benchmark runs SQL on, and copies olist
facts/churn.parquet             customers as they were known, and whether they came back    olist
facts/taxonomy.parquet          the categories that a product can be in                     taxonomy
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
    """Those that can be made of these sources; how large they are."""
    counts: dict[str, float] = {}
    facts.mkdir(parents=True, exist_ok=True)  # an output of the stage, even where nothing is kept in it
    if "olist" in sources:
        for name, orders in (("shop", options.shop_orders), ("whole", None)):
            copies = shop.build(clean, facts / name, orders=orders, seed=seed)
            counts |= {f"{name}.{copy}": float(count) for copy, count in copies.items()}
        counts |= customers.build(clean, facts / "churn.parquet", options.churn, validation=validation, test=test, seed=seed)
    if "taxonomy" in sources:
        counts |= categories.build(clean, facts)
    return counts
