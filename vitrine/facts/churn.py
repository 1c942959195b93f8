"""Builds customer profiles at a snapshot date and the label: did the customer return?

    options = Churn(train="2017-08-31", test="2018-02-28", window_days=180, until="2018-08-31")
    build(clean, facts / "churn.parquet", options, validation=0.02, test=0.08, seed=7)     # writes tables.churn.CHURN
    profiles(clean, snapshot=date(2017, 8, 31), window_days=180)                           # all customers at one snapshot

The population is everyone with a delivered order before the snapshot; `churn.sql` defines what was known by then. There are two
snapshots, because the model is tested on a later period than it was trained on. A hash puts each customer (and their reviews)
into one split. Test customers are taken from the second snapshot, all others from the first, so each split is a fair sample of
its snapshot. Customers who belong to the other snapshot are set aside and counted.
"""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
from pydantic import Field, model_validator

from vitrine import tables
from vitrine.errors import SettingsError
from vitrine.settings import Settings
from vitrine.splits.entity import split_of
from vitrine.tables.churn import CHURN
from vitrine.tables.published import olist

SOURCE_TABLES = ("customers", "orders", "order_items", "order_payments", "order_reviews", "products")
MAX_GAP_DAYS = 30  # a longer time without any purchase means that recording had stopped
KEY = "customer_unique_id"
PROFILE_SCHEMA = pa.schema([field for field in CHURN if field.name != "side"])


class Churn(Settings):
    """Two snapshots and the length of the window after each; a purchase in the window is a return."""

    train: date
    test: date
    window_days: int = Field(ge=1)
    until: date  # the last day with complete purchases

    @model_validator(mode="after")
    def _windows_are_over(self) -> "Churn":
        window = timedelta(days=self.window_days)
        if self.train + window > self.test:
            raise ValueError(
                f"the window after train={self.train} ends on {self.train + window}, later than test={self.test}: training "
                "would see test outcomes; take an earlier train or a shorter window_days"
            )
        if self.test + window > self.until:
            raise ValueError(
                f"the window after test={self.test} ends on {self.test + window}, later than until={self.until}: who returned "
                "is not known yet; take earlier snapshots or a shorter window_days"
            )
        return self


def build(clean: Path, file: Path, options: Churn, *, validation: float, test: float, seed: int) -> dict[str, float]:
    """Write both snapshots into one table, each customer once. Return rows and returning customers by split."""
    kept, counts = [], dict.fromkeys(("train", "validation", "test", "set_aside"), 0)
    for name, snapshot in (("train", options.train), ("test", options.test)):
        population = profiles(clean, snapshot=snapshot, window_days=options.window_days)
        sides = [split_of(customer, seed=seed, validation=validation, test=test) for customer in population[KEY]]
        population = population.with_columns(side=pl.Series(sides, dtype=pl.String))
        own = population.filter((pl.col("side") == "test") == (name == "test"))
        counts["set_aside"] += population.height - own.height
        kept.append(own)
    table = pl.concat(kept)
    tables.write(file, table, CHURN)
    for split, returning in table.select("side", ~pl.col("churned")).rows():
        counts[split] += 1
        counts[f"{split}.returning"] = counts.get(f"{split}.returning", 0) + returning
    return {f"churn.{name}": float(count) for name, count in counts.items()}


def profiles(clean: Path, *, snapshot: date, window_days: int) -> pl.DataFrame:
    """Everyone with an order delivered before the start of `snapshot`, sorted by customer."""
    moment = datetime.combine(snapshot, time())
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as shop:
        for name in SOURCE_TABLES:
            path = clean / "olist" / f"{name}.parquet"
            tables.check(path, olist.TABLES[name])
            shop.read_parquet(str(path)).create_view(name)
        _check_recorded(shop, snapshot, snapshot + timedelta(days=window_days))
        query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
        rows = shop.sql(query, params={"snapshot": moment, "days": window_days}).to_arrow_table()
    return pl.DataFrame(rows.select(PROFILE_SCHEMA.names).cast(PROFILE_SCHEMA))


def _check_recorded(shop: duckdb.DuckDBPyConnection, snapshot: date, end: date) -> None:
    """Raise if the data ends inside the window: everyone would look like a lost customer."""
    (last,) = shop.execute("SELECT max(order_purchase_timestamp) FROM orders").fetchall()[0]
    if last is not None and last.date() < end - timedelta(days=MAX_GAP_DAYS):
        raise SettingsError(
            f"format.churn: the window after {snapshot} ends on {end}, but the last purchase in the data is on {last.date()}; "
            "take earlier snapshots or a shorter window_days"
        )
