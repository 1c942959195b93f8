"""The small relational database that SQL replies run on, and fabricated copies of it.

    data/facts/shop/original/orders.parquet, …/order_items.parquet, …
    data/facts/shop/perturbed_1/…          the same tables with other values

The original has real rows: customers with all their orders (shop_sample.py). The copies are fabricated so that a query that is
nearly right, constant or right by luck returns another result there than the gold query (shop_copies.py).
"""

from pathlib import Path

from vitrine import tables
from vitrine.facts.shop_copies import fabricate_shop
from vitrine.facts.shop_sample import draw_shop
from vitrine.facts.shop_tables import COLUMNS, SCHEMA, schema
from vitrine.tables.published import olist

__all__ = ["COLUMNS", "COPIES", "SCHEMA", "build", "schema"]

COPIES = ("original", "perturbed_1", "perturbed_2")
MAX_COPY_SHARE = 0.8  # of all orders, so that counts differ in a copy too
COPY_SIZE_FACTOR = 1.5  # copies have more orders, so that a question about one month of one state has rows


def build(clean: Path, folder: Path, *, orders: int | None, seed: int) -> dict[str, int]:
    """Write the original with `orders` orders (None: all) and its copies. Return the number of orders in each."""
    all_tables = {
        name: tables.scan(clean / "olist" / f"{name}.parquet", olist.TABLES[name]).select(columns).collect()
        for name, columns in COLUMNS.items()
    }
    counts, all_orders = {}, all_tables["orders"].height
    for copy, name in enumerate(COPIES):
        most = all_orders if not copy else round(MAX_COPY_SHARE * all_orders)
        size = most if orders is None else min(round(orders * (COPY_SIZE_FACTOR if copy else 1)), most)
        make = fabricate_shop if copy else draw_shop
        shop = make(all_tables, orders=size, seed=seed + copy)
        for table, frame in shop.items():
            tables.write(folder / name / f"{table}.parquet", frame, schema(table))
        counts[name] = shop["orders"].height
    return counts
