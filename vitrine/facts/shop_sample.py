"""Draw the original of a small shop: real customers, each with all their orders, and all that belongs to those.

    draw_shop(everything, orders=1500, seed=7)["orders"].height      ->  1500

A random order shows neither a returning customer (3 in 100 on Olist) nor an item at exactly 100 reais (1 in 1,000), so that a
query that takes one customer id for another, or `>` for `>=`, returns what the right one does. Of the orders draw_shop,
RETURNING are of customers with several orders, AT_A_THRESHOLD of customers with a row at a limit that questions ask about,
RARE of customers in a state, a category or a year of which there are few, and the rest of any customers. A smaller group is
taken whole, and the rest is larger.
"""

from collections.abc import Mapping

import polars as pl

from vitrine.facts.shop_tables import COLUMNS
from vitrine.facts.shop_thresholds import thresholds

RETURNING = 0.35
AT_A_THRESHOLD = 0.25
RARE = 0.2
FEW = 0.01  # of all rows: the share of a state, category or year that counts as rare

Tables = Mapping[str, pl.DataFrame]


def draw_shop(everything: Tables, *, orders: int, seed: int) -> dict[str, pl.DataFrame]:
    """The shop of so many orders; one fewer where the last customer has more orders than are wanted."""
    people = _people(everything, seed)
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
        some = people.join(chosen, on="customer_unique_id", how="anti").filter(group)
        chosen = pl.concat([chosen, some.filter(pl.col("orders").cum_sum() <= wanted)])
    ids = everything["customers"].join(chosen, on="customer_unique_id", how="semi").select("customer_id")
    return _belonging(everything, everything["orders"].join(ids, on="customer_id", how="semi"))


def _people(everything: Tables, seed: int) -> pl.DataFrame:
    """Every customer, in a random order, with the number of orders and whether a row of theirs stands at a threshold."""
    owned = everything["orders"].join(everything["customers"], on="customer_id").select("order_id", "customer_unique_id")
    owned = owned.with_columns(
        at_threshold=pl.col("order_id").is_in(_at_thresholds(everything).implode()),
        rare=pl.col("order_id").is_in(_rare(everything).implode()),
    )
    people = owned.group_by("customer_unique_id").agg(pl.len().alias("orders"), pl.col("at_threshold", "rare").any())
    return people.sort("customer_unique_id").sample(fraction=1.0, shuffle=True, seed=seed)


def _at_thresholds(everything: Tables) -> pl.Series:
    """The ids of orders with a value at exactly a limit that is rare enough to be missed by a random draw."""
    limits = thresholds()

    def at(table: str, column: str) -> pl.DataFrame:
        return everything[table].filter(pl.col(column).cast(pl.Float64).is_in(list(limits.numbers.get(column, ()))))

    heavy = everything["order_items"].join(at("products", "product_weight_g"), on="product_id", how="semi")
    found = [at("order_items", "price"), at("order_payments", "payment_value"), heavy]
    return pl.concat([frame["order_id"] for frame in found])


def _rare(everything: Tables) -> pl.Series:
    """The ids of orders of a state, a year, a category or a seller's state that has few rows."""
    orders = everything["orders"].with_columns(year=pl.col("order_purchase_timestamp").dt.year())
    orders = orders.join(everything["customers"], on="customer_id")
    items = everything["order_items"].join(everything["products"], on="product_id").join(everything["sellers"], on="seller_id")
    slices = [
        (orders, "year"),
        (orders, "customer_state"),
        (items, "product_category_name"),
        (items, "seller_state"),
    ]
    return pl.concat([frame.filter(pl.len().over(by) < FEW * frame.height)["order_id"] for frame, by in slices])


def _belonging(everything: Tables, orders: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Some orders and all that belongs to them."""

    def of(table: str, key: str, owner: pl.DataFrame) -> pl.DataFrame:
        return everything[table].join(owner.select(key).unique(), on=key, how="semi").sort(COLUMNS[table])

    items = of("order_items", "order_id", orders)
    return {
        "orders": orders.sort("order_id"),
        "customers": of("customers", "customer_id", orders),
        "order_items": items,
        "products": of("products", "product_id", items),
        "sellers": of("sellers", "seller_id", items),
        "order_payments": of("order_payments", "order_id", orders),
        "order_reviews": of("order_reviews", "order_id", orders),
    }
