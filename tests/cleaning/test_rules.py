"""Rules of the sources: titles that are grades, inputs that are none, limits of length."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
import yaml
from pydantic import ValidationError

from vitrine.cleaning.batch import prepare
from vitrine.cleaning.by_source import CLEANERS, Options, alpaca, olist
from vitrine.cleaning.rules import NearDuplicates, Rules, lengths
from vitrine.tables.published.olist import TABLES

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = Options.model_validate(yaml.safe_load((ROOT / "conf" / "clean" / "default.yaml").read_text())["sources"])
TEXT = pa.schema([("t", pa.string())])


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
def test_titles_that_are_only_a_grade_are_recognised(title):
    assert pl.DataFrame({"t": [title]}).select(olist.is_grade(pl.col("t"))).item()


@pytest.mark.parametrize(
    "title", ["Recomendo", "Comprei 2 produtos", "10 dias de atraso", "Dezembro", "Nota fiscal", "", "!!!", "Super", "um lixo"]
)
def test_other_titles_are_kept(title):
    assert not pl.DataFrame({"t": [title]}).select(olist.is_grade(pl.col("t"))).item()


@pytest.mark.parametrize(("text", "is_none"), [("<noinput>", True), ("No input.", True), ("N/A", True), ("none of them", False)])
def test_words_for_no_input_are_recognised(text, is_none):
    assert pl.select(pl.lit(text).str.contains(alpaca.NO_INPUT)).item() is is_none


@pytest.mark.parametrize(
    ("least", "most", "reasons"),
    [(0, None, []), (3, None, ["t is shorter than 3 characters"]), (0, 2, ["t is longer than 2 characters"])],
)
def test_too_short_and_too_long_texts_have_a_reason(least, most, reasons):
    rules = Rules(raw=TEXT, output=TEXT, id=["t"], aside=lengths("t", least, most))
    actual = prepare(pl.DataFrame({"t": ["éé" if least else "éée", None]}), rules, 0).aside["reason"].to_list()
    assert actual == reasons


@pytest.mark.parametrize("jaccard", [0.0, 1.1])
def test_a_similarity_outside_0_to_1_is_refused(jaccard):
    with pytest.raises(ValidationError):
        NearDuplicates(jaccard=jaccard)


@pytest.mark.parametrize("source", CLEANERS)
def test_every_source_writes_the_columns_of_its_rules(source):
    for rules in CLEANERS[source](getattr(OPTIONS, source)).values():
        assert set(rules.id) <= set(rules.raw.names)
        empty = prepare(rules.raw.empty_table(), rules, 0)
        assert empty.rows.height == empty.aside.height == 0
        assert empty.rows.columns[: len(rules.output.names)] == rules.output.names


def test_every_table_of_olist_has_rules():
    assert list(CLEANERS["olist"](OPTIONS.olist)) == list(TABLES)
