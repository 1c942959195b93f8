"""olist: generates eight CSV files of Brazilian E-Commerce in the published dialect.

    generate(folder, rows=12_000, seed=7)     # 12,000 orders; about 11,980 reviews, 41 % with a message

Published quirks kept: CRLF in and after quoted messages, a byte order mark in the translation, leading zeros, one customer
id per order, orders without items, payments or reviews, reviews that share an id, categories without translation. About one
row in 2,000 is followed by a damaged copy (damage.py); some messages hold invented personal data (personal_data.py).
"""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from vitrine.sources.samples import damage
from vitrine.sources.samples.dialect import write_csv
from vitrine.sources.samples.olist_reviews import ReviewFacts, ReviewWriter
from vitrine.sources.samples.olist_shop import CATEGORIES, STATES
from vitrine.tables.published.olist import TABLES

FIRST, LAST = np.datetime64("2016-09-04T00:00:00", "us"), np.datetime64("2018-08-30T00:00:00", "us")
DAY = 86_400_000_000  # microseconds
NO_CATEGORY = -1
RETURNING = 0.06  # share of orders by customers who bought before
STATUSES = ["delivered", "shipped", "canceled", "unavailable", "invoiced", "processing", "created", "approved"]
STATUS_SHARE = [0.970, 0.0112, 0.0063, 0.0061, 0.0031, 0.0028, 0.0003, 0.0002]
SCORE_SHARE = np.array([0.115, 0.032, 0.082, 0.193, 0.578])  # of scores 1 to 5, as published
UNHAPPY_SHARE = np.array([0.58, 0.083, 0.1, 0.09, 0.147])  # of scores 1 to 5 of late and lost orders, as published
MESSAGE_SHARE = np.array([0, 0.765, 0.681, 0.435, 0.312, 0.359])  # share of reviews with a message, by score, as published
TITLE_SHARE = np.array([0, 0.205, 0.214, 0.207, 0.240, 0.264])  # share of messages with a title, by score
Array = np.ndarray[Any, Any]


