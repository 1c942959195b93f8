"""Customers as the shop knew them at one moment, and whether they came back.

    options = Churn(train="2017-08-31", test="2018-02-28", window_days=180, until="2018-08-31")
    build(clean, facts / "churn.parquet", options, validation=0.02, test=0.08, seed=7)     # tables.churn.CHURN, and counts
    profiles(clean, snapshot=date(2017, 8, 31), window_days=180)                           # the whole population of a moment

The population is everyone with an order that had arrived by the snapshot; what counts as known by then stands in
`churn.sql`. Two snapshots, because a model is judged on a later time than it learnt from, and each customer on one side,
by the hash that puts their reviews there too: who is a test customer is taken from the second snapshot, everyone else from
the first. So both sides are fair samples of their moment, and a customer of the other side is set aside, and counted.
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
from vitrine.splits.entity import side
from vitrine.tables.churn import CHURN
from vitrine.tables.published import olist

SOURCE_TABLES = ("customers", "orders", "order_items", "order_payments", "order_reviews", "products")
SILENCE = 30  # days without a purchase: nobody was writing them down any more
KEY = "customer_unique_id"
KNOWN = pa.schema([field for field in CHURN if field.name != "side"])


class Churn(Settings):
    """Two snapshots, and the window after each in which a purchase is a return."""

    train: date
    test: date
    window_days: int = Field(ge=1)
    until: date  # the last day of which all purchases are in the data

    @model_validator(mode="after")
    def _windows_are_over(self) -> "Churn":
        window = timedelta(days=self.window_days)
        if self.train + window > self.test:
            raise ValueError(
                f"the window after train={self.train} ends on {self.train + window}, later than test={self.test}: training "
                "would know what is asked; take an earlier train or a shorter window_days"
            )
        if self.test + window > self.until:
            raise ValueError(
                f"the window after test={self.test} ends on {self.test + window}, later than until={self.until}: who came "
                "back is not known yet; take earlier snapshots or a shorter window_days"
            )
        return self


def build(clean: Path, file: Path, options: Churn, *, validation: float, test: float, seed: int) -> dict[str, float]:
    """Write both snapshots into one table, each customer once; how many rows, and returning customers, on each side."""
    kept, counts = [], dict.fromkeys(("train", "validation", "test", "set_aside"), 0)
    for name, snapshot in (("train", options.train), ("test", options.test)):
        found = profiles(clean, snapshot=snapshot, window_days=options.window_days)
        sides = [side(customer, seed=seed, validation=validation, test=test) for customer in found[KEY]]
        found = found.with_columns(side=pl.Series(sides, dtype=pl.String))
        own = found.filter((pl.col("side") == "test") == (name == "test"))
        counts["set_aside"] += found.height - own.height
        kept.append(own)
    table = pl.concat(kept)
    tables.write(file, table, CHURN)
    for where, returning in table.select("side", ~pl.col("churned")).rows():
        counts[where] += 1
        counts[f"{where}.returning"] = counts.get(f"{where}.returning", 0) + returning
    return {f"churn.{name}": float(count) for name, count in counts.items()}


def profiles(clean: Path, *, snapshot: date, window_days: int) -> pl.DataFrame:
    """Everyone with an order that had arrived by the beginning of `snapshot`, sorted by customer."""
    moment = datetime.combine(snapshot, time())
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as shop:
        for name in SOURCE_TABLES:
            path = clean / "olist" / f"{name}.parquet"
            tables.check(path, olist.TABLES[name])
            shop.read_parquet(str(path)).create_view(name)
        _check_recorded(shop, snapshot, snapshot + timedelta(days=window_days))
        query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
        found = shop.sql(query, params={"snapshot": moment, "days": window_days}).to_arrow_table()
    return pl.DataFrame(found.select(KNOWN.names).cast(KNOWN))


def _check_recorded(shop: duckdb.DuckDBPyConnection, snapshot: date, end: date) -> None:
    """Data that stops inside the window would make everyone a lost customer."""
    (last,) = shop.execute("SELECT max(order_purchase_timestamp) FROM orders").fetchall()[0]
    if last is not None and last.date() < end - timedelta(days=SILENCE):
        raise SettingsError(
            f"format.churn: the window after {snapshot} ends on {end}, but the last purchase in the orders is of {last.date()}; "
            "take earlier snapshots or a shorter window_days"
        )
