"""A question about a listing is answered by exactly one sentence."""

import re

import pytest

from vitrine import tables
from vitrine.facts.listings import QUARTILES
from vitrine.facts.shopping import MAX_CONTEXT_WORDS, examples
from vitrine.tables.published.listings import LISTINGS
from vitrine.verifiers.tokens import content_words

SENTENCES = ("It keeps drinks cold for hours.", "The steel body takes a knock.", "Its lid seals with a quarter turn.")


def make_examples(tmp_path, rows):
    rows_written = [{"uid": f"B{n}", "title": f"Bottle {n}", "content": content} for n, content in enumerate(rows)]
    tables.write(tmp_path / "amazon_titles" / "listings.parquet", rows_written, LISTINGS)
    return examples(tmp_path, limit=50, seed=7, choice=QUARTILES)


def test_questions_word_occurs_in_the_answer_only(tmp_path):
    result = make_examples(tmp_path, [" ".join(SENTENCES)] * 20)
    assert len(result) == 20 and len({example["answer"] for example in result}) == 3
    for example in result:
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
def test_listings_without_a_certain_answer_give_no_example(tmp_path, content):
    assert make_examples(tmp_path, [content]) == []


def test_long_descriptions_are_cut_at_a_sentence(tmp_path):
    long = " ".join(
        f"It holds the {first}{second} that we made." for first in "bcdfghjklm" for second in ("ag", "eg", "ig", "og")
    )
    (result,) = make_examples(tmp_path, [long])
    assert (
        len(result["context"].split()) <= MAX_CONTEXT_WORDS
        and result["context"].endswith("made.")
        and result["answer"] in result["context"]
    )
