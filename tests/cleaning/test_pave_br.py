"""PAVE-Br's rules: tidy texts and names, and only rows with an annotated value."""

import polars as pl
import pytest

from vitrine.cleaning.batch import prepare
from vitrine.cleaning.by_source import pave_br
from vitrine.cleaning.rules import NearDuplicates
from vitrine.tables.published.annotated import LISTINGS

OPTIONS = {"texts": ["entities", "tags", "control", "blanks"], "personal_data": ["email"], "min_chars": 3, "max_chars": None}
ROW = {"id": "1", "type": "TV", "title": "TV &amp; Som", "description": "<p>Cor: Preta</p> ana@x.com"}
ROW |= {
    "attributes": ["marca", "Painel da Frente"],
    "values": [" LG ", ""],
    "vendor": ["", "x"],
    "model": ["Não informado", "a  b"],
}


def clean(*changes, **options):
    rules = pave_br.rules(pave_br.Options(**OPTIONS | {"near_duplicates": None} | options))["listings"]
    frame = pl.DataFrame([ROW | change for change in changes], schema=pl.DataFrame(LISTINGS.empty_table()).schema)
    return prepare(frame, rules, 0)


def test_texts_names_and_values_are_tidy_and_lists_stay_aligned():
    row = clean({}).rows.row(0, named=True)
    assert (row["title"], row["description"]) == ("TV & Som", "Cor: Preta [EMAIL]")
    assert row["attributes"] == ["marca", "painel_da_frente"]
    assert (row["values"], row["vendor"], row["model"]) == (["LG", ""], ["", "x"], ["Não informado", "a b"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"title": None}, "title is empty"),
        ({"values": [" ", ""]}, "no value is annotated"),
        ({"values": ["Tipo de Produto", ""]}, "a note stands in place of a value"),
        ({"values": ["LG", "não tem navegation id"]}, "a note stands in place of a value"),
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
    near = pave_br.rules(pave_br.Options(**OPTIONS, near_duplicates=NearDuplicates(jaccard=0.7)))["listings"].near
    assert near is not None and (near.columns, near.jaccard) == (("title", "description"), 0.7)


def test_counts():
    counts = clean({}, {"description": None}).counts
    assert (counts["redacted"], counts["personal_data.email"], counts["no_description"], counts["values"]) == (1.0, 1.0, 1.0, 2.0)
