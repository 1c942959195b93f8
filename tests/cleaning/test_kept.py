"""Rows kept + rows set aside = rows in, whatever the reasons are."""

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.cleaning import alpaca, olist
from vitrine.cleaning.kept import Cleaned
from vitrine.errors import AccountingError

RAW = pl.DataFrame({"k": ["a", "b", "c", None], "t": [" x ", "", "x", "y"]})


def test_the_first_reason_counts_and_the_raw_row_is_kept():
    cleaned = Cleaned()
    reasons = [("empty", pl.col("t") == ""), ("no key", pl.col("k").is_null()), ("again", ~pl.col("t").is_first_distinct())]
    cleaned.add("t", RAW, RAW.with_columns(pl.col("t").str.strip_chars()), reasons, id=["k"])
    assert cleaned.tables["t"].rows() == [("a", "x")]
    aside = [(row["id"], row["reason"], json.loads(row["row"])["t"]) for row in cleaned.quarantine.to_dicts()]
    assert aside == [("b", "empty", ""), ("", "no key", "y"), ("c", "again", "x")]
    assert cleaned.counts == {"rows_in": 4, "rows_out": 1, "quarantined": 3, "rows_t": 1, "quarantined_t": 3}


def test_lost_rows_are_an_error():
    with pytest.raises(AccountingError, match="t: 4 rows came in, 3 went out and 0 were set aside"):
        Cleaned().add("t", RAW, RAW.head(3), [], id=["k"])


text = st.text(st.sampled_from("aB é<>&;\n\x00N/"), max_size=6)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(text, st.sampled_from(["", "<noinput>", "No input.", "x"]), text), max_size=12))
def test_no_instruction_is_lost(rows):
    raw = pl.DataFrame(
        [(str(i), *row) for i, row in enumerate(rows)], schema=["id", "instruction", "input", "output"], orient="row"
    )
    raw = raw.cast(pl.String)
    cleaned = alpaca.clean({"instructions": raw}, min_chars=1)
    out = set(cleaned.tables["instructions"]["id"]) | set(cleaned.quarantine["id"])
    assert out == {str(i) for i in range(len(rows))}
    assert set(cleaned.tables["instructions"]["input"]) <= {"", "x"}


@pytest.mark.parametrize(
    "title",
    [
        "10",
        "Nota 10",
        "nota dez!!!",
        "5 estrelas",
        "cinco estrelas",
        "*****",
        "★★★",
        " 9 ",
        "Zero",
        "100%",
        "NOTA10",
        "10/10",
        "Dez",
    ],
)
def test_grades_are_leaks(title):
    assert pl.DataFrame({"t": [title]}).select(olist.is_grade(pl.col("t"))).item()


@pytest.mark.parametrize(
    "title", ["Recomendo", "Comprei 2 produtos", "10 dias de atraso", "Dezembro", "Nota fiscal", "", "!!!", "Super", "um lixo"]
)
def test_titles_that_say_more_are_kept(title):
    assert not pl.DataFrame({"t": [title]}).select(olist.is_grade(pl.col("t"))).item()
