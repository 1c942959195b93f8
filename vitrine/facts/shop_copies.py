"""Fabricates a shop in which a nearly right query returns another result than the right one.

    fabricate_shop(all_tables, orders=1500, seed=8)      the tables of a shop, with the published ids, states and categories

Shuffling the real shop's values would hide mistakes: nearly every customer has one order, one item in a thousand costs exactly
100 reais, and one city has most orders. Here all values of a column are about equally frequent, so that a question about Roraima
in 2016 has rows, and each common mistake changes the result:

    customer_id for customer_unique_id    people have one to six orders, in several cities and states
    `>` for `>=`                          a third or more of prices, payments, weights and delays equal a limit in a question
    `> 201` for `> 200`                   another quarter exceed such a limit by less than one, or by one if they are integers
    the previous year or month            neighbouring months and years of a state have different numbers of orders
    the year of the delivery              December's orders arrive in January, late in one copy and on time in the next
    COUNT(a date) for COUNT(*)            each month of a state has an order without delivery, in one copy or the other
    no DISTINCT, SUM for AVG              several items, payments and reviews per order, with repeated sellers and products
    a missing condition                   orders without items, payment, review or delivery; products without category or weight
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vitrine.facts.shop_thresholds import thresholds

CATEGORIES = 40  # the most frequent ones, which questions use; nine in ten products belong to them
CITIES = 9  # per state
ORDERS_PER_PERSON = (1, 2, 1, 3, 1, 2, 5, 1, 4)  # within one state, cyclically
MOVED_SHARE = 0.15  # of these groups of orders belong to a person from another state
ITEMS_PER_ORDER = {0: 0.03, 1: 0.35, 2: 0.32, 3: 0.18, 4: 0.08, 5: 0.04}
PAYMENTS_PER_ORDER = {0: 0.02, 1: 0.63, 2: 0.25, 3: 0.1}
REVIEWS_PER_ORDER = {0: 0.1, 1: 0.7, 2: 0.2}
DECEMBER_DAYS = 5  # December's orders are bought on its last days: as many as the shortest delay in a question
SECOND, DAY = 1_000_000, 86_400_000_000  # in microseconds
EDGE_SECONDS = (0, 6 * 3600 - 1, 6 * 3600, 86_399)  # times of day at or next to a limit

Column = NDArray[Any]


def fabricate_shop(all_tables: Mapping[str, pl.DataFrame], *, orders: int, seed: int) -> dict[str, pl.DataFrame]:
    chance = np.random.default_rng(seed)
    maker = _ShopMaker(all_tables, chance, turn=seed)
    sold, customers = maker.orders(orders)
    products, sellers = maker.products(orders), maker.sellers(orders)
    items = maker.items(sold["order_id"], products, sellers)
    return {
        "orders": sold.sort("order_id"),
        "customers": customers.sort("customer_id"),
        "order_items": items,
        "products": products.drop("price").join(items, on="product_id", how="semi").sort("product_id"),
        "sellers": sellers.join(items, on="seller_id", how="semi").sort("seller_id"),
        "order_payments": maker.payments(sold["order_id"]),
        "order_reviews": maker.reviews(sold, customers),
    }


class _ShopMaker:
    def __init__(self, all_tables: Mapping[str, pl.DataFrame], chance: np.random.Generator, turn: int) -> None:
        self.real, self.chance, self.turn = all_tables, chance, turn
        self.limits = thresholds()
        self.states = all_tables["customers"]["customer_state"].unique().sort().to_numpy()

    # ------------------------------------------------------------------------------------------------ customers, orders

    def orders(self, count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The orders, and the customer of each."""
        state, year, month = self._cells(count)
        bought = self._bought(year, month)
        delivered = self._day_of(bought) + self._days(state) * DAY + self._seconds(count) * SECOND
        promised = self._promised(delivered)
        turn = (state + year + month + self.turn) % 2  # 0 in one copy, 1 in the other
        never = (_index_in_group((year * 12 + month) * len(self.states) + state) == 0) & (turn == 0)
        late = self._day_of(delivered) + np.where(turn == 1, -4, 8) * DAY
        real = self.real["orders"].sort("order_id").sample(count, shuffle=True, seed=self.turn)
        orders = pl.DataFrame(
            {
                "order_id": real["order_id"],
                "customer_id": real["customer_id"],
                "order_status": self._statuses((year * 12 + month) * 2 + never),
                "order_purchase_timestamp": bought,
                "order_delivered_customer_date": delivered,
                "order_estimated_delivery_date": np.where(month == 12, late, promised),
            }
        )
        times = pl.col("order_purchase_timestamp", "order_delivered_customer_date", "order_estimated_delivery_date")
        orders = orders.with_columns(times.cast(pl.Datetime("us"))).with_columns(
            pl.when(pl.Series(~never)).then("order_delivered_customer_date").alias("order_delivered_customer_date")
        )
        customers = pl.DataFrame(
            {
                "customer_id": real["customer_id"],
                "customer_unique_id": self._people(state),
                "customer_city": self._cities(state),
                "customer_state": self.states[state],
            }
        )
        return orders, customers

    def _cells(self, count: int) -> tuple[Column, Column, Column]:
        """The state, year and month of each order. Neighbouring months and years of a state have different counts."""
        years = self.real["orders"]["order_purchase_timestamp"].dt.year().unique().sort().to_numpy()
        cells = np.indices((len(self.states), len(years), 12)).reshape(3, -1)
        state, year, month = cells
        counts = 1 + (month + state + self.turn) % 3 + (year + state + self.turn) % 3
        listed = np.repeat(cells, counts, axis=1)
        listed = np.tile(listed, -(-count // max(1, listed.shape[1])))
        shuffled = listed[:, self.chance.permutation(listed.shape[1])]
        repeated = _index_in_group((shuffled[0] * len(years) + shuffled[1]) * 12 + shuffled[2]) > 0
        state, year, month = shuffled[:, np.argsort(repeated, kind="stable")[:count]]  # one of each cell first, if there is room
        order = self.chance.permutation(count)
        return state[order], years[year[order]], month[order] + 1

    def _statuses(self, group: Column) -> Column:
        """Statuses, cycling within each group."""
        statuses = self.real["orders"]["order_status"].unique().sort().to_numpy()
        return statuses[(_index_in_group(group) + group + self.turn) % len(statuses)]

    def _bought(self, year: Column, month: Column) -> Column:
        """Purchase times: one in twelve at the first second of the month, one at the last. In December only its last days."""
        first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
        start, end = (moment.astype("datetime64[us]").astype(np.int64) for moment in (first, first + 1))
        days = (end - start) // DAY
        eligible = np.where(month == 12, DECEMBER_DAYS, days)
        day = days - eligible + (self.chance.random(len(year)) * eligible).astype(np.int64)
        bought = start + day * DAY + self._seconds(len(year)) * SECOND
        edge = self.chance.random(len(year))
        return np.where((edge < 1 / 12) & (month < 12), start, np.where(edge > 11 / 12, end - SECOND, bought))

    def _seconds(self, count: int) -> Column:
        """Times of day, in seconds."""
        return np.where(
            self.chance.random(count) < 0.2, self.chance.choice(EDGE_SECONDS, count), self.chance.integers(0, 86_400, count)
        )

    def _day_of(self, moment: Column) -> Column:
        return moment - moment % DAY

    def _days(self, state: Column) -> Column:
        """Delivery days. Of three orders of a state one takes exactly a limit, cycling through the limits, and one a day more."""
        kind, turn = _index_in_group(state) % 3, _index_in_group(state) // 3
        limit = np.array(self.limits.days)[turn % len(self.limits.days)]
        return np.where(kind < 2, limit + kind, self.chance.integers(1, 45, len(state)))

    def _promised(self, delivered: Column) -> Column:
        """Promised times: exactly the delivery, a time named in a question, or the start of a day near the delivery."""
        count = len(delivered)
        near = self._day_of(delivered) + self.chance.choice([-9, -4, -1, 0, 1, 3, 8, 20], count) * DAY
        named = self.chance.choice(np.array(self.limits.moments, dtype="datetime64[us]").astype(np.int64), count)
        kind = self.chance.random(count)
        return np.where(kind < 0.25, delivered, np.where(kind < 0.3, named, near))

    def _people(self, state: Column) -> pl.Series:
        """The customer of each order: one person has a group of 1-5 orders in a state, and maybe another group elsewhere."""
        count = len(state)
        order = np.argsort(state, kind="stable")  # within a state, orders are in random order
        sizes = np.resize(np.array(ORDERS_PER_PERSON), count)
        group = np.repeat(np.arange(count), sizes)[:count]
        groups = int(group[-1]) + 1
        owner = np.arange(groups)
        moved = self.chance.random(groups) < MOVED_SHARE
        owner[moved] = self.chance.integers(0, groups, int(moved.sum()))
        person = np.empty(count, dtype=np.int64)
        person[order] = owner[group]
        ids = self.real["customers"]["customer_unique_id"].unique().sort()
        ids = ids.sample(fraction=1.0, shuffle=True, seed=self.turn)
        return ids.gather(person % ids.len())

    def _cities(self, state: Column) -> pl.Series:
        """Cities: one of the largest of each order's state."""
        largest = (
            self.real["customers"]
            .group_by("customer_state", "customer_city")
            .len()
            .sort("customer_state", "len", "customer_city", descending=[False, True, False])
            .group_by("customer_state", maintain_order=True)
            .agg(pl.col("customer_city").head(CITIES))
        )
        cities = largest["customer_city"].list.len().to_numpy()
        place = (self.chance.random(len(state)) * cities[state]).astype(np.int64)
        return largest["customer_city"].gather(state).list.get(pl.Series(place)).alias("customer_city")

    # ------------------------------------------------------------------------------------------------ products, sellers

    def products(self, orders: int) -> pl.DataFrame:
        """Products with their usual price. In each category that questions use, some prices equal each limit."""
        ids = self._some(self.real["products"]["product_id"], round(0.8 * orders))
        number = np.arange(ids.len())
        counted = self.real["products"].drop_nulls("product_category_name")["product_category_name"].value_counts()
        named = counted.sort("count", "product_category_name", descending=[True, False])["product_category_name"].to_numpy()
        frequent, rare = named[:CATEGORIES], named[CATEGORIES:] if len(named) > CATEGORIES else named
        category = np.where(
            self.chance.random(ids.len()) < 0.92, frequent[number % len(frequent)], self.chance.choice(rare, ids.len())
        )
        weight = self._at("product_weight_g", self.chance.integers(50, 20_000, ids.len()), number)
        price = self._at("price", self._money(ids.len()), number // len(frequent))
        frame = pl.DataFrame({"product_id": ids, "product_category_name": category, "product_weight_g": weight, "price": price})
        complete = pl.Series(self.chance.random(ids.len()) > 0.03)
        return frame.with_columns(
            pl.when(complete).then("product_category_name").alias("product_category_name"),
            pl.when(complete).then("product_weight_g").cast(pl.Int32).alias("product_weight_g"),
        )

    def sellers(self, orders: int) -> pl.DataFrame:
        ids = self._some(self.real["sellers"]["seller_id"], max(len(self.states), round(0.35 * orders)))
        return pl.DataFrame({"seller_id": ids, "seller_state": self.states[np.arange(ids.len()) % len(self.states)]})

    def _some(self, ids: pl.Series, count: int) -> pl.Series:
        return ids.sort().sample(min(count, ids.len()), shuffle=True, seed=self.turn)

    # --------------------------------------------------------------------------------------- items, payments, reviews

    def items(self, order_ids: pl.Series, products: pl.DataFrame, sellers: pl.DataFrame) -> pl.DataFrame:
        """Items that cover every product. Within an order, three in five repeat the previous product and seller."""
        order = self._several(order_ids, ITEMS_PER_ORDER)
        count = order.len()
        product = np.resize(self.chance.permutation(products.height), count)
        seller = self._sellers_of(products["product_category_name"].gather(product), sellers.height)
        same = (order == order.shift(1)).fill_null(value=False).to_numpy()
        again = same & (self.chance.random(count) < 0.6)
        product = self._repeated(product, again)
        seller = self._repeated(seller, again | (same & (self.chance.random(count) < 0.15)))
        price = np.where(self.chance.random(count) < 0.8, products["price"].to_numpy()[product], self._money(count))
        edge = self.chance.random(count)
        freight = np.where(edge < 0.05, price, np.where(edge > 0.95, price + 1, (self._money(count) / 6).round(2)))
        frame = pl.DataFrame(
            {
                "order_id": order,
                "product_id": products["product_id"].gather(product),
                "seller_id": sellers["seller_id"].gather(seller),
                "price": price,
                "freight_value": freight,
            }
        )
        return frame.sort(frame.columns)

    def _sellers_of(self, category: pl.Series, sellers: int) -> Column:
        """Sellers of items: states cycle within a category; each state has a few large and many small sellers."""
        states = min(len(self.states), sellers)
        offset = category.fill_null("").rank("dense").to_numpy().astype(np.int64)
        number = _index_in_group(offset)
        state = (number + offset + self.turn) % states  # a seller's index modulo `states` is its state
        place = (-(-sellers // states) * self.chance.random(len(category)) ** 2.5).astype(np.int64) * states + state
        return np.where(place < sellers, place, state)

    def payments(self, order_ids: pl.Series) -> pl.DataFrame:
        order = self._several(order_ids, PAYMENTS_PER_ORDER)
        count = order.len()
        kinds = self.real["order_payments"]["payment_type"].value_counts()
        kinds = kinds.sort("count", "payment_type", descending=[True, False])["payment_type"].to_numpy()
        frequent, rare = kinds[:4], kinds[4:] if len(kinds) > 4 else kinds
        installments = self._at("payment_installments", self.chance.integers(1, 13, count), np.arange(count))
        frame = pl.DataFrame(
            {
                "order_id": order,
                "payment_type": np.where(
                    self.chance.random(count) < 0.98, self.chance.choice(frequent, count), self.chance.choice(rare, count)
                ),
                "payment_installments": installments.astype(np.int32),
                "payment_value": self._at("payment_value", self._money(count), self.chance.permutation(count)),
            }
        )
        return frame.sort(frame.columns)

    def reviews(self, orders: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
        """Scores of all kinds; in a third of the states all those of a year are the same, so that a mean is a whole number."""
        order = self._several(orders["order_id"], REVIEWS_PER_ORDER)
        placed = pl.DataFrame({"order_id": order}).join(
            orders.join(customers, on="customer_id").select(
                "order_id", "customer_state", year=pl.col("order_purchase_timestamp").dt.year()
            ),
            on="order_id",
            maintain_order="left",
        )
        state = np.searchsorted(self.states, placed["customer_state"].to_numpy())
        same = (state // 3 + placed["year"].to_numpy()) % 5 + 1
        score = np.where((state + self.turn) % 3 == 0, same, self.chance.integers(1, 6, order.len()))
        again = (order == order.shift(1)).fill_null(value=False).to_numpy()
        score = self._repeated(score, again & (self.chance.random(order.len()) < 0.7))
        return pl.DataFrame({"order_id": order, "review_score": score.astype(np.int32)}).sort("order_id", "review_score")

    # ---------------------------------------------------------------------------------------------------------- values

    def _several(self, order_ids: pl.Series, shares: Mapping[int, float]) -> pl.Series:
        """Order ids, each repeated a random number of times drawn from `shares`."""
        repeats = self.chance.choice(list(shares), order_ids.len(), p=list(shares.values()))
        return order_ids.gather(np.repeat(np.arange(order_ids.len()), repeats))

    def _repeated(self, values: Column, repeats: Column) -> Column:
        """The values, replaced by the previous one where `repeats` is true."""
        place = np.arange(len(values))
        return values[np.maximum.accumulate(np.where(repeats, 0, place))]

    def _money(self, count: int) -> Column:
        """Amounts, most of them above their mean, so that few rows are needed until one is."""
        return (5 + 595 * self.chance.beta(2, 1, count)).round(2)

    def _at(self, column: str, values: Column, number: Column) -> Column:
        """The values with two of four moved onto a limit of the column, cycling through the limits, and one just above it."""
        limits: Sequence[float] = self.limits.numbers.get(column, ())
        if not limits:
            return values
        limit, kind = np.array(limits)[number % len(limits)], number // len(limits) % 4
        whole = np.issubdtype(values.dtype, np.integer)
        more = np.ones(len(values)) if whole else (self.chance.integers(1, 100, len(values)) / 100).round(2)
        return np.select([kind == 1, kind == 2], [(limit + more).round(2), values], limit)


def _index_in_group(group: Column) -> Column:
    """The index of each row within its group: 0, 1, …"""
    return pl.DataFrame({"group": group}).select(place=pl.int_range(pl.len()).over("group"))["place"].to_numpy()
