"""The churn table: no event at or after the snapshot is in a profile, and the label depends on the window alone."""

import random
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from vitrine import tables
from vitrine.errors import SettingsError
from vitrine.facts import churn
from vitrine.settings import parse
from vitrine.splits.entity import split_of
from vitrine.tables.churn import CHURN
from vitrine.tables.published import olist

DAY = date(2018, 1, 1)
T0 = datetime(2018, 1, 1)
WINDOW = 180
OPTIONS = {"train": "2017-06-01", "test": "2018-01-01", "window_days": WINDOW, "until": "2018-12-31"}


def days(count, seconds=0):
    return timedelta(days=count, seconds=seconds)


class Shop:
    """The six source tables of profiles, as lists of dicts."""

    def __init__(self):
        self.rows = {name: [] for name in churn.SOURCE_TABLES}
        self.rows["products"] = [{"product_id": f"p{i}", "product_category_name": f"c{i}" if i else None} for i in range(6)]

    def order(self, id, customer, bought, *, approved=None, arrived=None, due=None, state="SP"):
        self.rows["customers"].append({"customer_id": f"k{id}", "customer_unique_id": customer, "customer_state": state})
        self.rows["orders"].append(
            {
                "order_id": id,
                "customer_id": f"k{id}",
                "order_status": "delivered",
                "order_purchase_timestamp": bought,
                "order_approved_at": approved,
                "order_delivered_customer_date": arrived,
                "order_estimated_delivery_date": due,
            }
        )

    def item(self, order, number, product="p1", price=10.0, freight=2.5):
        row = {"order_id": order, "order_item_id": number, "product_id": product, "price": price, "freight_value": freight}
        self.rows["order_items"].append(row)

    def payment(self, order, number, kind="boleto", months=1, value=12.5):
        row = {"order_id": order, "payment_sequential": number, "payment_type": kind}
        self.rows["order_payments"].append(row | {"payment_installments": months, "payment_value": value})

    def review(self, id, order, score, answered):
        row = {"review_id": id, "order_id": order, "review_score": score, "review_answer_timestamp": answered}
        self.rows["order_reviews"].append(row)

    def write(self, clean):
        for name, rows in self.rows.items():
            tables.write(clean / "olist" / f"{name}.parquet", rows, olist.TABLES[name])
        return clean

    def profiles(self, clean):
        return churn.profiles(self.write(clean), snapshot=DAY, window_days=WINDOW)


def random_shop(seed, customers=40, orders=160):
    """Random orders from a year before the snapshot to a year after it."""
    draw = random.Random(seed)
    shop = Shop()
    for id in range(orders):
        bought = T0 + days(draw.randint(-365, 365), draw.randint(0, 86_399))
        approved = draw.choice([bought + days(0, draw.randint(60, 200_000)), None])
        arrived = draw.choice([bought + days(draw.randint(1, 40)), bought + days(draw.randint(1, 40)), None])
        customer, state = f"u{draw.randrange(customers)}", draw.choice(["SP", "RJ"])
        shop.order(f"o{id:03}", customer, bought, approved=approved, arrived=arrived, due=bought + days(20), state=state)
        for number in range(draw.randint(0, 3)):
            shop.item(
                f"o{id:03}", number + 1, f"p{draw.randrange(6)}", draw.randint(100, 90_000) / 100, draw.randint(0, 5000) / 100
            )
        for number in range(draw.randint(0, 2)):
            shop.payment(f"o{id:03}", number + 1, draw.choice(["boleto", "credit_card"]), draw.randint(1, 9), draw.random() * 100)
        for number in range(draw.randint(0, 2)):
            answered = draw.choice([bought + days(draw.randint(1, 60)), None])
            shop.review(f"r{draw.randrange(orders)}" if number else f"r{id}", f"o{id:03}", draw.randint(1, 5), answered)
    return shop