def generate(folder: Path, *, rows: int, seed: int) -> None:
    """Write the eight files for `rows` orders to `folder`."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    category = rng.choice(len(CATEGORIES), max(30, rows // 3), p=_shares([c.share for c in CATEGORIES]))
    category[rng.random(category.size) < 0.0185] = NO_CATEGORY
    category[0] = NO_CATEGORY
    products = _products(rng, category)
    sellers = _sellers(rng, max(10, rows // 30))
    orders, customers, bought, state = _orders(rng, rows, category)
    items = _items(rng, orders, products, sellers, bought, state)
    payments = _payments(rng, items)
    things = [
        str(rng.choice(CATEGORIES[index].things.split(","))) if index != NO_CATEGORY else "o produto"
        for index in category[bought]
    ]
    reviews = _reviews(rng, orders, things, seed)
    translation = pl.DataFrame([{"name": c.name, "english": c.english} for c in CATEGORIES if c.english])
    tables = {
        "customers": customers,
        "sellers": sellers,
        "products": products,
        "orders": orders,
        "order_items": items.sort("order_id", "order_item_id"),
        "order_payments": payments,
        "order_reviews": reviews,
    }
    for name, table in tables.items():
        damaged = damage.damaged_rows(rows=table.height, seed=seed, file=name)
        path = folder / f"olist_{name}_dataset.csv"
        write_csv(path, table.select(TABLES[name].names), crlf=name == "order_reviews", damaged=damaged)
    translation.columns = TABLES["category_translation"].names
    write_csv(folder / "product_category_name_translation.csv", translation, crlf=True, bom=True, quoted_header=False)


def _shares(weights: list[float]) -> Array:
    return np.array(weights) / sum(weights)


def _ids(rng: np.random.Generator, count: int) -> list[str]:
    digits = rng.bytes(16 * count).hex()
    return [digits[at : at + 32] for at in range(0, len(digits), 32)]


def _some(rng: np.random.Generator, count: int, share: float) -> Array:
    """A mask of about `share` of `count` positions; at least one if `count` is 100 or more."""
    chosen = rng.random(count) < share
    if count >= 100 and not chosen.any():
        chosen[count // 2] = True
    return chosen


def _products(rng: np.random.Generator, category: Array) -> pl.DataFrame:
    count = category.size
    known = category != NO_CATEGORY
    grams = np.array([c.grams for c in CATEGORIES])[category] * rng.lognormal(0, 0.5, count)
    price = np.array([c.price for c in CATEGORIES])[category] * rng.lognormal(0, 0.55, count)
    sizes = {
        f"product_{side}_cm": rng.integers(low, 60, count, dtype=np.int32)
        for side, low in (("length", 16), ("height", 2), ("width", 11))
    }
    table = pl.DataFrame(
        {
            "product_id": _ids(rng, count),
            "product_category_name": [CATEGORIES[c].name if c != NO_CATEGORY else None for c in category],
            "product_name_lenght": rng.integers(20, 64, count),
            "product_description_lenght": rng.integers(80, 3000, count),
            "product_photos_qty": rng.geometric(0.45, count).clip(1, 12),
            "product_weight_g": (grams / 50).round().astype(int) * 50 + 50,
            **sizes,
            "price": (price.clip(5, 4000) - 0.1).round(0) + 0.9,
            "known": known,
        }
    )
    measured = ["product_name_lenght", "product_description_lenght", "product_photos_qty"]
    return table.with_columns(pl.when("known").then(pl.col(name)).alias(name) for name in measured)


def _places(rng: np.random.Generator, state: Array) -> dict[str, list[str]]:
    prefix = [f"{int(rng.triangular(low, low, high)):05d}" for low, high in (STATES[s].zips for s in state)]
    city = [str(rng.choice(STATES[s].cities.split(","))) for s in state]
    return {"zip_code_prefix": prefix, "city": city, "state": [STATES[s].code for s in state]}


def _sellers(rng: np.random.Generator, count: int) -> pl.DataFrame:
    state = rng.choice(10, count, p=_shares([60, 5, 8, 4, 11, 6, 1, 1, 1, 3]))
    places = {f"seller_{name}": values for name, values in _places(rng, state).items()}
    return pl.DataFrame({"seller_id": _ids(rng, count), **places})


def _orders(rng: np.random.Generator, rows: int, category: Array) -> tuple[pl.DataFrame, pl.DataFrame, Array, Array]:
    """Orders, their customers, and for each order the product bought and the state it goes to."""
    returning = round(RETURNING * rows)
    people = rows - returning
    popular = rng.pareto(1.3, category.size) + 0.3
    bought = rng.choice(category.size, rows, p=popular / popular.sum())
    loyalty = np.array([1.0 if c == NO_CATEGORY else CATEGORIES[c].loyalty for c in category[bought[:people]]])
    person = np.concatenate([np.arange(people), rng.choice(people, returning, p=loyalty / loyalty.sum())])
    when = FIRST + ((LAST - FIRST).astype(np.int64) * np.sqrt(rng.random(rows))).astype("timedelta64[us]")
    later = when[person[people:]] + (rng.gamma(2.0, 45.0, returning) * DAY).astype("timedelta64[us]")
    when[people:] = np.where(later < LAST, later, when[people:])
    when = when.astype("datetime64[s]").astype("datetime64[us]")
    state = rng.choice(len(STATES), people, p=_shares([s.share for s in STATES]))
    places = {f"customer_{name}": np.array(values)[person] for name, values in _places(rng, state).items()}
    order = rng.permutation(rows)
    customers = pl.DataFrame(
        {"customer_id": _ids(rng, rows), "customer_unique_id": np.array(_ids(rng, people))[person], **places}
    )[order]
    remoteness = np.array([s.remoteness for s in STATES])[state[person]][order]
    orders = _delivered(rng, when[order], remoteness).with_columns(
        order_id=pl.Series(_ids(rng, rows)), customer_id=customers["customer_id"]
    )
    return orders, customers[rng.permutation(rows)], bought[order], state[person][order]


def _delivered(rng: np.random.Generator, when: Array, remoteness: Array) -> pl.DataFrame:
    """Status and dates of orders, with `days`, `promised` and `late` for the reviews."""
    count = when.size
    status = rng.choice(len(STATUSES), count, p=_shares(STATUS_SHARE))
    promised = (rng.normal(20, 5, count) + remoteness).round().clip(10, 40).astype(int)
    late = rng.random(count) < 0.07 + 0.005 * remoteness
    early = 2 + ((promised - 2) * rng.beta(2.2, 3.0, count)).astype(int)
    days = np.where(late, (promised + rng.geometric(0.18, count)).clip(0, 45), early)
    hours = (rng.integers(1, 20 * 3600, count) * 1_000_000).astype("timedelta64[us]")
    arrived = when + (days * DAY).astype("timedelta64[us]") + hours
    midnight = when.astype("datetime64[D]").astype("datetime64[us]")
    code = pl.Series(np.array(STATUSES)[status])
    frame = pl.DataFrame(
        {
            "order_status": code,
            "order_purchase_timestamp": when,
            "order_approved_at": when + hours // 8 // 1_000_000 * 1_000_000,
            "order_delivered_carrier_date": when + (arrived - when) // 3 // 1_000_000 * 1_000_000,
            "order_delivered_customer_date": arrived,
            "order_estimated_delivery_date": midnight + ((promised + 1) * DAY).astype("timedelta64[us]"),
            "days": days,
            "promised": promised,
            "late": late,
            "lost": _some(rng, count, 0.0001),
        }
    )
    sent, done = pl.col("order_status").is_in(["delivered", "shipped"]), (pl.col("order_status") == "delivered") & ~pl.col("lost")
    return frame.with_columns(
        pl.when(pl.col("order_status") != "created").then("order_approved_at").alias("order_approved_at"),
        pl.when(sent).then("order_delivered_carrier_date").alias("order_delivered_carrier_date"),
        pl.when(done).then("order_delivered_customer_date").alias("order_delivered_customer_date"),
        arrived=done,
    )


def _items(
    rng: np.random.Generator, orders: pl.DataFrame, products: pl.DataFrame, sellers: pl.DataFrame, bought: Array, state: Array
) -> pl.DataFrame:
    count = np.where(_some(rng, orders.height, 0.0078), 0, rng.geometric(0.88, orders.height).clip(1, 8))
    order = np.repeat(np.arange(orders.height), count)
    number = np.arange(order.size) - np.repeat(np.cumsum(count) - count, count) + 1
    other = (number > 1) & (rng.random(order.size) < 0.3)
    product = np.where(other, rng.integers(0, products.height, order.size), bought[order])
    remoteness = np.array([s.remoteness for s in STATES])[state[order]]
    kilos = products["product_weight_g"].to_numpy()[product] / 1000
    limit = orders["order_purchase_timestamp"].to_numpy()[order] + (rng.integers(3, 8, order.size) * DAY).astype(
        "timedelta64[us]"
    )
    return pl.DataFrame(
        {
            "order_id": orders["order_id"].to_numpy()[order],
            "order_item_id": number,
            "product_id": products["product_id"].to_numpy()[product],
            "seller_id": sellers["seller_id"].to_numpy()[(product * 7919) % sellers.height],
            "shipping_limit_date": limit,
            "price": products["price"].to_numpy()[product],
            "freight_value": (8 + 1.6 * remoteness + 1.9 * kilos + rng.gamma(2.0, 1.6, order.size)).round(2),
        }
    )


def _payments(rng: np.random.Generator, items: pl.DataFrame) -> pl.DataFrame:
    due = items.group_by("order_id", maintain_order=True).agg(value=(pl.col("price") + pl.col("freight_value")).sum().round(2))
    if due.height > 100:
        due = due[1:]  # one order was never paid, as published
    kind = rng.choice(["credit_card", "boleto", "voucher", "debit_card"], due.height, p=[0.755, 0.195, 0.035, 0.015])
    months = np.where(kind == "credit_card", rng.geometric(0.32, due.height).clip(1, 12), 1)
    voucher = np.where(_some(rng, due.height, 0.03), (due["value"].to_numpy() * rng.uniform(0.1, 0.6, due.height)).round(2), 0.0)
    paid = due.with_columns(kind=pl.Series(kind), months=pl.Series(months), voucher=pl.Series(voucher))
    first = paid.select(
        "order_id",
        payment_sequential=pl.lit(1, pl.Int32),
        payment_type="kind",
        payment_installments=pl.col("months").cast(pl.Int32),
        payment_value=(pl.col("value") - pl.col("voucher")).round(2),
    )
    rest = paid.filter(pl.col("voucher") > 0).select(
        "order_id",
        payment_sequential=pl.lit(2, pl.Int32),
        payment_type=pl.lit("voucher"),
        payment_installments=pl.lit(1, pl.Int32),
        payment_value="voucher",
    )
    both = pl.concat([first, rest])
    return both[rng.permutation(both.height)]


def _reviews(rng: np.random.Generator, orders: pl.DataFrame, things: list[str], seed: int) -> pl.DataFrame:
    reviewed = np.flatnonzero(~_some(rng, orders.height, 0.0077))
    about = np.concatenate([reviewed, reviewed[_some(rng, reviewed.size, 0.0055)]])
    rows = orders[about].select(
        "order_id", "order_purchase_timestamp", "order_delivered_customer_date", "arrived", "days", "promised", "late"
    )
    unhappy = (rows["late"] | ~rows["arrived"]).to_numpy()
    share = unhappy.mean() if unhappy.size else 0.0
    happy = (SCORE_SHARE - share * UNHAPPY_SHARE).clip(0.01)
    score = 1 + np.where(unhappy, _draw(rng, UNHAPPY_SHARE, about.size), _draw(rng, happy, about.size))
    writes = rng.random(about.size) < MESSAGE_SHARE[score]
    titled = rng.random(about.size) < np.where(writes, TITLE_SHARE[score], 0.03)
    writer = ReviewWriter(seed)
    facts = zip(score.tolist(), *(rows[name] for name in ("late", "arrived", "days", "promised")), about.tolist(), strict=True)
    facts_of = [ReviewFacts(s, late, arrived, days, promised, things[i]) for s, late, arrived, days, promised, i in facts]
    arrival = rows["order_delivered_customer_date"].fill_null(rows["order_purchase_timestamp"].dt.offset_by("30d"))
    created = arrival.dt.truncate("1d").dt.offset_by("1d")
    wait = (rng.lognormal(10.9, 0.9, about.size)).clip(600, 40 * 86400).astype(int)
    reviews = pl.DataFrame(
        {
            "review_id": _ids(rng, about.size),
            "order_id": rows["order_id"],
            "review_score": score,
            "review_comment_title": [
                writer.title(fact.score) if has else None for fact, has in zip(facts_of, titled, strict=True)
            ],
            "review_comment_message": [writer.message(fact) if has else None for fact, has in zip(facts_of, writes, strict=True)],
            "review_creation_date": created,
            "review_answer_timestamp": created + pl.Series(wait * 1_000_000).cast(pl.Duration("us")),
        }
    )
    return _shared_ids(rng, reviews)[rng.permutation(about.size)]


def _draw(rng: np.random.Generator, weights: Array, count: int) -> Array:
    return rng.choice(weights.size, count, p=weights / weights.sum())


def _shared_ids(rng: np.random.Generator, reviews: pl.DataFrame) -> pl.DataFrame:
    """Repeat some reviews for another order: same id, score and text."""
    source = np.arange(reviews.height)
    copies = np.flatnonzero(_some(rng, reviews.height, 0.008))
    copies = copies[copies > 0]
    source[copies] = copies - 1
    return reviews[source].with_columns(reviews["order_id"])
