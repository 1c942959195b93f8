"""The products' rules: prices that are numbers, tidy lists, and every option."""

import polars as pl
import pytest

from vitrine.cleaning.batch import prepare
from vitrine.cleaning.by_source import products
from vitrine.cleaning.rules import NearDuplicates
from vitrine.tables.published.products import RAW_PRODUCTS

OPTIONS = {"texts": ["entities", "tags", "control", "blanks"], "personal_data": ["email"], "min_chars": 3, "max_chars": None}
ROW = {"asin": "B1", "title": "Mug &amp; Bowl", "brand": "", "categories": ["A &amp; B", "</span>"], "price": "$25.00"}
ROW |= {"description": ["<b>Holds</b> tea.", "ana@x.com"], "features": ["", "f&#39;s"], "also_buy": ["B2"]}


def clean(*changes, **options):
    rules = products.rules(products.Options(**OPTIONS | {"near_duplicates": None} | options))["products"]
    frame = pl.DataFrame([ROW | change for change in changes], schema=pl.DataFrame(RAW_PRODUCTS.empty_table()).schema)
    return prepare(frame, rules, 0)


def test_texts_and_lists():
    row = clean({}).rows.row(0, named=True)
    assert (row["title"], row["brand"], row["main_category"]) == ("Mug & Bowl", None, None)
    assert (row["categories"], row["features"]) == (["A & B"], ["f's"])
    assert row["description"] == "Holds tea. [EMAIL]"
    assert (row["also_buy"], row["also_view"]) == (["B2"], [])


@pytest.mark.parametrize(
    ("price", "number"),
    [
        ("$25.00", 25.0),
        (" $1,234.50\n", 1234.5),
        ("9.5", 9.5),
        ("$7", 7.0),
        ("", None),
        (None, None),
        ("None", None),
        ("$12.99 - $24.99", None),
        ("\n\t .a-box-inner{width:25.00}", None),
        ("from $5", None),
        ("1,23", None),
    ],
)
def test_a_price_is_a_number_or_nothing(price, number):
    prepared = clean({"price": price})
    assert prepared.rows["price"].to_list() == [number]
    assert prepared.counts["prices_unread"] == float(number is None and bool(price))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"asin": " "}, "asin is empty"),
        ({"title": None}, "title is empty"),
        ({"title": "<br>"}, "title is empty"),
        ({"title": "var aPageStart = (new Date()).getTime();"}, "title is a script"),
        ({"title": "TV"}, "title is shorter than 3 characters"),
    ],
)
def test_invalid_rows_are_set_aside_with_a_reason(change, reason):
    assert clean(change, {}).aside["reason"].to_list() == [reason]


def test_every_option_has_an_effect():
    text = {"title": "a &amp; <b>b</b>\x07  c"}
    first = clean(text).rows["title"].to_list()
    for left_out in OPTIONS["texts"]:
        assert clean(text, texts=[name for name in OPTIONS["texts"] if name != left_out]).rows["title"].to_list() != first, (
            left_out
        )
    assert "ana@x.com" in clean({}, personal_data=[]).rows["description"][0]
    assert clean({}, min_chars=30).aside["reason"].to_list() == ["title is shorter than 30 characters"]
    assert clean({}, max_chars=4).aside["reason"].to_list() == ["title is longer than 4 characters"]
    near = products.rules(products.Options(**OPTIONS, near_duplicates=NearDuplicates(jaccard=0.7)))["products"].near
    assert near is not None and (near.columns, near.jaccard) == (("title", "description"), 0.7)


def test_redactions_unread_prices_and_empty_descriptions_are_counted():
    counts = clean({}, {"description": None, "price": "free"}).counts
    assert counts == {"redacted": 1.0, "prices_unread": 1.0, "no_description": 1.0}
