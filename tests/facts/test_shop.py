"""The reward's shop: how it is drawn, and that queries with common mistakes fail on it.

The source is mini_olist, which hides most of the mistakes: there, `customer_id` and `customer_unique_id` give the same counts in
nearly every question.
"""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.facts import mini_olist
from vitrine import tables
from vitrine.facts import shop
from vitrine.facts.shop_thresholds import read, thresholds
from vitrine.tables.published import olist
from vitrine.verifiers.sql.judge import Sandbox, judge

ORDERS = 600
REVIEWS = "order_reviews JOIN orders USING (order_id) JOIN customers USING (customer_id)"
PEOPLE = "orders JOIN customers USING (customer_id)"


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return mini_olist.build(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def folder(clean, tmp_path_factory):
    to = tmp_path_factory.mktemp("shop")
    assert shop.build(clean, to, orders=ORDERS, seed=7)["original"] == ORDERS
    return to


@pytest.fixture(scope="module")
def box(folder):
    with Sandbox({name: folder / name for name in shop.COPIES}, workers=1) as opened:
        yield opened


def frame(folder, copy, table):
    return tables.scan(folder / copy / f"{table}.parquet", shop.schema(table)).collect()


# ------------------------------------------------------------------------------------------------------ the mistakes

MISTAKES = {
    "customer_id for customer_unique_id": (
        f"SELECT COUNT(DISTINCT customer_unique_id) FROM {PEOPLE} WHERE customer_state = 'RJ'",
        f"SELECT COUNT(DISTINCT customer_id) FROM {PEOPLE} WHERE customer_state = 'RJ'",
    ),
    "first purchases by customer_id": (
        f"SELECT COUNT(*) FROM (SELECT MIN(order_purchase_timestamp) AS first FROM {PEOPLE} GROUP BY customer_unique_id) "
        "WHERE YEAR(first) = 2018 AND MONTH(first) = 3",
        f"SELECT COUNT(*) FROM (SELECT MIN(order_purchase_timestamp) AS first FROM {PEOPLE} GROUP BY customer_id) "
        "WHERE YEAR(first) = 2018 AND MONTH(first) = 3",
    ),
    "a person in several states": (
        "SELECT COUNT(*) FROM (SELECT customer_unique_id FROM customers GROUP BY 1 HAVING COUNT(DISTINCT customer_state) > 1)",
        "SELECT COUNT(*) FROM (SELECT customer_unique_id FROM customers GROUP BY 1 HAVING COUNT(*) > 1)",
    ),
    ">= for > of a price": (
        "SELECT COUNT(*) FROM order_items WHERE price > 100",
        "SELECT COUNT(*) FROM order_items WHERE price >= 100",
    ),
    ">= for > of a payment": (
        "SELECT AVG(payment_value) FROM order_payments WHERE payment_type = 'boleto' AND payment_value > 250",
        "SELECT AVG(payment_value) FROM order_payments WHERE payment_type = 'boleto' AND payment_value >= 250",
    ),
    ">= for > of days": (
        f"SELECT COUNT(*) FROM {PEOPLE} WHERE DATE_DIFF('day', order_purchase_timestamp, order_delivered_customer_date) > 20",
        f"SELECT COUNT(*) FROM {PEOPLE} WHERE DATE_DIFF('day', order_purchase_timestamp, order_delivered_customer_date) >= 20",
    ),
    ">= for > of a promised date": (
        "SELECT COUNT(*) FROM orders WHERE order_delivered_customer_date > order_estimated_delivery_date",
        "SELECT COUNT(*) FROM orders WHERE order_delivered_customer_date >= order_estimated_delivery_date",
    ),
    "<= for < of a mean": (
        f"SELECT customer_state, AVG(review_score) FROM {REVIEWS} "
        "WHERE YEAR(order_purchase_timestamp) = 2017 GROUP BY 1 HAVING AVG(review_score) < 4",
        f"SELECT customer_state, AVG(review_score) FROM {REVIEWS} "
        "WHERE YEAR(order_purchase_timestamp) = 2017 GROUP BY 1 HAVING AVG(review_score) <= 4",
    ),
    "a weight at the limit": (
        "SELECT COUNT(*) FROM products WHERE product_weight_g > 1000",
        "SELECT COUNT(*) FROM products WHERE product_weight_g >= 1000",
    ),
    "the month before": (
        f"SELECT COUNT(*) FROM {PEOPLE} WHERE customer_state = 'RR' AND YEAR(order_purchase_timestamp) = 2017 "
        "AND MONTH(order_purchase_timestamp) = 6",
        f"SELECT COUNT(*) FROM {PEOPLE} WHERE customer_state = 'RR' AND YEAR(order_purchase_timestamp) = 2017 "
        "AND MONTH(order_purchase_timestamp) = 5",
    ),
    "the year before": (
        f"SELECT COUNT(*) FROM {PEOPLE} WHERE customer_state = 'RR' AND YEAR(order_purchase_timestamp) = 2018",
        f"SELECT COUNT(*) FROM {PEOPLE} WHERE customer_state = 'RR' AND YEAR(order_purchase_timestamp) = 2017",
    ),
    "no DISTINCT": (
        "SELECT COUNT(DISTINCT order_id) FROM order_items WHERE price > 50",
        "SELECT COUNT(order_id) FROM order_items WHERE price > 50",
    ),
    "one row of an order and seller": (
        "SELECT COUNT(*) FROM (SELECT DISTINCT order_id, seller_id FROM order_items)",
        "SELECT COUNT(*) FROM (SELECT order_id, seller_id FROM order_items)",
    ),
    "reviews counted as orders": (
        "SELECT COUNT(*) FROM order_reviews JOIN orders USING (order_id) WHERE review_score = 4",
        "SELECT COUNT(DISTINCT order_id) FROM order_reviews JOIN orders USING (order_id) WHERE review_score = 4",
    ),
    "SUM for AVG": (
        "SELECT AVG(price) FROM order_items JOIN products USING (product_id) WHERE product_category_name = 'pet_shop'",
        "SELECT SUM(price) FROM order_items JOIN products USING (product_id) WHERE product_category_name = 'pet_shop'",
    ),
    "orders without items": (
        "SELECT COUNT(*) FROM orders",
        "SELECT COUNT(DISTINCT order_id) FROM orders JOIN order_items USING (order_id)",
    ),
    "orders that were never delivered": (
        "SELECT COUNT(order_delivered_customer_date) FROM orders",
        "SELECT COUNT(*) FROM orders",
    ),
    "a price one higher": (
        "SELECT COUNT(*) FROM order_items JOIN products USING (product_id) "
        "WHERE product_category_name = 'pet_shop' AND price > 200",
        "SELECT COUNT(*) FROM order_items JOIN products USING (product_id) "
        "WHERE product_category_name = 'pet_shop' AND price > 201",
    ),
    "a weight one higher": (
        "SELECT COUNT(*) FROM products WHERE product_weight_g > 5000",
        "SELECT COUNT(*) FROM products WHERE product_weight_g > 5001",
    ),
    "a day more": (
        f"SELECT COUNT(*) FROM {PEOPLE} WHERE DATE_DIFF('day', order_purchase_timestamp, order_delivered_customer_date) > 30 "
        "AND customer_state = 'RR'",
        f"SELECT COUNT(*) FROM {PEOPLE} WHERE DATE_DIFF('day', order_purchase_timestamp, order_delivered_customer_date) > 31 "
        "AND customer_state = 'RR'",
    ),
    "deliveries counted as orders of a month": (
        f"SELECT COUNT(*) FROM {PEOPLE} WHERE customer_state = 'RR' AND YEAR(order_purchase_timestamp) = 2017 "
        "AND MONTH(order_purchase_timestamp) = 6",
        f"SELECT COUNT(order_delivered_customer_date) FROM {PEOPLE} WHERE customer_state = 'RR' "
        "AND YEAR(order_purchase_timestamp) = 2017 AND MONTH(order_purchase_timestamp) = 6",
    ),
    "deliveries counted as orders of a status": (
        "SELECT COUNT(*) FROM orders WHERE order_status = 'shipped' AND YEAR(order_purchase_timestamp) = 2018 "
        "AND MONTH(order_purchase_timestamp) = 5",
        "SELECT COUNT(order_delivered_customer_date) FROM orders WHERE order_status = 'shipped' "
        "AND YEAR(order_purchase_timestamp) = 2018 AND MONTH(order_purchase_timestamp) = 5",
    ),
    "the year of the delivery, of late orders": (
        f"SELECT COUNT(*) FROM {PEOPLE} WHERE order_delivered_customer_date > order_estimated_delivery_date "
        "AND customer_state = 'RR' AND YEAR(order_purchase_timestamp) = 2016",
        f"SELECT COUNT(*) FROM {PEOPLE} WHERE order_delivered_customer_date > order_estimated_delivery_date "
        "AND customer_state = 'RR' AND YEAR(order_delivered_customer_date) = 2016",
    ),
    "products without category": (
        "SELECT COUNT(product_category_name) FROM products",
        "SELECT COUNT(*) FROM products",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_common_mistake_fails_on_the_rewards_shop(box, mistake):
    gold, mistaken = MISTAKES[mistake]
    assert judge(gold, gold, box).equal
    verdict = judge(mistaken, gold, box)
    assert verdict.runs and not verdict.equal


def test_source_shop_hides_the_mistakes(clean):
    """Otherwise these tests would not show that the copies are needed."""
    columns = {name: pl.read_parquet(clean / "olist" / f"{name}.parquet") for name in shop.COLUMNS}
    assert columns["order_items"]["price"].is_in([20.0, 50.0, 100.0, 200.0]).sum() == 0
    assert columns["customers"]["customer_unique_id"].n_unique() / columns["customers"].height > 0.97


# ------------------------------------------------------------------------------------------------------ the original


def test_original_has_real_rows(clean, folder):
    for name, columns in shop.COLUMNS.items():
        real = tables.scan(clean / "olist" / f"{name}.parquet", olist.TABLES[name]).select(columns).collect()
        drawn = frame(folder, "original", name)
        assert 0 < drawn.height < real.height
        assert drawn.join(real, on=columns, how="anti", nulls_equal=True).height == 0


def test_customers_keep_all_their_orders_and_returning_ones_come_first(clean, folder):
    real = pl.read_parquet(clean / "olist" / "customers.parquet")
    drawn = frame(folder, "original", "customers")
    owned = real.join(drawn, on="customer_unique_id", how="semi")
    assert sorted(owned["customer_id"]) == sorted(drawn["customer_id"])
    several = drawn.filter(pl.len().over("customer_unique_id") > 1)
    assert several.height == 2 * mini_olist.RETURNING, "all returning customers, since there are fewer than the quota"


def test_threshold_rows_and_rare_states_are_drawn(clean, tmp_path):
    items = pl.read_parquet(clean / "olist" / "order_items.parquet")
    moved = items.with_row_index().with_columns(price=pl.when(pl.col("index") < 5).then(100.0).otherwise("price")).drop("index")
    for path in (clean / "olist").iterdir():
        (tmp_path / "olist").mkdir(exist_ok=True)
        (tmp_path / "olist" / path.name).symlink_to(path)
    (tmp_path / "olist" / "order_items.parquet").unlink()
    tables.write(tmp_path / "olist" / "order_items.parquet", moved, olist.TABLES["order_items"])
    shop.build(tmp_path, tmp_path / "shop", orders=ORDERS, seed=3)
    assert (frame(tmp_path / "shop", "original", "order_items")["price"] == 100.0).sum() == 5
    rare = pl.read_parquet(clean / "olist" / "customers.parquet").filter(customer_state="RR")
    drawn = frame(tmp_path / "shop", "original", "customers").filter(customer_state="RR")
    assert drawn.height == rare.height > 5


# -------------------------------------------------------------------------------------------------------- the copies


def test_seed_decides_the_shop(clean, folder, tmp_path):
    shop.build(clean, tmp_path / "again", orders=ORDERS, seed=7)
    shop.build(clean, tmp_path / "other", orders=ORDERS, seed=8)
    for copy in shop.COPIES:
        for name in shop.COLUMNS:
            assert_frame_equal(frame(folder, copy, name), frame(tmp_path / "again", copy, name))
        assert not frame(folder, copy, "orders").equals(frame(tmp_path / "other", copy, "orders"))


@pytest.mark.parametrize("copy", shop.COPIES)
def test_keys_are_unique_and_foreign_keys_resolve(folder, copy):
    result = {name: frame(folder, copy, name) for name in shop.COLUMNS}
    for name, key in (("orders", "order_id"), ("customers", "customer_id"), ("products", "product_id"), ("sellers", "seller_id")):
        assert result[name][key].n_unique() == result[name].height
    links = [("orders", "customer_id", "customers"), ("order_items", "product_id", "products")]
    links += [("order_items", "seller_id", "sellers")]
    links += [(name, "order_id", "orders") for name in ("order_items", "order_payments", "order_reviews")]
    for name, key, home in links:
        assert result[name].join(result[home], on=key, how="anti").height == 0


def test_copies_together_cover_each_month_of_a_state_and_each_limit(folder):
    """Questions about one of them need this; one copy alone is too small for all."""
    undelivered, late = set(), set()
    for copy in shop.COPIES[1:]:
        orders = frame(folder, copy, "orders").join(frame(folder, copy, "customers"), on="customer_id")
        bought, delivered = pl.col("order_purchase_timestamp"), pl.col("order_delivered_customer_date")
        orders = orders.with_columns(year=bought.dt.year(), month=bought.dt.month())
        undelivered |= set(orders.filter(delivered.is_null()).select("customer_state", "year", "month").rows())
        assert orders["order_delivered_customer_date"].null_count() < 0.3 * orders.height, "most orders have a delivery time"
        too_late = pl.col("order_delivered_customer_date") > pl.col("order_estimated_delivery_date")
        crossing = orders.filter(delivered.dt.year() > pl.col("year"), too_late, month=12)
        assert crossing.group_by("customer_state").agg(pl.col("year").unique().len())["year"].max() <= 2, "years alternate"
        late |= set(crossing.select("customer_state", "year").rows())
        items = frame(folder, copy, "order_items").join(frame(folder, copy, "products"), on="product_id")
        for limit in thresholds().numbers["price"]:
            above = items.filter(pl.col("price").is_between(limit, limit + 1, closed="none"))
            assert set(mini_olist.CATEGORIES) <= set(above["product_category_name"]), limit
    assert len(undelivered) == len(mini_olist.STATES) * 3 * 12
    assert len(late) == len(mini_olist.STATES) * 3


@pytest.mark.parametrize("copy", shop.COPIES[1:])
def test_copy_has_rows_that_expose_mistakes(folder, copy):
    customers, orders = frame(folder, copy, "customers"), frame(folder, copy, "orders")
    people = customers.group_by("customer_unique_id").agg(pl.len(), pl.col("customer_state", "customer_city").n_unique())
    assert people["len"].max() >= 5 and (people["len"] > 1).mean() > 0.4
    assert (people["customer_state"] > 1).sum() > 5 and (people["customer_city"] > 1).sum() > 5
    states = customers["customer_state"].value_counts()["count"]
    assert states.max() < 2 * states.min(), "orders are spread over the states"
    assert (orders["order_delivered_customer_date"] == orders["order_estimated_delivery_date"]).sum() > 20
    bought = orders["order_purchase_timestamp"]
    assert (bought == bought.dt.truncate("1mo")).sum() > 10, "some are at the first second of a month"


def test_thresholds_come_from_the_questions():
    result = read(
        [
            "SELECT COUNT(*) FROM order_items WHERE price > 70 AND 3 <= freight_value",
            "SELECT 1 FROM orders WHERE DATE_DIFF('day', a, b) >= 9 AND order_purchase_timestamp < '2018-09-01'",
            "SELECT 1 FROM order_items WHERE price BETWEEN 5 AND 6",
        ]
    )
    assert result.numbers == {"freight_value": (3.0,), "price": (5.0, 6.0, 70.0)}
    assert result.days == (9,) and [moment.isoformat() for moment in result.moments] == ["2018-09-01T00:00:00"]
    every = thresholds()
    assert {20.0, 100.0, 500.0} <= set(every.numbers["price"]) and {1000.0, 10000.0} <= set(every.numbers["product_weight_g"])
    assert {5, 15, 30} <= set(every.days)
