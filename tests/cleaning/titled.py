"""What the tests of sources with a title and a description share: one row through the rules, and the effect of each option.

clean = cleaner(products, "products", RAW_PRODUCTS, {"asin": "B1", "title": "Mug"})
clean({}, {"title": None}, min_chars=30).aside      # two rows that differ from it, cleaned with one other option
"""

import polars as pl

from vitrine.cleaning.batch import prepare
from vitrine.cleaning.rules import NearDuplicates

OPTIONS = {"texts": ["entities", "tags", "control", "blanks"], "personal_data": ["email"], "min_chars": 3, "max_chars": None}


def rules_of(module, table, **options):
    return module.rules(module.Options(**OPTIONS | {"near_duplicates": None} | options))[table]


def cleaner(module, table, schema, row):
    def clean(*changes, **options):
        frame = pl.DataFrame([row | change for change in changes], schema=pl.DataFrame(schema.empty_table()).schema)
        return prepare(frame, rules_of(module, table, **options), 0)

    return clean


def check_every_option(module, table, clean):
    """The description of the row must hold ana@x.com."""
    text = {"title": "a &amp; <b>b</b>\x07  c"}
    first = clean(text).rows["title"].to_list()
    for left_out in OPTIONS["texts"]:
        texts = [name for name in OPTIONS["texts"] if name != left_out]
        assert clean(text, texts=texts).rows["title"].to_list() != first, left_out
    assert "ana@x.com" in clean({}, personal_data=[]).rows["description"][0]
    assert clean({}, min_chars=30).aside["reason"].to_list() == ["title is shorter than 30 characters"]
    assert clean({}, max_chars=4).aside["reason"].to_list() == ["title is longer than 4 characters"]
    near = rules_of(module, table, near_duplicates=NearDuplicates(jaccard=0.7)).near
    assert near is not None and (near.columns, near.jaccard) == (("title", "description"), 0.7)
