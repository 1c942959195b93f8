"""The products' rules: prices that are numbers, tidy lists, and every option."""

import pytest

from tests.cleaning.titled import check_every_option, cleaner
from vitrine.cleaning.by_source import products
from vitrine.tables.published.products import RAW_PRODUCTS

ROW = {"asin": "B1", "title": "Mug &amp; Bowl", "brand": "", "categories": ["A &amp; B", "</span>"], "price": "$25.00"}
ROW |= {"description": ["<b>Holds</b> tea.", "ana@x.com"], "features": ["", "f&#39;s"], "also_buy": ["B2"]}

clean = cleaner(products, "products", RAW_PRODUCTS, ROW)


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
    check_every_option(products, "products", clean)


def test_redactions_unread_prices_and_empty_descriptions_are_counted():
    counts = clean({}, {"description": None, "price": "free"}).counts
    assert counts == {"redacted": 1.0, "prices_unread": 1.0, "no_description": 1.0}
