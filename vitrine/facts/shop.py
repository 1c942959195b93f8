"""The small relational database that SQL answers run on, and perturbed copies of it.

    data/facts/shop/original/orders.parquet, …/order_items.parquet, …
    data/facts/shop/perturbed_1/…          same tables, other orders and values

A query whose answer is a constant, or right by luck, fails on a copy where the true answer differs. Names are the
publisher's, so that a query works on the full tables too; columns that no question needs are left out of the prompt.
"""

from pathlib import Path

import polars as pl
import pyarrow as pa

from vitrine import tables
from vitrine.tables.published import olist

COLUMNS: dict[str, list[str]] = {
    "orders": [
        "order_id",
        "customer_id",
        "order_status",
        "order_purchase_timestamp",
        "order_delivered_customer_date",
        "order_estimated_delivery_date",
    ],
    "customers": ["customer_id", "customer_unique_id", "customer_city", "customer_state"],
    "order_items": ["order_id", "product_id", "seller_id", "price", "freight_value"],
    "products": ["product_id", "product_category_name", "product_weight_g"],
    "sellers": ["seller_id", "seller_state"],
    "order_payments": ["order_id", "payment_type", "payment_installments", "payment_value"],
    "order_reviews": ["order_id", "review_score"],
}
SCHEMA = "\n".join(f"{table}({', '.join(columns)})" for table, columns in COLUMNS.items())
COPIES = ("original", "perturbed_1", "perturbed_2")
COPIED = 0.8  # of all orders at most: what is counted in a copy differs too


def schema(table: str) -> pa.Schema:
    """The columns of one table of the shop, typed as in the source."""
    return pa.schema([olist.TABLES[table].field(name) for name in COLUMNS[table]])


def build(clean: Path, folder: Path, *, orders: int | None, seed: int) -> dict[str, int]:
    """Write the original, of so many orders (None: of all), and its perturbed copies; the number of orders in each."""
    everything = {name: tables.scan(clean / "olist" / f"{name}.parquet", olist.TABLES[name]).collect() for name in COLUMNS}
    counts, all_orders = {}, everything["orders"].height
    for copy, name in enumerate(COPIES):
        most = all_orders if not copy else round(COPIED * all_orders)
        shop = _part(everything, orders=most if orders is None else min(orders, most), seed=seed + copy)
        if copy:
            shop = _perturbed(shop, seed=seed + copy)
        for table, frame in shop.items():
            tables.write(folder / name / f"{table}.parquet", frame, schema(table))
        counts[name] = shop["orders"].height
    return counts


def _part(everything: dict[str, pl.DataFrame], *, orders: int, seed: int) -> dict[str, pl.DataFrame]:
    """Some orders and all that belongs to them."""
    chosen = everything["orders"].sort("order_id")
    chosen = chosen.sample(orders, shuffle=True, seed=seed).sort("order_id")

    def of(table: str, key: str, of_table: pl.DataFrame) -> pl.DataFrame:
        return everything[table].join(of_table.select(key).unique(), on=key, how="semi").sort(COLUMNS[table])

    items = of("order_items", "order_id", chosen)
    return {
        "orders": chosen,
        "customers": of("customers", "customer_id", chosen),
        "order_items": items,
        "products": of("products", "product_id", items),
        "sellers": of("sellers", "seller_id", items),
        "order_payments": of("order_payments", "order_id", chosen),
        "order_reviews": of("order_reviews", "order_id", chosen),
    }


def _perturbed(shop: dict[str, pl.DataFrame], *, seed: int) -> dict[str, pl.DataFrame]:
    """The same kind of shop with other answers: states, categories, payment types and statuses change owners; prices move."""

    def moved(frame: pl.DataFrame, column: str) -> pl.DataFrame:
        return frame.with_columns(pl.col(column).shuffle(seed=seed))

    factor = 1.0 + (seed % 5 + 1) / 20
    return shop | {
        "orders": moved(shop["orders"], "order_status"),
        "customers": moved(shop["customers"], "customer_state"),
        "products": moved(shop["products"], "product_category_name"),
        "order_payments": moved(shop["order_payments"], "payment_type").with_columns((pl.col("payment_value") * factor).round(2)),
        "order_items": moved(shop["order_items"], "freight_value").with_columns((pl.col("price") * factor).round(2)),
        "order_reviews": moved(shop["order_reviews"], "review_score"),
    }
