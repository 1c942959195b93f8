"""The choice of listings: distinct titles, stratified by length, one shard at a time."""

import itertools

import polars as pl
import pytest

from vitrine import tables
from vitrine.errors import SettingsError
from vitrine.facts.listings import QUARTILES, Listings, Shard, described
from vitrine.settings import parse
from vitrine.tables.published.listings import LISTINGS

UNSTRATIFIED = Listings(strata=1, shard=None)


@pytest.fixture
def clean(tmp_path):
    rows = [
        {"uid": f"B{i:04d}", "title": f"Lamp {i // 2}" + " bright" * (i % 7), "content": "It shines. " * (1 + i % 11)}
        for i in range(800)
    ]
    rows.append({"uid": "A0000", "title": "Lamp 0", "content": "The first by uid."})
    tables.write(tmp_path / "amazon_titles" / "listings.parquet", rows, LISTINGS)
    return tmp_path


def uids(rows):
    return [row["id"] for row in rows]


def test_titles_are_distinct_with_the_content_of_the_first_uid(clean):
    rows = described(clean, limit=10_000, seed=7, choice=QUARTILES)
    assert len({row["title"] for row in rows}) == len(rows) == 800
    assert next(row for row in rows if row["title"] == "Lamp 0") == {
        "id": "A0000",
        "entity": "lamp 0",
        "title": "Lamp 0",
        "content": "The first by uid.",
    }


def test_seed_decides_the_choice_and_file_order_does_not(clean):
    rows = described(clean, limit=100, seed=7, choice=QUARTILES)
    file = clean / "amazon_titles" / "listings.parquet"
    tables.write(file, pl.read_parquet(file).reverse(), LISTINGS)
    assert described(clean, limit=100, seed=7, choice=QUARTILES) == rows
    assert uids(described(clean, limit=100, seed=8, choice=QUARTILES)) != uids(rows)


def test_strata_cover_more_lengths_than_a_random_choice(clean):
    def by_length(choice, limit):
        rows = pl.DataFrame(described(clean, limit=limit, seed=7, choice=choice))
        return rows.group_by(pl.col("title").str.len_chars() // 10, pl.col("content").str.len_chars() // 40).len().height

    everything = by_length(QUARTILES, 10_000)
    assert by_length(QUARTILES, 16) > by_length(UNSTRATIFIED, 16)
    assert by_length(QUARTILES, 100) <= everything
    assert uids(described(clean, limit=100, seed=7, choice=QUARTILES)) != uids(
        described(clean, limit=100, seed=7, choice=UNSTRATIFIED)
    )


def test_shards_are_disjoint_and_complete(clean):
    parts = [
        uids(described(clean, limit=1000, seed=7, choice=Listings(strata=4, shard=Shard(rows=250, number=n)))) for n in range(4)
    ]
    assert [len(part) for part in parts] == [250, 250, 250, 50]
    assert sorted(itertools.chain(*parts)) == sorted(uids(described(clean, limit=1000, seed=7, choice=UNSTRATIFIED)))


def test_limit_takes_a_part_of_a_shard(clean):
    whole, part = (
        described(clean, limit=limit, seed=7, choice=Listings(strata=4, shard=Shard(rows=250, number=1))) for limit in (250, 40)
    )
    assert len(part) == 40 and set(uids(part)) < set(uids(whole))


def test_empty_source_gives_no_listings(tmp_path):
    tables.write(tmp_path / "amazon_titles" / "listings.parquet", [], LISTINGS)
    for choice in (UNSTRATIFIED, QUARTILES, Listings(strata=4, shard=Shard(rows=10, number=0))):
        assert described(tmp_path, limit=10, seed=7, choice=choice) == []


@pytest.mark.parametrize("wrong", [{"strata": 0}, {"shard": {"rows": 0, "number": 0}}, {"shard": {"rows": 10, "number": -1}}])
def test_invalid_choice_is_refused(wrong):
    with pytest.raises(SettingsError):
        parse(Listings, "format.listings", {"strata": 4, "shard": None} | wrong)