def rewrite_the_future(shop, seed):
    """Change or remove every event at or after the snapshot and add others; also change statuses, which have no time."""
    draw = random.Random(seed)

    def later(time):
        return time is None or time >= T0

    def other():
        return draw.choice([None, T0, T0 + days(draw.randint(0, 400), 1)])

    future = {row["order_id"] for row in shop.rows["orders"] if later(row["order_purchase_timestamp"])}
    removed = {order for order in sorted(future) if draw.random() < 0.4}
    unapproved = {row["order_id"] for row in shop.rows["orders"] if later(row["order_approved_at"])} | future
    shop.rows["orders"] = [row for row in shop.rows["orders"] if row["order_id"] not in removed]
    for row in shop.rows["orders"]:
        row["order_status"] = draw.choice(["delivered", "canceled", "shipped"])
        for name in ("order_approved_at", "order_delivered_customer_date"):
            row[name] = other() if later(row[name]) else row[name]
        if row["order_id"] in future:
            row["order_purchase_timestamp"] = T0 + days(draw.randint(0, 400))
    for row in [row for row in shop.rows["order_items"] if row["order_id"] in future]:
        row["price"] = 1e6
    shop.rows["order_payments"] = [row for row in shop.rows["order_payments"] if row["order_id"] not in removed]
    for row in [row for row in shop.rows["order_payments"] if row["order_id"] in unapproved]:
        row |= {"payment_type": "voucher", "payment_installments": 24, "payment_value": 1e6}
    kept = [row for row in shop.rows["order_reviews"] if not later(row["review_answer_timestamp"]) or draw.random() < 0.5]
    for row in kept:
        if later(row["review_answer_timestamp"]):
            row |= {"review_score": draw.randint(1, 5), "review_answer_timestamp": other()}
    shop.rows["order_reviews"] = kept
    for number, order in enumerate(draw.sample(shop.rows["orders"], 30)):
        shop.payment(order["order_id"], 9, "voucher", 24, 1e6) if order["order_id"] in unapproved else None
        shop.review(f"late{number}", order["order_id"], draw.randint(1, 5), T0 + days(draw.randint(0, 300)))
        shop.order(f"new{number}", f"u{draw.randrange(40)}", T0 + days(draw.randint(0, 300)), arrived=T0 + days(301), state="AC")
        shop.item(f"new{number}", 1, "p5", 1e6)


def as_bytes(profiles):
    return profiles.drop("churned").write_ndjson()


@pytest.mark.parametrize("seed", range(8))
def test_features_do_not_depend_on_events_at_or_after_the_snapshot(tmp_path, seed):
    shop = random_shop(seed)
    before = shop.profiles(tmp_path)
    rewrite_the_future(shop, seed)
    after = shop.profiles(tmp_path)
    assert before.height > 15 and 0 < before["churned"].sum() < before.height
    assert as_bytes(before) == as_bytes(after)
    assert not before["churned"].equals(after["churned"]), "the future changed, but no label did"


def one_customer():
    """One order 100 days before the snapshot (three items, two payments, two reviews) and one of a later customer."""
    shop = Shop()
    shop.order("o9", "zoe", T0 + days(WINDOW - 10))
    bought = T0 - days(100)
    shop.order("o1", "ana", bought, approved=bought + days(1), arrived=bought + days(12, 3600), due=bought + days(10), state="BA")
    for number, product in enumerate(["p1", "p2", "p2"]):
        shop.item("o1", number + 1, product, 19.9, 5.05)
    shop.payment("o1", 1, "voucher", 1, 20.0)
    shop.payment("o1", 2, "credit_card", 6, 54.85)
    shop.review("r1", "o1", 2, bought + days(14))
    shop.review("r2", "o1", 5, bought + days(20))
    return shop


PROFILE = {
    "customer_unique_id": "ana",
    "snapshot": T0,
    "state": "BA",
    "orders": 1,
    "items": 3,
    "spend": 59.7,
    "freight": 15.15,
    "recency_days": 100,
    "tenure_days": 100,
    "delivered": 1,
    "late": 1,
    "delivery_days": 12.0,
    "categories": 2,
    "category": "c2",
    "payment_type": "credit_card",
    "installments": 6,
    "reviews": 2,
    "mean_score": 3.5,
    "last_score": 5,
    "churned": True,
}


def test_items_payments_and_reviews_are_not_multiplied_by_joins(tmp_path):
    assert one_customer().profiles(tmp_path).to_dicts() == [PROFILE]


def _first(table, **values):
    def change(shop):
        shop.rows[table][0] |= values

    return change


def _last(table, **values):
    def change(shop):
        shop.rows[table][-1] |= values

    return change


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda shop: shop.order("o0", "ana", T0 - days(300), state="RJ"), {"orders": 2, "tenure_days": 300}),
        (lambda shop: shop.order("o2", "ana", T0 - days(0, 1), state="RJ"), {"orders": 2, "recency_days": 0, "state": "RJ"}),
        (_first("order_items", price=20.9), {"spend": 60.7}),
        (_first("order_items", freight_value=0.05), {"freight": 10.15}),
        (_first("order_items", product_id="p0"), {"categories": 1}),
        (_first("order_payments", payment_value=99.0), {"payment_type": "voucher"}),
        (_first("order_payments", payment_installments=9), {"installments": 9}),
        (_last("orders", order_approved_at=T0), {"payment_type": None, "installments": None}),
        (_last("orders", order_delivered_customer_date=T0 - days(95)), {"late": 0, "delivery_days": 5.0}),
        (_first("order_reviews", review_score=1), {"mean_score": 3.0}),
        (_first("order_reviews", review_answer_timestamp=T0 - days(0, 1)), {"last_score": 2}),
        (_first("order_reviews", review_answer_timestamp=T0), {"reviews": 1, "mean_score": 5.0}),
        (lambda shop: shop.review("r1", "o1", 2, T0 - days(50)), {}),  # the same review on another order
    ],
)
def test_event_before_the_snapshot_changes_only_its_own_features(tmp_path, change, changed):
    shop = one_customer()
    change(shop)
    (row,) = shop.profiles(tmp_path).to_dicts()
    assert row == PROFILE | changed


