"""The known totals of Olist's published tables, and a function that measures them on raw parquet.

KNOWN["price"], figures(Path("data/raw/olist"))["price"]      # 13591643.7, twice

Sums are in reais. The geolocation table may be missing, so its rows are no known total.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from vitrine.sources.olist import FILES as TABLES

Figures = dict[str, Any]
ROWS = {
    "orders": 99_441,
    "order_items": 112_650,
    "customers": 99_441,
    "order_payments": 103_886,
    "products": 32_951,
    "sellers": 3_095,
    "order_reviews": 99_224,
    "category_translation": 71,
}
KNOWN: Figures = {f"rows of {table}": rows for table, rows in ROWS.items()} | {
    "rejects": 0,
    "price": 13_591_643.70,
    "freight": 2_251_909.54,
    "payments": 16_008_872.12,
    "first purchase": dt.datetime(2016, 9, 4, 21, 15, 19),
    "last purchase": dt.datetime(2018, 10, 17, 17, 30, 18),
    "statuses": {
        "delivered": 96_478,
        "shipped": 1_107,
        "canceled": 625,
        "unavailable": 609,
        "invoiced": 314,
        "processing": 301,
        "created": 5,
        "approved": 2,
    },
    "scores": {5: 57_328, 4: 19_142, 3: 8_179, 2: 3_151, 1: 11_424},
    "messages that are null": 58_247,
    "titles that are null": 87_656,
    "messages of blanks alone": 27,
    "messages that repeat another": 4_825,
    "longest message": 208,
    "titles that are a number": 315,
    "review ids on several orders": 789,
    "orders with several reviews": 547,
    "reviews that predate the purchase": 74,
    "reviews of orders that are not delivered": 2_863,
    "orders without items": 775,
    "orders without review": 768,
    "orders without payment": 1,
    "customers' prefixes that begin with 0": 23_995,
    "sellers' prefixes that begin with 0": 1_027,
    "people": 96_096,
    "products without category": 610,
    "categories": 73,
    "categories without translation": 2,
}

__all__ = ["KNOWN", "TABLES", "figures"]


def figures(raw: Path) -> Figures:
    """Every figure of `KNOWN`, measured on the tables in `raw`."""
    tables = {name: pl.read_parquet(raw / f"{name}.parquet") for name in ROWS}
    rows: Figures = {f"rows of {name}": table.height for name, table in tables.items()}
    rows |= {"rejects": pl.read_parquet(raw / "rejects.parquet").height}
    return rows | _money(tables) | _orders(tables) | _texts(tables["order_reviews"]) | _reviews(tables) | _shop(tables)


def _money(tables: dict[str, pl.DataFrame]) -> Figures:
    items, payments = tables["order_items"], tables["order_payments"]
    return {
        "price": items["price"].sum(),
        "freight": items["freight_value"].sum(),
        "payments": payments["payment_value"].sum(),
    }


def _orders(tables: dict[str, pl.DataFrame]) -> Figures:
    orders = tables["orders"]
    others = {"items": "order_items", "review": "order_reviews", "payment": "order_payments"}
    without = {
        f"orders without {part}": orders.join(tables[name], on="order_id", how="anti").height for part, name in others.items()
    }
    return without | {
        "first purchase": orders["order_purchase_timestamp"].min(),
        "last purchase": orders["order_purchase_timestamp"].max(),
        "statuses": dict(orders["order_status"].value_counts().iter_rows()),
    }


def _texts(reviews: pl.DataFrame) -> Figures:
    messages, titles = reviews["review_comment_message"], reviews["review_comment_title"]
    texts = messages.drop_nulls()
    return {
        "messages that are null": messages.null_count(),
        "titles that are null": titles.null_count(),
        "messages of blanks alone": (texts.str.strip_chars() == "").sum(),
        "messages that repeat another": texts.len() - texts.n_unique(),
        "longest message": texts.str.len_chars().max(),
        "titles that are a number": titles.str.contains(r"^\s*[0-9]+\s*$").sum(),
    }


def _reviews(tables: dict[str, pl.DataFrame]) -> Figures:
    reviews = tables["order_reviews"]
    ordered = reviews.join(tables["orders"], on="order_id")
    return {
        "scores": dict(reviews["review_score"].value_counts().iter_rows()),
        "review ids on several orders": (reviews["review_id"].value_counts()["count"] > 1).sum(),
        "orders with several reviews": (reviews["order_id"].value_counts()["count"] > 1).sum(),
        "reviews that predate the purchase": (ordered["review_creation_date"] < ordered["order_purchase_timestamp"]).sum(),
        "reviews of orders that are not delivered": (ordered["order_status"] != "delivered").sum(),
    }


def _shop(tables: dict[str, pl.DataFrame]) -> Figures:
    customers, sellers, products = tables["customers"], tables["sellers"], tables["products"]
    categories = products.drop_nulls("product_category_name").unique("product_category_name")
    untranslated = categories.join(tables["category_translation"], on="product_category_name", how="anti")
    return {
        "customers' prefixes that begin with 0": customers["customer_zip_code_prefix"].str.starts_with("0").sum(),
        "sellers' prefixes that begin with 0": sellers["seller_zip_code_prefix"].str.starts_with("0").sum(),
        "people": customers["customer_unique_id"].n_unique(),
        "products without category": products["product_category_name"].null_count(),
        "categories": categories.height,
        "categories without translation": untranslated.height,
    }
