"""A question about a listing has one sentence that settles it."""

import re

import pytest

from vitrine import tables
from vitrine.facts.listings import QUARTILES
from vitrine.facts.shopping import CONTEXT, examples
from vitrine.tables.published.listings import LISTINGS
from vitrine.verifiers.tokens import content_words

SENTENCES = ("It keeps drinks cold for hours.", "The steel body takes a knock.", "Its lid seals with a quarter turn.")


def made(tmp_path, rows):
    listed = [{"uid": f"B{n}", "title": f"Bottle {n}", "content": content} for n, content in enumerate(rows)]
    tables.write(tmp_path / "amazon_titles" / "listings.parquet", listed, LISTINGS)
    return examples(tmp_path, limit=50, seed=7, choice=QUARTILES)


def test_the_word_asked_about_stands_in_the_answer_alone(tmp_path):
    found = made(tmp_path, [" ".join(SENTENCES)] * 20)
    assert len(found) == 20 and len({example["answer"] for example in found}) == 3
    for example in found:
        word = re.search('"(.+)"', example["question"])[1]
        holding = [sentence for sentence in SENTENCES if word in content_words(sentence)]
        assert holding == [example["answer"]]
        assert word not in content_words(example["title"])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("It keeps drinks cold for hours.", id="one sentence needs no question"),
        pytest.param("It keeps drinks cold. It keeps drinks cold.", id="no word of its own"),
        pytest.param("Blue. Steel.", id="no sentences"),
        pytest.param("Are you looking for drinks? Blue.", id="a question is no answer"),
        pytest.param("word " * 200 + ". It keeps drinks cold.", id="endless"),
    ],
)
def test_listings_without_a_certain_answer_are_not_asked_about(tmp_path, content):
    assert made(tmp_path, [content]) == []


def test_a_long_description_is_shown_in_whole_sentences(tmp_path):
    long = " ".join(
        f"It holds the {first}{second} that we made." for first in "bcdfghjklm" for second in ("ag", "eg", "ig", "og")
    )
    (found,) = made(tmp_path, [long])
    assert len(found["context"].split()) <= CONTEXT and found["context"].endswith("made.") and found["answer"] in found["context"]
