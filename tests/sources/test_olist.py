"""The nine Olist tables: the real files, and a generated sample that breaks naive readers in the same way."""

import datetime as dt
import gzip
import re
import shutil
from collections import Counter

import polars as pl
import pytest

from benchmarks import real_olist
from tests.sources.conftest import read_folder
from vitrine.errors import SourceError
from vitrine.sources.formats import csv_records
from vitrine.sources.samples import olist as sample
from vitrine.tables.published.olist import TABLES

ROWS = 3000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("olist")
    sample.generate(folder, rows=ROWS, seed=7)
    return folder


@pytest.fixture(scope="module")
def tables(folder):
    loaded = read_folder("olist", folder)
    assert loaded.rows_in == sum(table.num_rows for table in loaded.tables.values()) + loaded.rejects.num_rows
    assert {name: table.schema for name, table in loaded.tables.items()} == TABLES
    return {name: pl.DataFrame(table) for name, table in loaded.tables.items()}


@pytest.mark.slow
def test_the_published_files(real):
    loaded = read_folder("olist", real / "olist")
    tables = {name: pl.DataFrame(table) for name, table in loaded.tables.items()}
    assert loaded.rejects.num_rows == 0
    assert {name: frame.height for name, frame in tables.items()} == real_olist.ROWS | {"geolocation": 0}
    reviews, items, orders = tables["order_reviews"], tables["order_items"], tables["orders"]
    assert reviews["review_comment_message"].null_count() == 58_247
    assert reviews["review_comment_title"].null_count() == 87_656
    scores = reviews["review_score"].value_counts()
    assert dict(scores.iter_rows()) == {5: 57_328, 4: 19_142, 3: 8_179, 2: 3_151, 1: 11_424}
    assert reviews.select(pl.struct("review_id", "order_id").n_unique()).item() == 99_224
    assert reviews["review_comment_message"].str.len_chars().max() == 208
    assert items["price"].sum() == pytest.approx(13_591_643.70, abs=0.005)
    assert items["freight_value"].sum() == pytest.approx(2_251_909.54, abs=0.005)
    assert tables["order_payments"]["payment_value"].sum() == pytest.approx(16_008_872.12, abs=0.005)
    assert tables["customers"]["customer_zip_code_prefix"].str.starts_with("0").sum() == 23_995
    assert tables["sellers"]["seller_zip_code_prefix"].str.starts_with("0").sum() == 1_027
    assert tables["customers"]["customer_unique_id"].n_unique() == 96_096
    assert tables["products"]["product_category_name"].null_count() == 610
    assert orders["order_purchase_timestamp"].min() == dt.datetime(2016, 9, 4, 21, 15, 19)
    assert orders["order_purchase_timestamp"].max() == dt.datetime(2018, 10, 17, 17, 30, 18)
    assert (orders["order_status"] == "delivered").sum() == 96_478


def test_the_head_of_the_published_reviews_keeps_its_line_ends(real):
    path = real / "olist" / "raw_reviews_first932.csv"
    table, rejects, rows_in = csv_records.read(path, path.read_bytes(), TABLES["order_reviews"])
    messages = pl.DataFrame(table)["review_comment_message"]
    assert rows_in == table.num_rows + rejects.num_rows
    assert messages.str.contains("\r\n").sum() > 10


def test_the_sample_is_written_in_the_published_dialect(folder):
    reviews = (folder / "olist_order_reviews_dataset.csv").read_bytes()
    lines = reviews.split(b"\r\n")
    assert lines[0].startswith(b'"review_id","order_id",')
    assert re.search(rb'\n"[0-9][0-9a-f]{31}",', reviews)
    assert re.search(rb"\n[a-f][0-9a-f]{31},", reviews)
    assert not re.search(rb'\n"[a-f][0-9a-f]{31}",', reviews)
    assert len(lines) - 2 > read_folder("olist", folder).tables["order_reviews"].num_rows  # messages contain CRLF too
    assert (folder / "product_category_name_translation.csv").read_bytes().startswith(b"\xef\xbb\xbfproduct_category_name,")
    assert b"\r" not in (folder / "olist_orders_dataset.csv").read_bytes()
    assert re.search(rb',"0\d{4}",', (folder / "olist_customers_dataset.csv").read_bytes())


