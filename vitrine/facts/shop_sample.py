"""Draws the original of a small shop: real customers, each with all their orders and related rows.

    draw_shop(all_tables, orders=1500, seed=7)["orders"].height      ->  1500

Random orders contain few returning customers (3 in 100 on Olist) and hardly an item at exactly 100 reais (1 in 1,000), so a query
that confuses the customer ids, or `>` and `>=`, would return the right result. Of the drawn orders, the share RETURNING belongs
to customers with several orders, AT_A_THRESHOLD to customers with a row at a limit in a question, RARE to customers with a rare
state, category or year, and the rest to any customers. If a group is too small, all of it is taken and the rest is larger.
"""

from collections.abc import Mapping

import polars as pl

from vitrine.facts.shop_tables import COLUMNS
from vitrine.facts.shop_thresholds import thresholds

RETURNING = 0.35
AT_A_THRESHOLD = 0.25
RARE = 0.2
RARE_BELOW = 0.01  # share of rows below which a state, category or year is rare

Tables = Mapping[str, pl.DataFrame]


def draw_shop(all_tables: Tables, *, orders: int, seed: int) -> dict[str, pl.DataFrame]:
    """A shop with `orders` orders, or slightly fewer if the last customer would exceed that number."""
    people = _people(all_tables, seed)
    groups = [
        (RETURNING, pl.col("orders") > 1),
        (AT_A_THRESHOLD, pl.col("at_threshold")),
        (RARE, pl.col("rare")),
        (1.0, pl.lit(value=True)),
    ]
    chosen = people.clear()
    for share, group in groups:
        left = orders - int(chosen["orders"].sum())
        wanted = min(left, round(share * orders))
        candidates = people.join(chosen, on="customer_unique_id", how="anti").filter(group)
        chosen = pl.concat([chosen, candidates.filter(pl.col("orders").cum_sum() <= wanted)])
    ids = all_tables["customers"].join(chosen, on="customer_unique_id", how="semi").select("customer_id")
    return _with_related(all_tables, all_tables["orders"].join(ids, on="customer_id", how="semi"))


def _people(all_tables: Tables, seed: int) -> pl.DataFrame:
    """All customers in random order, with their number of orders and whether they have threshold or rare rows."""
    owned = all_tables["orders"].join(all_tables["customers"], on="customer_id").select("order_id", "customer_unique_id")
    owned = owned.with_columns(
        at_threshold=pl.col("order_id").is_in(_at_thresholds(all_tables).implode()),
        rare=pl.col("order_id").is_in(_rare(all_tables).implode()),
    )
    people = owned.group_by("customer_unique_id").agg(pl.len().alias("orders"), pl.col("at_threshold", "rare").any())
    return people.sort("customer_unique_id").sample(fraction=1.0, shuffle=True, seed=seed)


def _at_thresholds(all_tables: Tables) -> pl.Series:
    """Ids of orders with a value exactly at a limit, which a random draw would mostly miss."""
    limits = thresholds()

    def at(table: str, column: str) -> pl.DataFrame:
        return all_tables[table].filter(pl.col(column).cast(pl.Float64).is_in(list(limits.numbers.get(column, ()))))

    heavy = all_tables["order_items"].join(at("products", "product_weight_g"), on="product_id", how="semi")
    frames = [at("order_items", "price"), at("order_payments", "payment_value"), heavy]
    return pl.concat([frame["order_id"] for frame in frames])


def _rare(all_tables: Tables) -> pl.Series:
    """Ids of orders with a rare state, year, category or seller's state."""
    orders = all_tables["orders"].with_columns(year=pl.col("order_purchase_timestamp").dt.year())
    orders = orders.join(all_tables["customers"], on="customer_id")
    items = all_tables["order_items"].join(all_tables["products"], on="product_id").join(all_tables["sellers"], on="seller_id")
    slices = [
        (orders, "year"),
        (orders, "customer_state"),
        (items, "product_category_name"),
        (items, "seller_state"),
    ]
    return pl.concat([frame.filter(pl.len().over(by) < RARE_BELOW * frame.height)["order_id"] for frame, by in slices])


def _with_related(all_tables: Tables, orders: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """These orders and all related rows."""

    def related(table: str, key: str, owner: pl.DataFrame) -> pl.DataFrame:
        return all_tables[table].join(owner.select(key).unique(), on=key, how="semi").sort(COLUMNS[table])

    items = related("order_items", "order_id", orders)
    return {
        "orders": orders.sort("order_id"),
        "customers": related("customers", "customer_id", orders),
        "order_items": items,
        "products": related("products", "product_id", items),
        "sellers": related("sellers", "seller_id", items),
        "order_payments": related("order_payments", "order_id", orders),
        "order_reviews": related("order_reviews", "order_id", orders),
    }