def test_customers_without_a_delivery_are_not_in_the_population(tmp_path):
    shop = one_customer()
    shop.rows["orders"][-1]["order_delivered_customer_date"] = T0
    assert shop.profiles(tmp_path).height == 0


@pytest.mark.parametrize(
    ("second_purchase", "churned"),
    [
        (T0, True),  # neither before the snapshot nor after it
        (T0 + days(0, 1), False),
        (T0 + days(WINDOW), False),
        (T0 + days(WINDOW, 1), True),
    ],
)
def test_a_purchase_in_the_window_is_a_return(tmp_path, second_purchase, churned):
    shop = one_customer()
    shop.order("o2", "ana", second_purchase)
    shop.order("o3", "bia", T0 + days(5))
    (row,) = shop.profiles(tmp_path).to_dicts()
    assert row == PROFILE | {"churned": churned}


@pytest.mark.parametrize("seed", range(3))
def test_label_depends_only_on_purchases_in_the_window(tmp_path, seed):
    shop = random_shop(seed)
    before = shop.profiles(tmp_path)
    end = T0 + days(WINDOW)
    shop.rows["orders"] = [row for row in shop.rows["orders"] if row["order_purchase_timestamp"] <= end]
    for row in shop.rows["orders"]:
        row |= {"order_status": "canceled", "order_approved_at": None}
    for name in ("order_items", "order_payments", "order_reviews"):
        shop.rows[name] = []
    after = shop.profiles(tmp_path)
    assert before["churned"].equals(after["churned"]) and not before.equals(after)
    lost = before.filter("churned")["customer_unique_id"][0]
    shop.order("back", lost, T0 + days(90))
    profiles = shop.profiles(tmp_path)
    assert dict(profiles.select("customer_unique_id", "churned").rows()) == dict(
        after.select("customer_unique_id", "churned").rows()
    ) | {lost: False}


def test_each_customer_is_in_one_split(tmp_path):
    clean = random_shop(7, customers=200, orders=900).write(tmp_path / "clean")
    shares = {"validation": 0.2, "test": 0.3, "seed": 7}
    counts = churn.build(clean, tmp_path / "churn.parquet", parse(churn.Churn, "churn", OPTIONS), **shares)
    rows = tables.read(tmp_path / "churn.parquet", CHURN)
    assert len({row["customer_unique_id"] for row in rows}) == len(rows) > 100
    assert all(row["side"] == split_of(row["customer_unique_id"], **shares) for row in rows)
    assert all(row["snapshot"] == (T0 if row["side"] == "test" else datetime(2017, 6, 1)) for row in rows)
    populations = [churn.profiles(clean, snapshot=day, window_days=WINDOW).height for day in (date(2017, 6, 1), DAY)]
    assert sum(counts[f"churn.{name}"] for name in ("train", "validation", "test", "set_aside")) == sum(populations)
    for name in ("train", "validation", "test"):
        own = [row for row in rows if row["side"] == name]
        assert counts[f"churn.{name}"] == len(own)
        assert counts[f"churn.{name}.returning"] == sum(not row["churned"] for row in own) > 0


def test_row_order_does_not_change_profiles(tmp_path):
    shop = random_shop(3)
    one = shop.profiles(tmp_path)
    for rows in shop.rows.values():
        random.Random(1).shuffle(rows)
    assert as_bytes(one) == as_bytes(shop.profiles(tmp_path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"until": "2018-06-29"}, "ends on 2018-06-30, later than until=2018-06-29"),
        ({"train": "2017-07-06"}, "ends on 2018-01-02, later than test=2018-01-01"),
        ({"window_days": 0}, "churn.window_days"),
        ({"test": "soon"}, "churn.test"),
    ],
)
def test_unfinished_window_is_refused(change, message):
    with pytest.raises(SettingsError, match=message):
        parse(churn.Churn, "churn", OPTIONS | change)


def test_data_ending_inside_the_window_is_refused(tmp_path):
    shop = one_customer()
    shop.rows["orders"][0]["order_purchase_timestamp"] = T0 + days(100)
    with pytest.raises(SettingsError, match="the last purchase in the data is on 2018-04-11"):
        shop.profiles(tmp_path)


def test_no_orders_give_an_empty_table(tmp_path):
    empty = Shop()
    empty.write(tmp_path / "clean")
    counts = churn.build(
        tmp_path / "clean", tmp_path / "churn.parquet", parse(churn.Churn, "churn", OPTIONS), validation=0.1, test=0.1, seed=7
    )
    assert tables.read(tmp_path / "churn.parquet", CHURN) == [] and counts["churn.train"] == 0
    assert pl.read_parquet(tmp_path / "churn.parquet").columns == CHURN.names
