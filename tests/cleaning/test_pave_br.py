"""PAVE-Br's rules: tidy texts and names, and only rows with an annotated value."""

import pytest

from tests.cleaning.titled import check_every_option, cleaner
from vitrine.cleaning.by_source import pave_br
from vitrine.tables.published.annotated import LISTINGS

ROW = {"id": "1", "type": "TV", "title": "TV &amp; Som", "description": "<p>Cor: Preta</p> ana@x.com"}
ROW |= {
    "attributes": ["marca", "Painel da Frente"],
    "values": [" LG ", ""],
    "vendor": ["", "x"],
    "model": ["Não informado", "a  b"],
}

clean = cleaner(pave_br, "listings", LISTINGS, ROW)


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
    check_every_option(pave_br, "listings", clean)


def test_counts():
    counts = clean({}, {"description": None}).counts
    assert (counts["redacted"], counts["personal_data.email"], counts["no_description"], counts["values"]) == (1.0, 1.0, 1.0, 2.0)
