"""The taxonomy's rules."""

import polars as pl
import pytest

from vitrine.cleaning.batch import prepare
from vitrine.cleaning.by_source import taxonomy
from vitrine.tables.published.taxonomy import CATEGORIES

ROW = {"id": 2, "language": "en-US", "version": "1", "path": ["A &amp; B ", "C"], "depth": 2, "parent": 1}


def clean(*changes, languages=("en-US", "pt-BR")):
    rules = taxonomy.rules(taxonomy.Options(languages=languages))["categories"]
    frame = pl.DataFrame([ROW | change for change in changes], schema=pl.DataFrame(CATEGORIES.empty_table()).schema)
    return prepare(frame, rules, 0), rules


def test_names_are_tidied():
    prepared, _ = clean({}, {"path": ["D"], "depth": 1, "parent": None})
    assert prepared.rows["path"].to_list() == [["A & B", "C"], ["D"]]
    assert prepared.counts == {"roots": 1.0}


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"language": "de-DE"}, "language is not one of en-US, pt-BR"), ({"parent": None}, "its parent is not in the file")],
)
def test_invalid_rows_are_set_aside_with_a_reason(change, reason):
    assert clean(change, {})[0].aside["reason"].to_list() == [reason]


def test_only_the_chosen_languages_are_kept():
    assert clean({"language": "de-DE"}, languages=["de-DE"])[0].aside.is_empty()


def test_an_id_and_a_path_occur_once_in_their_file():
    _, rules = clean({})
    frame = pl.DataFrame([ROW, ROW | {"language": "pt-BR"}, ROW | {"id": 3}, ROW | {"path": ["X"]}])
    ids, paths = (frame.select(pl.struct(key).is_first_distinct()).to_series().to_list() for _, key in rules.unique)
    assert (ids, paths) == ([True, True, True, False], [True, True, False, True])