def test_the_sample_has_the_published_quirks(tables):
    orders, reviews, products = tables["orders"], tables["order_reviews"], tables["products"]
    assert orders.height == ROWS
    assert orders["order_id"].n_unique() == orders["customer_id"].n_unique() == ROWS
    people = tables["customers"]["customer_unique_id"]
    assert 0.03 < 1 - people.n_unique() / ROWS < 0.10
    for part in ("order_items", "order_payments", "order_reviews"):
        assert 0 < orders.join(tables[part], on="order_id", how="anti").height < 0.03 * ROWS
    assert reviews["review_id"].n_unique() < reviews.height
    assert reviews["order_id"].n_unique() < reviews.height
    assert reviews.select(pl.struct("review_id", "order_id").is_unique().all()).item()
    assert reviews["review_comment_title"].is_in(["10", "5", "8"]).any()
    assert reviews["review_comment_message"].str.contains(r"^\s+$").any()
    translated = tables["category_translation"]["product_category_name"]
    assert products["product_category_name"].null_count() > 0
    assert products.filter(
        pl.col("product_category_name").is_not_null() & ~pl.col("product_category_name").is_in(translated.implode())
    ).height
    assert orders["order_delivered_customer_date"].null_count() > 0
    assert set(orders["order_status"]) >= {"delivered", "shipped", "canceled"}


def test_damaged_records_of_the_sample_are_rejected_without_losing_a_row(folder, tables):
    rejects = read_folder("olist", folder).rejects.to_pylist()
    by_file = Counter(reject["file"].removeprefix("olist_").removesuffix("_dataset.csv") for reject in rejects)
    large = {name for name, table in tables.items() if table.height >= 100}
    assert set(by_file) == large and sum(by_file.values()) < 12
    assert tables["orders"].height == ROWS
    for reject in rejects:
        key = re.findall(rb"[0-9a-f]{32}", reject["raw"])[0].decode()
        assert key.encode() in reject["raw"] and ("fields where" in reject["reason"] or "#VALOR!" in reject["reason"]), reject
        name = reject["file"].removeprefix("olist_").removesuffix("_dataset.csv")
        assert key in tables[name].to_series(0).to_list(), "the intact record is present beside its damaged copy"


def test_the_tables_of_the_sample_are_consistent(tables):
    orders = tables["orders"]
    for many, one, key in (
        ("orders", "customers", "customer_id"),
        ("order_items", "orders", "order_id"),
        ("order_items", "products", "product_id"),
        ("order_items", "sellers", "seller_id"),
        ("order_payments", "orders", "order_id"),
        ("order_reviews", "orders", "order_id"),
    ):
        assert tables[many].join(tables[one], on=key, how="anti").is_empty(), (many, one)
    due = tables["order_items"].group_by("order_id").agg(due=(pl.col("price") + pl.col("freight_value")).sum())
    paid = tables["order_payments"].group_by("order_id").agg(paid=pl.col("payment_value").sum())
    assert due.join(paid, on="order_id").select((pl.col("due") - pl.col("paid")).abs().max()).item() < 0.01
    days = (pl.col("order_delivered_customer_date") - pl.col("order_purchase_timestamp")).dt.total_days()
    promised = (pl.col("order_estimated_delivery_date") - pl.col("order_purchase_timestamp")).dt.total_days()
    delivered = orders.drop_nulls("order_delivered_customer_date").select(days=days, promised=promised)
    assert 2 <= delivered["days"].min() <= delivered["days"].max() <= 45
    assert 10 <= delivered["promised"].min() <= delivered["promised"].max() <= 40
    assert 0.05 < (delivered["days"] > delivered["promised"]).mean() < 0.12


def test_a_missing_file_is_named(folder, tmp_path):
    with pytest.raises(SourceError, match=r"olist_customers_dataset\.csv is missing.*download Olist"):
        read_folder("olist", tmp_path)


def test_the_geolocation_file_is_optional(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "olist")
    assert read_folder("olist", tmp_path / "olist").tables["geolocation"].num_rows == 0
    lines = (
        '"geolocation_zip_code_prefix","geolocation_lat","geolocation_lng","geolocation_city","geolocation_state"\n'
        '"01037",-23.54562128115268,-46.63929204800168,sao paulo,SP\n"01037",-23.54562128115268,-46.63929204800168,sao paulo,SP\n'
        '"69900",-9.97,-67.8,"rio branco, centro",AC\n"69901",north,-67.8,rio branco,AC\n'
    )
    (tmp_path / "olist" / "olist_geolocation_dataset.csv.gz").write_bytes(gzip.compress(lines.encode()))
    loaded = read_folder("olist", tmp_path / "olist")
    assert loaded.tables["geolocation"]["geolocation_zip_code_prefix"].to_pylist() == ["01037", "01037", "69900"]
    assert loaded.tables["geolocation"]["geolocation_lat"].to_pylist()[0] == -23.54562128115268
    at_home = {reject["reason"] for reject in loaded.rejects.to_pylist() if "geolocation" in reject["file"]}
    assert at_home == {"geolocation_lat is not a number: north"}
    assert loaded.tables["orders"].num_rows == ROWS
