import random
from pathlib import Path
from statistics import fmean

import pytest

from vitrine.tasks import TASKS, describe
from vitrine.tasks.describe import FUNCTION_WORDS

FACTS = {
    "title": "Blue Steel Bottle",
    "content": "Keep drinks cold with this blue steel bottle. Fits any bag and cleans in seconds.",
}
REAL = Path(__file__).parents[3] / "shared" / "data" / "amazontitles" / "fiap_amazontitles_500.json.gz"


def score(reply, facts):
    return describe.grade(reply, facts).score


def soup(facts):
    return f"from the this {facts['title']} and is made it of and is it a and with in a"


@pytest.fixture(scope="module")
def listings(examples):
    return [{"title": example["title"], "content": example["content"]} for example in examples["describe"]]


@pytest.fixture(scope="module")
def real():
    """Listings of real sellers, if the data is there."""
    if not REAL.exists():
        pytest.skip(f"{REAL.name} of AmazonTitles is not there")
    import gzip
    import html
    import json

    with gzip.open(REAL, "rt", encoding="utf-8") as file:
        rows = json.load(file)
    listings = [{"title": html.unescape(row["instruction"]), "content": html.unescape(row["output"])} for row in rows]
    own_words = [len(set(facts["content"].split()) - set(facts["title"].split())) for facts in listings]
    return [facts for facts, count in zip(listings, own_words, strict=True) if 10 <= count <= 100][:30]


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        pytest.param(FACTS["content"], 1.0, 1.0, id="gold"),
        pytest.param("A blue steel bottle that fits any bag.", 0.3, 0.7, id="part of it"),
        pytest.param("A steel bottle in blue: your drinks stay cold, it is cleaned in seconds.", 0.25, 0.7, id="in other words"),
        pytest.param("A bottle for seconds bag drinks.", 0.05, 0.35, id="words of it"),
        pytest.param("", 0.0, 0.0, id="silence"),
        pytest.param((FACTS["content"] + " ") * 20, 0.0, 0.1, id="endless text"),
        pytest.param("the the the the the the the the", 0.0, 0.1, id="a common word over and over"),
        pytest.param(soup(FACTS), 0.0, 0.1, id="the title among function words"),
    ],
)
def test_grade(reply, least, most):
    assert least <= score(reply, FACTS) <= most


def half_wrong(facts, others):
    """Every second content word from another description."""
    rng = random.Random(facts["title"])
    replacements = [word for word in rng.choice(others)["content"].split() if word.lower() not in FUNCTION_WORDS]
    words, count = [], 0
    for word in facts["content"].split():
        is_content = word.lower() not in FUNCTION_WORDS
        count += is_content
        words.append(rng.choice(replacements) if is_content and count % 2 else word)
    return " ".join(words)


@pytest.mark.parametrize("source", ["listings", "real"])
def test_the_title_among_function_words_earns_less_than_a_description_that_is_half_wrong(source, request):
    listings = request.getfixturevalue(source)
    for facts in listings:
        assert score(facts["content"], facts) == pytest.approx(1.0)
        assert score(soup(facts), facts) < score(half_wrong(facts, listings), facts) + 0.02, facts["title"]
    soups = fmean(score(soup(facts), facts) for facts in listings)
    assert soups < 0.1 and 3 * soups < fmean(score(half_wrong(facts, listings), facts) for facts in listings)


@pytest.mark.parametrize("source", ["listings", "real"])
def test_descriptions_of_other_products_earn_less_than_a_tenth(source, request):
    listings = request.getfixturevalue(source)
    pairs = [(other["content"], facts) for facts in listings[:8] for other in listings[::2]]
    assert fmean(score(content, facts) for content, facts in pairs if content != facts["content"]) < 0.1


@pytest.mark.parametrize(
    "content",
    [
        "看護師の本",
        "Тёплая куртка для зимы",
        "It is.",
        " ".join(f"word{place}" for place in range(1_500)),
        "Worship with Don Moen [VHS]",
    ],
    ids=["Japanese", "Russian", "no content word", "longer than ROUGE reads", "the title"],
)
def test_the_gold_of_an_unusual_listing_earns_everything(content):
    assert score(content, {"title": "Worship with Don Moen [VHS]", "content": content}) == pytest.approx(1.0)


def test_the_headline_is_rouge():
    components = describe.grade(FACTS["content"], FACTS).components
    assert TASKS["describe"].headline([{"components": components}]) == dict.fromkeys(
        ("rougeL", "rouge1", "rouge2", "rougeLsum"), 1.0
    )
